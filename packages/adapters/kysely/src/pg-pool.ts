/** What is used of a `Pool` of pg's, from pg 8 on. */
export interface PgPool {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PgClient) => void): unknown
}

export interface PgClient {
  on(event: 'error', listener: (error: Error) => void): unknown
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
}

/**
 * Makes a pool of pg's outlive its connections: `new PostgresDialect({ pool: steadyPool(new Pool({ ... })) })`. By itself pg
 * emits an error that ends the process when a connection breaks that is in use or idle (https://node-postgres.com/apis/client,
 * "events"), and a connection that nobody answers any more keeps its place in the pool until the operating system gives it up,
 * after a quarter of an hour. The calls that were under way reject all the same. Returns the pool.
 */
export function steadyPool<Pool extends PgPool>(pool: Pool, { silenceMs = 30_000 }: SteadyPoolOptions = {}): Pool {
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    const stream = client.connection?.stream as Socket | undefined
    stream?.setTimeout(silenceMs, () => stream.destroy(silent()))
  })
  return pool
}

function silent(): Error {
  return Object.assign(new Error('the connection was silent for too long'), { code: 'ETIMEDOUT' })
}
