import { kyselyStorage } from '@portolan/kysely'
import SqliteDatabase from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { entities } from '../domain/entities.ts'
import { checkThenInsert } from './check-then-insert.ts'
import type { OpenedStorage } from './storages.ts'

/** The Kysely instance is the application's own: Portolan uses it, and closing it stays our business. */
export function openSqlite(file: string, timeoutMs: number): OpenedStorage {
  const database = new Kysely<unknown>({ dialect: new SqliteDialect({ database: openFile(file) }) })
  const storage = kyselyStorage(database, { entities, timeoutMs })
  const usual = checkThenInsert(database, {
    inTransaction: false,
    remark:
      'Two statements on one connection. SQLite does one at a time, and still lets the others look before the first one writes.',
  })
  return {
    name: 'sqlite',
    title: 'SQLite',
    subtitle: '@portolan/kysely, a file that outlives the process',
    place: file,
    storage,
    checkThenInsert: usual,
    prepare: async () => {
      await storage.schema.apply()
      await usual.create()
    },
    close: async () => {
      await storage.close()
      await database.destroy()
    },
  }
}

function openFile(file: string): SqliteDatabase.Database {
  try {
    return new SqliteDatabase(file)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}
