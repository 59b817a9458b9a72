import type { Target } from '@portolan/conformance'
import Database from 'better-sqlite3'
import { SqliteDialect } from 'kysely'
import { versions } from './files.ts'
import { sqliteFileTarget } from './sqlite-file.ts'

/** In WAL mode. */
const target: Target = sqliteFileTarget({
  name: 'kysely-sqlite-file',
  module: import.meta.url,
  versions,
  dialect(file) {
    const database = new Database(file)
    database.pragma('journal_mode = wal')
    return new SqliteDialect({ database })
  },
})

export default target
