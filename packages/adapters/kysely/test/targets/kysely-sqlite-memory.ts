import { defineTarget, type Target } from '@portolan/conformance'
import { racing } from '@portolan-tooling/test-servers'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { type AnyDatabase, clientOn } from './client.ts'
import { versions } from './files.ts'
import { writeRaw } from './foreign.ts'

const places = new Map<string, { readonly database: Database.Database; readonly db: AnyDatabase }>()
let made = 0

function at(place: string) {
  const found = places.get(place)
  if (!found) throw new Error(`there is no place ${place}`)
  return found
}

/** A database in memory can have one connection, so its clients are storages on one Kysely instance. */
const target: Target = defineTarget({
  name: 'kysely-sqlite-memory',
  embedded: true,
  racing: racing(),
  versions,
  async createPlace() {
    const database = new Database(':memory:')
    const place = `memory-${++made}`
    places.set(place, { database, db: new Kysely({ dialect: new SqliteDialect({ database }) }) })
    return place
  },
  async removePlace(place) {
    await at(place).db.destroy()
    places.delete(place)
  },
  open: async (place, options) => clientOn(at(place).db, options, { durability: 'none' }, async () => {}),
  offers: {
    foreignWrite: async (place, write) => writeRaw(at(place).database, write),
    dropEntity: async (place, entity) => {
      at(place).database.exec(`drop table "${entity}"`)
    },
  },
})

export default target
