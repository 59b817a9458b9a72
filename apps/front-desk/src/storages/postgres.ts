import { kyselyStorage } from '@portolan/kysely'
import { steadyPool } from '@portolan/kysely/pg-pool'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { entities } from '../domain/entities.ts'
import { checkThenInsert } from './check-then-insert.ts'
import type { OpenedStorage } from './storages.ts'

/** One connection for each of 16 racers, and one for the relay. */
const connections = 17

/** Whatever else lives in the database keeps its tables to itself: those of the sample have a schema of their own. */
const schema = 'front_desk'

/** The pool and the Kysely instance are the application's own: Portolan uses them, and closing them stays our business. */
export function openPostgres(url: string, timeoutMs: number): OpenedStorage {
  const pool = steadyPool(
    new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: 10_000,
      application_name: 'front-desk',
      options: `-c search_path=${schema},public`,
    }),
  )
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const storage = kyselyStorage(database, { entities, timeoutMs })
  const usual = checkThenInsert(database, {
    inTransaction: true,
    remark:
      'Each caller on a connection and in a transaction of its own. At READ COMMITTED, the default, nobody sees what the others have not committed.',
  })
  return {
    name: 'postgres',
    title: 'Postgres',
    subtitle: '@portolan/kysely and pg, on the server that the environment names',
    place: placeOf(url),
    storage,
    checkThenInsert: usual,
    prepare: async () => {
      await sql`create schema if not exists ${sql.id(schema)}`.execute(database)
      await storage.schema.apply()
      await usual.create()
      await warmUp(pool)
    },
    close: async () => {
      await storage.close()
      await database.destroy()
    },
  }
}

/** A service that has been up for a while has its connections: a race should not measure how they are made. */
async function warmUp(pool: pg.Pool): Promise<void> {
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  for (const client of clients) client.release()
}

/** Host and database, without who connects and how. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `Postgres at ${host}${pathname}`
  } catch {
    return 'Postgres'
  }
}
