import { defineTarget, type Offers, type OpenOptions, type Target } from '@portolan/conformance'
import {
  type Address,
  type FindServer,
  isFound,
  type NetworkServer,
  type NotFound,
  postgresConfig,
  racing,
} from '@portolan-tooling/test-servers'
import { Kysely, PostgresDialect } from 'kysely'
import { Client, type ClientConfig, Pool } from 'pg'
import { type SteadyPoolOptions, steadyPool } from '../../src/pg-pool.ts'
import { type Columns, clientOn, versionOf } from './client.ts'

/** The server, or an error that says why there is none. */
export async function found<Server extends NetworkServer>(asked: Promise<Server | NotFound>): Promise<Server> {
  const server = await asked
  if (isFound(server)) return server as Server
  throw new Error((server as NotFound).missing)
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** A pool that connects through another address where one is given, and forgets connections that nobody waits for any more. */
export function poolOf(
  place: string,
  { via, timeoutMs = 10_000 }: Pick<OpenOptions, 'via' | 'timeoutMs'> = {},
  options: SteadyPoolOptions = {},
): Pool {
  return steadyPool(new Pool({ ...connectionOf(place, via), max: 20 }), { silenceMs: timeoutMs + 500, ...options })
}

/** A place is a schema: its URL names that as search_path, which is not a word of the client's. */
function connectionOf(place: string, via?: Address): ClientConfig {
  const { searchParams } = new URL(place)
  return {
    ...postgresConfig(place),
    ...(via && { host: via.host, port: via.port }),
    options: `-c search_path=${searchParams.get('schema')}`,
  }
}

/** As the owner of the database, past Portolan. */
async function withClient<R>(place: string, work: (client: Client) => Promise<R>): Promise<R> {
  const client = new Client(connectionOf(place))
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Writes as foreign software would; rejects where the column makes another value of the one written. */
const foreignWrite: Offers['foreignWrite'] = (place, { entity, id, field, value }) =>
  withClient(place, async (client) => {
    await client.query('begin')
    const { rows } = await client.query<{ kept: string; kind: string }>(
      `update "${entity}" set "${field}" = $1 where id = $2 returning "${field}"::text as kept, pg_typeof("${field}")::text as kind`,
      [value, id],
    )
    const [{ kept, kind } = { kept: '', kind: '' }] = rows
    const takesText = !['bigint', 'double precision', 'boolean'].includes(kind)
    if (kept !== String(value) || (typeof value === 'string') !== takesText)
      throw new Error('the column holds another value than the one written')
    await client.query('commit')
  })

let made = 0

/** A hundred times quicker to make than a database. Extensions are of the whole database, so it has the one that is needed. */
async function createSchema(database: string): Promise<string> {
  const place = new URL(database)
  place.searchParams.set('schema', `place_${process.pid}_${++made}`)
  await withClient(place.href, async (client) => {
    await client.query('create extension if not exists btree_gist schema public')
    await client.query(`create schema ${place.searchParams.get('schema')}`)
  })
  return place.href
}

export interface PostgresTargetOptions {
  readonly name: string
  readonly version: FindServer
  /** Of the target, for processes of their own. */
  readonly module: string
  readonly pool?: SteadyPoolOptions
  /** Not the newest version. */
  readonly second?: boolean
}

export function postgresTarget({ name, version, module, pool, second = false }: PostgresTargetOptions): Target {
  const shared = once(() => found(version()))
  const own = once(() => found(version({ own: true })))
  const database = once(async () => (await shared()).createPlace())
  const ownDatabase = once(async () => (await own()).createPlace())
  return defineTarget({
    name,
    async versions() {
      const client = [await versionOf('kysely'), await versionOf('pg')].join(', ')
      return { server: (await shared()).version, client }
    },
    createPlace: async () => createSchema(await database()),
    removePlace: (place) =>
      withClient(place, async (client) => {
        await client.query(`drop schema ${new URL(place).searchParams.get('schema')} cascade`)
      }),
    async open(place, options) {
      const db = new Kysely<Columns>({ dialect: new PostgresDialect({ pool: poolOf(place, options, pool) }) })
      return clientOn(db, options, {}, () => db.destroy())
    },
    racing: racing({ second }),
    secrets: (place) => [new URL(place).password],
    offers: {
      processes: { module },
      foreignWrite,
      dropEntity: (place, entity) =>
        withClient(place, async (client) => {
          await client.query(`drop table "${entity}"`)
        }),
      proxy: {
        async upstream(place) {
          const { hostname, port } = new URL(place)
          return { host: hostname, port: Number(port) }
        },
      },
      restart: {
        createPlace: async () => createSchema(await ownDatabase()),
        stop: async () => (await own()).halt(),
        start: async () => (await own()).resume(),
      },
    },
  })
}
