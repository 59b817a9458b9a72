import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder } from './data-folder.ts'
import type { NotFound, TestServer } from './test-server.ts'

/**
 * SQLite has no server: a place is a file in a folder of this process. Such a file is opened by as many connections and
 * processes as a test likes.
 */
export async function sqlite(): Promise<TestServer | NotFound> {
  const version = await ping()
  if (version === null)
    return { missing: 'better-sqlite3 cannot be loaded by this Node: install again with the Node that runs the tests' }
  const { path: folder, remove } = dataFolder('sqlite')
  process.once('exit', remove)
  let places = 0
  return {
    version: `SQLite ${version}`,
    createPlace: async () => join(folder, `${++places}.sqlite`),
    removePlace: async (place) => {
      for (const file of [place, `${place}-wal`, `${place}-shm`, `${place}-journal`]) {
        if (existsSync(file)) rmSync(file)
      }
    },
    stop: async () => {
      process.off('exit', remove)
      remove()
    },
  }
}

/** The version that answers, or null. */
async function ping(): Promise<string | null> {
  try {
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(':memory:')
    const version = database.prepare('select sqlite_version()').pluck().get()
    database.close()
    return String(version)
  } catch {
    return null
  }
}
