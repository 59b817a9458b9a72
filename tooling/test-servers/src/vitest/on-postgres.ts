import { Client, type ClientConfig } from 'pg'
import { beforeEach, describe } from 'vitest'
import type { FindServer } from '../find-server.ts'
import { postgresConfig } from '../postgres/config.ts'
import { postgres15, postgres18 } from '../postgres/index.ts'
import { inFullRuns } from '../short-run.ts'
import type { NetworkServer } from '../test-server.ts'
import { serverForTests } from './server-for-tests.ts'

/** For `describe.each`: the versions that every test of SQL runs on. */
export const postgresVersions: readonly (readonly [name: string, version: FindServer])[] = [
  ...(process.env.PORTOLAN_SECOND_NODE === '1' ? [] : [['PostgreSQL 15', inFullRuns(postgres15)] as const]),
  ['PostgreSQL 18', postgres18],
]

/** A database of its own for a file's tests on one version, and in it a schema of its own for each test. */
export interface PostgresPlace {
  readonly server: NetworkServer
  /** As the owner of the database, who is no superuser. */
  readonly url: string
  /** Of this test. Extensions are the whole database's: btree_gist is in the schema public. */
  readonly schema: string
  /** The owner's own connection, which looks into the test's schema. */
  readonly client: Client
  /** What a pool or client of the owner's is made of, so that it looks into the test's schema. */
  readonly config: ClientConfig
  /** Another connection, closed after the test. */
  connect(config?: ClientConfig): Promise<Client>
  /** The same as a superuser. */
  connectAsAdmin(): Promise<Client>
  /** Something to end after the test, before its schema goes. */
  afterTest(end: () => Promise<unknown>): void
}

/** The tests on each version. Where a version cannot be had they are NOT RUN, and fail where all must run. */
export function onPostgres(tests: (place: PostgresPlace) => void): void {
  describe.each(postgresVersions)('%s', (_, version) => {
    let url = ''
    let client: Client
    let schemas = 0
    const ends: (() => Promise<unknown>)[] = []
    const schema = (): string => `s${schemas}`
    const lookingInto = (url: string): ClientConfig => ({
      ...postgresConfig(url),
      options: `-c search_path=${schema()},public`,
    })

    const connected = async (config: ClientConfig): Promise<Client> => {
      const made = new Client(config)
      made.on('error', () => {})
      await made.connect()
      return made
    }
    const untilTheTestEnds = async (config: ClientConfig): Promise<Client> => {
      const made = await connected(config)
      ends.push(() => made.end().catch(() => {}))
      return made
    }

    const server = serverForTests(
      () => version(),
      async ({ createPlace, removePlace }) => {
        url = await createPlace()
        client = await connected(postgresConfig(url))
        // Made once, since it takes longer than all else that a test makes. Tests that need it gone drop it.
        await client.query('create extension btree_gist schema public')
        return async () => {
          await client.end()
          await removePlace(url)
        }
      },
    )
    beforeEach(async () => {
      schemas += 1
      await client.query(`create schema ${schema()}; set search_path = ${schema()}, public`)
      return async () => {
        for (const end of ends.splice(0)) await end()
        await client.query('rollback')
        await client.query('discard all')
        await client.query(`drop schema if exists ${schema()} cascade`)
      }
    })

    tests({
      get server() {
        return server()
      },
      get url() {
        return url
      },
      get schema() {
        return schema()
      },
      get client() {
        return client
      },
      get config() {
        return lookingInto(url)
      },
      connect: (config) => untilTheTestEnds({ ...lookingInto(url), ...config }),
      connectAsAdmin: () => untilTheTestEnds(lookingInto(server().adminUrl(url))),
      afterTest: (end) => void ends.push(end),
    })
  })
}
