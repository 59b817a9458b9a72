import { DatabaseSync } from 'node:sqlite'
import { defineTarget, type Target } from '@portolan/conformance'
import { Kysely } from 'kysely'
import { nodeSqliteDialect } from '../../src/node-sqlite.ts'
import { type Columns, clientOn, versionOf } from './client.ts'
import { files } from './files.ts'
import { dropTable, writeRawToFile } from './foreign.ts'
import { racing } from './racing.ts'

/** Node's own SQLite, in rollback-journal mode: the other one than in `kysely-sqlite-file`. */
const target: Target = defineTarget({
  name: 'kysely-node-sqlite',
  embedded: true,
  racing,
  async versions() {
    const database = new DatabaseSync(':memory:')
    const { version } = database.prepare('select sqlite_version() as version').get() as { version: string }
    database.close()
    return {
      server: `SQLite ${version}`,
      client: `${await versionOf('kysely')}, node:sqlite of ${process.versions.node}`,
    }
  },
  createPlace: async () => (await files()).createPlace(),
  removePlace: async (place) => (await files()).removePlace(place),
  async open(place, options) {
    const db = new Kysely<Columns>({ dialect: nodeSqliteDialect(new DatabaseSync(place)) })
    return clientOn(db, options, {}, () => db.destroy())
  },
  offers: {
    processes: { module: import.meta.url },
    foreignWrite: async (place, write) => writeRawToFile(place, write),
    dropEntity: async (place, entity) => dropTable(place, entity),
  },
})

export default target
