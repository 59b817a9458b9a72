import type { StorageOptions } from '@portolan/adapter-kit'
import type { MemoryDatabase } from './database.ts'

export interface MemoryOptions extends StorageOptions {
  /** Storages of one database are clients of the same rows. Default: a database of its own. */
  readonly database?: MemoryDatabase | undefined
  /** Replaces the clock of the database, in epoch milliseconds, for every client of it: the last one given counts. */
  readonly clock?: (() => number) | undefined
  /**
   * Awaited at each point where calls of different clients can interleave: before a call touches the database, before a commit,
   * after a wait for a guard. For tests that search interleavings, as fast-check's scheduler does. Default: a microtask.
   */
  readonly schedule?: (() => Promise<void>) | undefined
}
