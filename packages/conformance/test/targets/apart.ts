import { createStorage } from '@portolan/adapter-kit'
import { memoryDriver } from '@portolan/memory'
import type { Storage } from '@portolan/ports'
import { defineTarget, type Target } from '../../src/target.ts'
import memory from './memory.ts'

/** Opens any address as a database of its own process. */
const apart: Target = defineTarget({
  ...memory,
  name: 'apart',
  async open(_, { wrapDriver: __, ...options }) {
    const storage = createStorage(memoryDriver(options as never), options as never) as Storage<unknown>
    return { storage, close: () => storage.close() }
  },
})

export default apart
