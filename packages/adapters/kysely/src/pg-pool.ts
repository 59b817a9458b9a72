import { deferringBegin, type Query } from './pg-begin.ts'
import { repeatedMark } from './slots.ts'

/** What is used of a `Pool` of pg's, from pg 8 on. */
export interface PgPool {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PgClient) => void): unknown
}

export interface PgClient {
  on(event: 'error', listener: (error: Error) => void): unknown
  query(text: never, values: never): unknown
  readonly connection?: { readonly stream?: unknown }
}

interface Socket {
  setTimeout(milliseconds: number, onSilence?: () => void): unknown
  destroy(error: Error): unknown
}

export interface SteadyPoolOptions {
  /**
   * How long a connection may be silent, in milliseconds, before it is given up; longer than any `timeoutMs`, beyond which no
   * storage waits for it, and longer than any statement of your own. Default: 30,000.
   */
  readonly silenceMs?: number | undefined
  /**
   * Has the statements that the storage sends again and again parsed and planned once per connection, as prepared statements
   * (at most 500). Your own statements are left as they are. Default: false, since a PgBouncer before 1.21 that pools
   * transactions does not know them (https://www.pgbouncer.org/config.html, "max_prepared_statements").
   */
  readonly prepare?: boolean | undefined
  /**
   * Sends the BEGIN of transactions together with their first statement: one round trip less for each, the storage's and those of
   * your own that Kysely begins. A BEGIN that fails says so with the first statement, which is then not carried out; a
   * transaction without statements sends nothing. It uses the connection of pg's `Client` as cursors do, so another client, or
   * `pg.native`, sends BEGIN as before. Default: false.
   */
  readonly deferBegin?: boolean | undefined
}

/**
 * Makes a pool of pg's outlive its connections: `new PostgresDialect({ pool: steadyPool(new Pool({ ... })) })`. By itself pg
 * emits an error that ends the process when a connection breaks that is in use or idle (https://node-postgres.com/apis/client,
 * "events"), and a connection that nobody answers any more keeps its place in the pool until the operating system gives it up,
 * after a quarter of an hour. The calls that were under way reject all the same. Returns the pool.
 */
export function steadyPool<Pool extends PgPool>(
  pool: Pool,
  { silenceMs = 30_000, prepare = false, deferBegin = false }: SteadyPoolOptions = {},
): Pool {
  const nameOf = prepare ? statementNames() : () => null
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    const stream = client.connection?.stream as Socket | undefined
    stream?.setTimeout(silenceMs, () => stream.destroy(silent()))
    let query = client.query.bind(client) as Query
    if (prepare) query = preparing(query, nameOf)
    // Silence counts from BEGIN on, sent or not: the work may take its time before the first statement.
    if (deferBegin) query = deferringBegin(client, query, { nameOf, onHeld: () => stream?.setTimeout(silenceMs) })
    if (prepare || deferBegin) client.query = query as PgClient['query']
  })
  return pool
}

function silent(): Error {
  return Object.assign(new Error('the connection was silent for too long'), { code: 'ETIMEDOUT' })
}

/** A server keeps each of them in memory for each connection. */
const maximumPrepared = 500

/** One name for one text, on all connections of a pool; null: it is not to be prepared. */
function statementNames(): (text: string) => string | null {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined) return known
    if (!text.endsWith(repeatedMark) || names.size >= maximumPrepared) return null
    const name = `portolan_${names.size}`
    names.set(text, name)
    return name
  }
}

/** pg prepares what has a name, once per connection (https://node-postgres.com/features/queries, "prepared statements"). */
function preparing(query: Query, nameOf: (text: string) => string | null): Query {
  return (...given) => {
    const [text, values] = given
    const name = given.length === 2 && typeof text === 'string' ? nameOf(text) : null
    return name === null ? query(...given) : query({ name, text, values })
  }
}
