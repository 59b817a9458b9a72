import { isFound, type NetworkServer, type NotFound, postgres15, postgres18 } from '@portolan-tooling/test-servers'
import { Client, type ClientConfig } from 'pg'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { Query } from '../../src/index.ts'

/** A database of its own for a file's tests on one version, and in it a schema of its own for each test. */
export interface Place {
  readonly server: NetworkServer
  /** As the owner of the database, who is no superuser. */
  readonly url: string
  readonly client: Client
  readonly query: Query
  readonly send: (statement: string) => Promise<unknown>
  /** Another connection that looks into the test's schema, closed after the test. */
  connect(config?: ClientConfig): Promise<Client>
  /** The same as a superuser. */
  connectAsAdmin(): Promise<Client>
}

const versions: [string, () => Promise<NetworkServer | NotFound>][] = [
  ['PostgreSQL 15', () => postgres15()],
  ['PostgreSQL 18', () => postgres18()],
]

/** The tests on each version. Where a version cannot be had they are NOT RUN, and fail where all must run. */
export function onPostgres(tests: (place: Place) => void): void {
  describe.each(versions)('%s', (_, start) => {
    let missing: string | null = null
    let server: NetworkServer
    let url = ''
    let client: Client
    let schemas = 0
    const open: Client[] = []

    const opened = async (config: ClientConfig): Promise<Client> => {
      const made = new Client(config)
      made.on('error', () => {})
      await made.connect()
      await made.query(`set search_path = s${schemas}, public`)
      return made
    }

    const another = async (config: ClientConfig): Promise<Client> => {
      const made = await opened(config)
      open.push(made)
      return made
    }

    beforeAll(async () => {
      const found = await start()
      if (!isFound(found)) {
        if (process.env.REQUIRE_ALL === '1') throw new Error(found.missing)
        missing = found.missing
        return
      }
      server = found
      url = await server.createPlace()
      // Made once, since it takes longer than all else that a test makes. Tests that need it gone drop it.
      client = await opened({ connectionString: url })
      await client.query('create extension btree_gist schema public')
    })
    beforeEach(async ({ skip }) => {
      if (missing !== null) skip(`NOT RUN: ${missing}`)
      schemas += 1
      await client.query(`create schema s${schemas}; set search_path = s${schemas}, public`)
      return async () => {
        await Promise.all(open.splice(0).map((each) => each.end().catch(() => {})))
        await client.query('rollback')
        await client.query('discard all')
        await client.query(`drop schema s${schemas} cascade`)
      }
    })
    afterAll(async () => {
      if (url === '') return
      await client.end()
      await server.removePlace(url)
    })

    tests({
      get server() {
        return server
      },
      get url() {
        return url
      },
      get client() {
        return client
      },
      query: async (text, parameters) => (await client.query(text, [...parameters])).rows,
      send: (statement) => client.query(statement),
      connect: (config = {}) => another({ connectionString: url, ...config }),
      connectAsAdmin: () => another({ connectionString: server.adminUrl(url) }),
    })
  })
}
