// What a stranger would write: a target for the adapter in use, on a client of their own.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createStorage } from '@portolan/adapter-kit'
import { defineTarget } from '@portolan/conformance'
import { kyselyDriver } from '@portolan/kysely'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'

export default defineTarget({
  name: 'stranger-kysely-sqlite',
  // A few: the adapter's own suite runs all of them.
  racing: { racers: 16, rounds: 5 },
  async versions() {
    const database = new Database(':memory:')
    const { version } = database.prepare('select sqlite_version() as version').get()
    database.close()
    return { server: `SQLite ${version}`, client: 'kysely with better-sqlite3' }
  },
  async createPlace() {
    return join(import.meta.dirname, `${randomUUID()}.sqlite`)
  },
  async removePlace(place) {
    await Promise.all(['', '-wal', '-shm'].map((suffix) => rm(place + suffix, { force: true })))
  },
  async open(place, options) {
    const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(place) }) })
    const driver = kyselyDriver(db, options)
    const storage = createStorage(options.wrapDriver?.(driver) ?? driver, options)
    return {
      storage,
      transact: (work) => db.transaction().execute(work),
      close: async () => {
        await storage.close()
        await db.destroy()
      },
    }
  },
  offers: { processes: { module: import.meta.url } },
})
