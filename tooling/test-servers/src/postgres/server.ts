import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { databaseServer } from '../database-server.ts'
import type { Engine } from '../engine.ts'
import type { NetworkServer } from '../test-server.ts'
import { scramSecret } from './scram.ts'

/** Does something as the one whom the URL names, over a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** '15.18' */
export function versionAt(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version.split(' ')[0] ?? '?'
  })
}

/** A server that answers: each place is a database that belongs to an ordinary role of its own. */
export async function openPostgres(
  url: string,
  major: number,
  engine: Engine | undefined,
): Promise<NetworkServer | string> {
  const version = await versionAt(url)
  if (Number.parseInt(version, 10) !== major) return `PostgreSQL ${version} answers there`
  return databaseServer({
    url,
    protocol: 'postgres',
    usualPort: 5432,
    version: `PostgreSQL ${version}`,
    engine,
    create: (name, password) =>
      withClient(url, async (client) => {
        await client.query(`create role ${name} login password '${scramSecret(password)}'`)
        await client.query(`create database ${name} owner ${name} template template0`)
        // A deadlock that a test provokes is found in a tenth of the usual second.
        await client.query(`alter database ${name} set deadlock_timeout = '100ms'`)
      }),
    remove: (name) =>
      withClient(url, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`)
        await client.query(`drop role if exists ${name}`)
      }),
    log: () => logAt(url).catch((error) => engine?.log?.() ?? Promise.reject(error)),
  })
}

/**
 * Backends write to a pipe that one process empties into the file, in order: when a line of our own has arrived there, so has
 * everything before it.
 */
function logAt(url: string): Promise<string | undefined> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ file: string | null }>('select pg_current_logfile() as file')
    const file = rows[0]?.file
    if (!file) return undefined
    const mark = `log read ${randomUUID()}`
    await client.query(`do $$ begin raise log '${mark}'; end $$`)
    for (;;) {
      const { rows } = await client.query<{ text: Buffer }>('select pg_read_binary_file($1) as text', [file])
      const text = rows[0]?.text.toString('utf8') ?? ''
      if (text.includes(mark)) return text
      await wait(10)
    }
  })
}
