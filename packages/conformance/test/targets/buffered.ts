import { createStorage } from '@portolan/adapter-kit'
import type { AnyEntity, Storage } from '@portolan/ports'
import { defineTarget, type Target } from '../../src/target.ts'
import { type Database, database } from '../buffered/database.ts'
import { bufferedOn } from '../buffered/store.ts'

const places = new Map<string, Database>()
let made = 0

function databaseAt(place: string): Database {
  const found = places.get(place)
  if (!found) throw new Error(`there is no place ${place}`)
  return found
}

/** The kit's own transactions, for databases that have none in which writes can be read: over rows in this process. */
const buffered: Target = defineTarget({
  name: 'buffered',
  async versions() {
    return { server: `in this process, Node ${process.versions.node}`, client: '@portolan/adapter-kit' }
  },
  async createPlace() {
    const place = `buffered-${++made}`
    places.set(place, database())
    return place
  },
  async removePlace(place) {
    places.delete(place)
  },
  async open(place, { wrapDriver, clock, ...options }) {
    const rows = databaseAt(place)
    if (clock) rows.clock = clock
    const driver = bufferedOn(rows, options.entities as readonly AnyEntity[])
    const storage = createStorage(
      (wrapDriver ? wrapDriver(driver as never) : driver) as never,
      options as never,
    ) as Storage<unknown>
    return { storage, close: () => storage.close() }
  },
  embedded: true,
  offers: {
    async foreignWrite(place, { entity, id, field, value }) {
      databaseAt(place).overwrite(entity, id, field, value)
    },
  },
})

export default buffered
