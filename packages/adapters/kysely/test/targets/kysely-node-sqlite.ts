import { DatabaseSync } from 'node:sqlite'
import type { Target } from '@portolan/conformance'
import { nodeSqliteDialect } from '../../src/node-sqlite.ts'
import { versionOf } from './client.ts'
import { sqliteFileTarget } from './sqlite-file.ts'

/** Node's own SQLite, in rollback-journal mode: the other one than in `kysely-sqlite-file`. */
const target: Target = sqliteFileTarget({
  name: 'kysely-node-sqlite',
  module: import.meta.url,
  async versions() {
    const database = new DatabaseSync(':memory:')
    const { version } = database.prepare('select sqlite_version() as version').get() as { version: string }
    database.close()
    return {
      server: `SQLite ${version}`,
      client: `${await versionOf('kysely')}, node:sqlite of ${process.versions.node}`,
    }
  },
  dialect: (file) => nodeSqliteDialect(new DatabaseSync(file)),
})

export default target
