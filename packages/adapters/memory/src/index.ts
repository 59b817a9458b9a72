import { createStorage } from '@portolan/adapter-kit'
import type { Storage } from '@portolan/ports'
import { memoryDriver } from './driver.ts'
import type { MemoryOptions } from './options.ts'

export { type MemoryDatabase, type MemoryDatabaseOptions, memoryDatabase } from './database.ts'
export { memoryDriver } from './driver.ts'
export type { MemoryOptions } from './options.ts'
export type { Session as MemorySession } from './transaction.ts'

/**
 * A storage in memory, with the isolation of a real database: transactions of this and other clients of the database
 * interleave at every call. Nothing survives the process.
 */
export function memoryStorage(options: MemoryOptions): Storage {
  return createStorage(memoryDriver(options), options)
}
