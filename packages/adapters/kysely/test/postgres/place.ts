import type { AnyEntity, Storage } from '@portolan/ports'
import { isFound, type NetworkServer, type NotFound, postgres15, postgres18 } from '@portolan-tooling/test-servers'
import { Kysely, type KyselyPlugin, PostgresDialect, type Transaction } from 'kysely'
import { Client, type ClientConfig, Pool, type PoolConfig } from 'pg'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { type KyselyOptions, kyselyStorage } from '../../src/index.ts'
import { steadyPool } from '../../src/pg-pool.ts'
import { Booking, Flag } from '../entities.ts'

export type Columns = Record<string, Record<string, unknown>>

export interface Sent {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export interface Opened {
  readonly pool: Pool
  readonly db: Kysely<Columns>
  readonly storage: Storage<Transaction<Columns>>
  /** What Kysely has sent, in order; empty it to begin anew. */
  readonly sent: Sent[]
  /** Before the test's end, where a test needs it so. */
  close(): Promise<void>
}

export interface Opening extends Omit<Partial<KyselyOptions>, 'entities'> {
  readonly entities?: readonly AnyEntity[]
  readonly pool?: PoolConfig
  readonly prepare?: boolean
  readonly plugins?: KyselyPlugin[]
}

/** A database of its own for a file's tests on one version, and in it a schema of its own for each test. */
export interface Place {
  readonly server: NetworkServer
  /** As the owner of the database, who is no superuser. */
  readonly url: string
  readonly schema: string
  /** The owner's own connection, past Portolan, which looks into the test's schema. */
  readonly client: Client
  /** What a pool or client of the owner's is made of. */
  readonly config: ClientConfig
  /** A storage over a pool of its own, closed after the test. */
  open(opening?: Opening): Opened
  /** Opened, with its tables made, and nothing counted yet. */
  openReady(opening?: Opening): Promise<Opened>
  /** Another connection, closed after the test. */
  connect(config?: ClientConfig): Promise<Client>
  /** The same as a superuser. */
  connectAsAdmin(): Promise<Client>
}

const versions: [string, () => Promise<NetworkServer | NotFound>][] = [
  ['PostgreSQL 15', () => postgres15()],
  ['PostgreSQL 18', () => postgres18()],
]

export function configOf(url: string, more: PoolConfig = {}): PoolConfig {
  const { username, password, hostname, port, pathname } = new URL(url)
  return { user: username, password, host: hostname, port: Number(port), database: pathname.slice(1), ...more }
}

export function openStorage(
  config: PoolConfig,
  { pool: more, prepare, plugins = [], ...options }: Opening = {},
): Opened {
  const pool = steadyPool(new Pool({ ...config, ...more }), { prepare })
  const sent: Sent[] = []
  const db = new Kysely<Columns>({
    dialect: new PostgresDialect({ pool }),
    plugins,
    log: ({ query }) => {
      sent.push({ sql: query.sql, parameters: query.parameters })
    },
  })
  const storage = kyselyStorage(db, { entities: [Booking, Flag], ...options })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= db.destroy()
    return closing
  }
  return { pool, db, storage, sent, close }
}

/** The tests on each version. Where a version cannot be had they are NOT RUN, and fail where all must run. */
export function onPostgres(tests: (place: Place) => void): void {
  describe.each(versions)('%s', (_, start) => {
    let missing: string | null = null
    let server: NetworkServer
    let url = ''
    let client: Client
    let schemas = 0
    const ending: (() => Promise<unknown>)[] = []
    const schema = (): string => `s${schemas}`
    const config = (more: PoolConfig = {}): PoolConfig =>
      configOf(url, { options: `-c search_path=${schema()},public`, ...more })

    const connected = async (given: ClientConfig): Promise<Client> => {
      const made = new Client(given)
      made.on('error', () => {})
      await made.connect()
      return made
    }

    const open = (opening: Opening = {}): Opened => {
      const opened = openStorage(config(), opening)
      ending.push(opened.close)
      return opened
    }

    const another = async (given: ClientConfig): Promise<Client> => {
      const made = await connected(given)
      ending.push(() => made.end().catch(() => {}))
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
      // Made once, since it takes longer than all else that a test makes.
      client = await connected(configOf(url))
      await client.query('create extension btree_gist schema public')
    })
    beforeEach(async ({ skip }) => {
      if (missing !== null) skip(`NOT RUN: ${missing}`)
      schemas += 1
      await client.query(`create schema ${schema()}; set search_path = ${schema()}, public`)
      return async () => {
        for (const end of ending.splice(0)) await end()
        await client.query('rollback')
        await client.query('discard all')
        await client.query(`drop schema if exists ${schema()} cascade`)
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
      get schema() {
        return schema()
      },
      get client() {
        return client
      },
      get config() {
        return config()
      },
      open,
      async openReady(opening) {
        const opened = open(opening)
        await opened.storage.schema.apply()
        opened.sent.length = 0
        return opened
      },
      connect: (more) => another({ ...config(), ...more }),
      connectAsAdmin: () =>
        another({ ...configOf(server.adminUrl(url)), options: `-c search_path=${schema()},public` }),
    })
  })
}
