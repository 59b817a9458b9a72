import { type PostgresPlace, onPostgres as withPlace } from '@portolan-tooling/test-servers/vitest'
import type { Query } from '../../src/index.ts'

export interface Place extends PostgresPlace {
  /** As the kit asks, over the place's own connection. */
  readonly query: Query
  readonly send: (statement: string) => Promise<unknown>
}

/** The tests on each version, in a schema of its own each. */
export function onPostgres(tests: (place: Place) => void): void {
  withPlace((place) => {
    const query: Query = async (text, parameters) => (await place.client.query(text, [...parameters])).rows
    tests(Object.assign(place, { query, send: (statement: string) => place.client.query(statement) }))
  })
}
