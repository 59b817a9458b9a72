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
  setTimeout(milliseconds: number, onSilence: () => void): unknown
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
}

/**
 * Makes a pool of pg's outlive its connections: `new PostgresDialect({ pool: steadyPool(new Pool({ ... })) })`. By itself pg
 * emits an error that ends the process when a connection breaks that is in use or idle (https://node-postgres.com/apis/client,
 * "events"), and a connection that nobody answers any more keeps its place in the pool until the operating system gives it up,
 * after a quarter of an hour. The calls that were under way reject all the same. Returns the pool.
 */
export function steadyPool<Pool extends PgPool>(
  pool: Pool,
  { silenceMs = 30_000, prepare = false }: SteadyPoolOptions = {},
): Pool {
  const nameOf = statementNames()
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    const stream = client.connection?.stream as Socket | undefined
    stream?.setTimeout(silenceMs, () => stream.destroy(silent()))
    if (prepare) prepareRepeated(client, nameOf)
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

type Query = (...given: unknown[]) => unknown

/** pg prepares what has a name, once per connection (https://node-postgres.com/features/queries, "prepared statements"). */
function prepareRepeated(client: PgClient, nameOf: (text: string) => string | null): void {
  const query = client.query.bind(client) as Query
  const preparing: Query = (...given) => {
    const [text, values] = given
    const name = given.length === 2 && typeof text === 'string' ? nameOf(text) : null
    return name === null ? query(...given) : query({ name, text, values })
  }
  client.query = preparing as PgClient['query']
}
