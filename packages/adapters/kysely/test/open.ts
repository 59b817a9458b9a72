import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Storage } from '@portolan/ports'
import Database from 'better-sqlite3'
import { Kysely, type KyselyPlugin, SqliteDialect, type Transaction } from 'kysely'
import { onTestFinished } from 'vitest'
import { type KyselyOptions, kyselyStorage } from '../src/index.ts'
import { Booking, Flag } from './entities.ts'

export type Columns = Record<string, Record<string, unknown>>

export interface Opened {
  readonly raw: Database.Database
  readonly db: Kysely<Columns>
  readonly storage: Storage<Transaction<Columns>>
  /** What Kysely has sent, in order; empty it to begin anew. */
  readonly sent: string[]
}

export interface Opening extends Partial<KyselyOptions> {
  readonly file?: string
  /** The user's busy_timeout. */
  readonly timeout?: number
  readonly journal?: 'wal' | 'delete'
  readonly plugins?: KyselyPlugin[]
}

/** The path of a database file that is gone after the test. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-kysely-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'database.sqlite')
}

export function open({ file = ':memory:', timeout = 0, journal, plugins = [], ...options }: Opening = {}): Opened {
  const raw = new Database(file, { timeout })
  if (journal) raw.pragma(`journal_mode = ${journal}`)
  const sent: string[] = []
  const db = new Kysely<Columns>({
    dialect: new SqliteDialect({ database: raw }),
    plugins,
    log: ({ query }) => {
      sent.push(query.sql)
    },
  })
  onTestFinished(() => db.destroy())
  const storage = kyselyStorage(db, { entities: [Booking, Flag], ...options })
  return { raw, db, storage, sent }
}

/** Opened, with its tables made, and nothing counted yet. */
export async function openReady(opening: Opening = {}): Promise<Opened> {
  const opened = open(opening)
  await opened.storage.schema.apply()
  opened.sent.length = 0
  return opened
}
