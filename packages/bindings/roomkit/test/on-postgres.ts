import { kyselyStorage } from '@portolan/kysely'
import { type SteadyPoolOptions, steadyPool } from '@portolan/kysely/pg-pool'
import type { AnyEntity, Storage } from '@portolan/ports'
import {
  inFullRuns,
  isFound,
  type NetworkServer,
  type NotFound,
  postgres15,
  postgres18,
} from '@portolan-tooling/test-servers'
import { Kysely, PostgresDialect } from 'kysely'
import { Client, type ClientConfig, Pool } from 'pg'
import { roomKitEntities } from '../src/index.ts'
import type { RoomKitTarget } from '../src/suite/index.ts'
import { targetOn } from './targets.ts'

export type Version = '15' | '18'

const servers: { readonly [V in Version]: () => Promise<NetworkServer | NotFound> } = {
  '15': () => inFullRuns(postgres15)(),
  '18': () => postgres18(),
}

/** A database of the server's, for all places of one test file; or why there is none. */
export interface PostgresDatabase {
  readonly server: NetworkServer
  /** An empty schema of its own. */
  createSchema(): Promise<ClientConfig & { readonly schema: string }>
  dropSchema(schema: string): Promise<void>
  close(): Promise<void>
}

export async function openDatabase(version: Version): Promise<PostgresDatabase | NotFound> {
  const server = await servers[version]()
  if (!isFound(server)) return server
  const url = await server.createPlace()
  const { username, password, hostname, port, pathname } = new URL(url)
  const config = { user: username, password, host: hostname, port: Number(port), database: pathname.slice(1) }
  const owner = new Client(config)
  await owner.connect()
  await owner.query('create extension btree_gist schema public')
  let schemas = 0
  return {
    server,
    async createSchema() {
      const schema = `s${++schemas}`
      await owner.query(`create schema ${schema}`)
      return { ...config, schema, options: `-c search_path=${schema},public` }
    },
    dropSchema: async (schema) => {
      await owner.query(`drop schema ${schema} cascade`)
    },
    async close() {
      await owner.end()
      await server.removePlace(url)
    },
  }
}

export interface Connected {
  readonly pool: Pool
  readonly storage: Storage<unknown>
  close(): Promise<void>
}

export interface Connecting extends SteadyPoolOptions {
  readonly max?: number
  readonly entities?: readonly AnyEntity[]
}

export function connect(
  config: ClientConfig,
  { max = 10, entities = roomKitEntities, ...options }: Connecting = {},
): Connected {
  const pool = steadyPool(new Pool({ ...config, max }), { prepare: true, ...options })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  return { pool, storage: kyselyStorage(db, { entities }) as Storage<unknown>, close: () => db.destroy() }
}

/** A schema, and two pools. */
export function postgresTarget(
  database: PostgresDatabase,
  name: string,
  options: SteadyPoolOptions = {},
): RoomKitTarget {
  return targetOn(name, async (entities) => {
    const config = await database.createSchema()
    const [first, second] = [connect(config, { entities, ...options }), connect(config, { entities, ...options })]
    return {
      first: first.storage,
      second: second.storage,
      close: async () => {
        await Promise.all([first.close(), second.close()])
        await database.dropSchema(config.schema)
      },
    }
  })
}
