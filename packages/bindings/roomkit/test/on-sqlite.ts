import { kyselyStorage } from '@portolan/kysely'
import { isFound, sqlite } from '@portolan-tooling/test-servers'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { createRoomKitStorage, roomKitEntities } from '../src/index.ts'
import type { RoomKitTarget } from '../src/suite/index.ts'

let server: ReturnType<typeof sqlite> | undefined

/** A file, and two connections to it. */
export const sqliteTarget: RoomKitTarget = {
  name: 'SQLite',
  async open() {
    server ??= sqlite()
    const files = await server
    if (!isFound(files)) throw new Error(files.missing)
    const file = await files.createPlace()
    const [first, second] = [connect(file), connect(file)]
    await first.storage.schema.apply()
    return {
      first: createRoomKitStorage(first.storage),
      second: createRoomKitStorage(second.storage),
      close: async () => {
        await Promise.all([first.db.destroy(), second.db.destroy()])
        await files.removePlace(file)
      },
    }
  },
}

function connect(file: string) {
  const database = new Database(file)
  database.pragma('journal_mode = wal')
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
  return { db, storage: kyselyStorage(db, { entities: roomKitEntities }) }
}
