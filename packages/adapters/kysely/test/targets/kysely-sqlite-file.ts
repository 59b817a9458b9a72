import { defineTarget, type Target } from '@portolan/conformance'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { type Columns, clientOn, versionOf } from './client.ts'
import { files } from './files.ts'
import { dropTable, writeRawToFile } from './foreign.ts'
import { racing } from './racing.ts'

/** Every client is a connection of its own to one file in WAL mode, as in two processes. */
const target: Target = defineTarget({
  name: 'kysely-sqlite-file',
  embedded: true,
  racing,
  async versions() {
    const client = [await versionOf('kysely'), await versionOf('better-sqlite3')].join(', ')
    return { server: (await files()).version, client }
  },
  createPlace: async () => (await files()).createPlace(),
  removePlace: async (place) => (await files()).removePlace(place),
  async open(place, options) {
    const database = new Database(place)
    database.pragma('journal_mode = wal')
    const db = new Kysely<Columns>({ dialect: new SqliteDialect({ database }) })
    return clientOn(db, options, {}, () => db.destroy())
  },
  offers: {
    processes: { module: import.meta.url },
    foreignWrite: async (place, write) => writeRawToFile(place, write),
    dropEntity: async (place, entity) => dropTable(place, entity),
  },
})

export default target
