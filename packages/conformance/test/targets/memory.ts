import { createStorage } from '@portolan/adapter-kit'
import { type MemoryDatabase, memoryDatabase, memoryDriver } from '@portolan/memory'
import { writeRaw } from '@portolan/memory/testing'
import type { Storage } from '@portolan/ports'
import { defineTarget, type Target } from '../../src/target.ts'

const places = new Map<string, MemoryDatabase>()
let made = 0

function databaseAt(place: string): MemoryDatabase {
  const database = places.get(place)
  if (!database) throw new Error(`there is no place ${place}`)
  return database
}

/** Two storages on one database are two clients. Nothing of it can be reached from another process. */
const memory: Target = defineTarget({
  name: 'memory',
  async versions() {
    return { server: `in this process, Node ${process.versions.node}`, client: '@portolan/memory' }
  },
  async createPlace() {
    const place = `memory-${++made}`
    places.set(place, memoryDatabase())
    return place
  },
  async removePlace(place) {
    places.delete(place)
  },
  async open(place, { wrapDriver, ...options }) {
    const all = { ...options, database: databaseAt(place) }
    const driver = memoryDriver(all)
    const storage = createStorage(wrapDriver ? wrapDriver(driver as never) : driver, all as never) as Storage<unknown>
    return { storage, close: () => storage.close() }
  },
  embedded: true,
  offers: {
    async foreignWrite(place, write) {
      writeRaw(databaseAt(place), write)
    },
  },
})

export default memory
