import { kyselyStorage } from '@portolan/kysely'
import { memoryDatabase, memoryStorage } from '@portolan/memory'
import type { AnyEntity, Storage } from '@portolan/ports'
import { isFound, sqlite } from '@portolan-tooling/test-servers'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { createRoomKitStorage, roomKitEntities } from '../src/index.ts'
import type { RoomKitTarget } from '../src/suite/index.ts'

/** Two storages of one fresh place, whose schema need not be there yet. */
export interface TwoClients {
  readonly first: Storage<unknown>
  readonly second: Storage<unknown>
  close(): Promise<void>
}

/** What one more adapter has to tell: how two storages of a fresh place are opened with these entities. */
export function targetOn(name: string, open: (entities: readonly AnyEntity[]) => Promise<TwoClients>): RoomKitTarget {
  return {
    name,
    async open() {
      const { first, second, close } = await open(roomKitEntities)
      await first.schema.apply()
      return { first: createRoomKitStorage(first), second: createRoomKitStorage(second), close }
    },
  }
}

export const memoryTarget: RoomKitTarget = targetOn('memory', async (entities) => {
  const database = memoryDatabase()
  const [first, second] = [memoryStorage({ entities, database }), memoryStorage({ entities, database })]
  return { first, second, close: async () => void (await Promise.all([first.close(), second.close()])) }
})

let files: ReturnType<typeof sqlite> | undefined

/** A file, and two connections to it. */
export const sqliteTarget: RoomKitTarget = targetOn('SQLite', async (entities) => {
  files ??= sqlite()
  const found = await files
  if (!isFound(found)) throw new Error(found.missing)
  const file = await found.createPlace()
  const connect = () => {
    const database = new Database(file)
    database.pragma('journal_mode = wal')
    return new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
  }
  const [one, other] = [connect(), connect()]
  return {
    first: kyselyStorage(one, { entities }) as Storage<unknown>,
    second: kyselyStorage(other, { entities }) as Storage<unknown>,
    close: async () => {
      await Promise.all([one.destroy(), other.destroy()])
      await found.removePlace(file)
    },
  }
})
