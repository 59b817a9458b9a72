import type { AnyEntity, Storage } from '@portolan/ports'
import { type PostgresPlace, onPostgres as withPlace } from '@portolan-tooling/test-servers/vitest'
import { Kysely, type KyselyPlugin, PostgresDialect, type Transaction } from 'kysely'
import { Pool, type PoolClient, type PoolConfig } from 'pg'
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
  readonly deferBegin?: boolean
  readonly silenceMs?: number
  /** Sees each connection before steadyPool does. */
  readonly onClient?: (client: PoolClient) => void
  readonly plugins?: KyselyPlugin[]
}

/** Where a test finds tables, and looks past Portolan. */
export interface Place extends PostgresPlace {
  /** A storage over a pool of its own, closed after the test. */
  open(opening?: Opening): Opened
  /** Opened, with its tables made, and nothing counted yet. */
  openReady(opening?: Opening): Promise<Opened>
}

export function openStorage(
  config: PoolConfig,
  { pool: more, prepare, deferBegin, silenceMs, onClient, plugins = [], ...options }: Opening = {},
): Opened {
  const bare = new Pool({ ...config, ...more })
  if (onClient) bare.on('connect', onClient)
  const pool = steadyPool(bare, { prepare, deferBegin, silenceMs })
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

/** The tests on each version, in a schema of its own each. */
export function onPostgres(tests: (place: Place) => void): void {
  withPlace((place) => {
    const open = (opening?: Opening): Opened => {
      const opened = openStorage(place.config, opening)
      place.afterTest(opened.close)
      return opened
    }
    const openReady = async (opening?: Opening): Promise<Opened> => {
      const opened = open(opening)
      await opened.storage.schema.apply()
      opened.sent.length = 0
      return opened
    }
    tests(Object.assign(place, { open, openReady }))
  })
}
