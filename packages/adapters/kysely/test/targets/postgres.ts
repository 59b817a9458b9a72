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
    ...(searchParams.has('schema') && { options: `-c search_path=${searchParams.get('schema')}` }),
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

/** Of a database, made once. Extensions are of the whole database, so it has the one that is needed. */
async function databaseOn(server: Promise<NetworkServer>): Promise<string> {
  const database = await (await server).createPlace()
  await withClient(database, (client) => client.query('create extension btree_gist schema public'))
  return database
}

const schemaOf = (place: string): string => new URL(place).searchParams.get('schema') ?? ''
let made = 0

/** A hundred times quicker to make than a database. */
async function createSchema(database: string, send = sendTo(database)): Promise<string> {
  const place = new URL(database)
  place.searchParams.set('schema', `place_${process.pid}_${++made}`)
  await send(`create schema ${schemaOf(place.href)}`)
  return place.href
}

const dropSchema = (place: string, send = sendTo(place)): Promise<unknown> =>
  send(`drop schema ${schemaOf(place)} cascade`)

type Send = (statement: string) => Promise<unknown>

const sendTo =
  (place: string): Send =>
  (statement) =>
    withClient(place, (client) => client.query(statement))

/** Schemas of a server that nobody stops, made and dropped over connections that stay. */
function lastingSchemas(database: () => Promise<string>) {
  const connected = async (): Promise<Send> => {
    const client = new Client(connectionOf(await database()))
    client.on('error', () => undefined)
    await client.connect()
    return (statement) => client.query(statement)
  }
  const [making, dropping] = [once(connected), once(connected)]
  let dropped: Promise<unknown> = Promise.resolve()
  return {
    create: async () => createSchema(await database(), await making()),
    /** Waits for the drop before this one: a drop takes a fifth of the time of a usual case, and nobody has to wait for it. */
    async remove(place: string) {
      const before = dropped
      dropped = dropSchema(place, await dropping())
      dropped.catch(() => undefined)
      await before
    },
  }
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
  const database = once(() => databaseOn(shared()))
  const ownDatabase = once(() => databaseOn(own()))
  const schemas = lastingSchemas(database)
  return defineTarget({
    name,
    async versions() {
      const client = [await versionOf('kysely'), await versionOf('pg')].join(', ')
      return { server: (await shared()).version, client }
    },
    createPlace: () => schemas.create(),
    async removePlace(place) {
      if (place.startsWith(await database())) await schemas.remove(place)
      else await dropSchema(place)
    },
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
