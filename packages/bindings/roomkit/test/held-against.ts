import type { NotFound } from '@portolan-tooling/test-servers'
import { notRun } from '@portolan-tooling/test-servers/vitest'
import { afterAll, describe, test } from 'vitest'
import { type RoomKitTarget, roomKitCases, runRoomKitCase } from '../src/suite/index.ts'
import { openDatabase, postgresTarget, type Version } from './on-postgres.ts'

/** One test per case. */
export function heldAgainst(target: RoomKitTarget): void {
  describe(`RoomKit's storages on ${target.name}`, () => {
    for (const one of roomKitCases) test(`${one.id}: ${one.title}`, () => runRoomKitCase(one, target))
  })
}

/** Where the server cannot be had, the word that nothing was run; a failure where all must run. */
export function heldAgainstNothing(name: string, notFound: NotFound): void {
  test(`RoomKit's storages on ${name}`, (context) => notRun(notFound, context))
}

export async function heldAgainstPostgres(version: Version): Promise<void> {
  const name = `PostgreSQL ${version}`
  const database = await openDatabase(version)
  if ('missing' in database) {
    heldAgainstNothing(name, database)
    return
  }
  heldAgainst(postgresTarget(database, name, { deferBegin: version === '18' }))
  afterAll(() => database.close())
}
