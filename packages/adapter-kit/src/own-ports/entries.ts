import type { KeyValueItem } from '@portolan/ports'
import type { EntryCondition, KeysPage } from '../spi/index.ts'

/** What the key-value port stands on: the entries of one namespace, by keys that have been checked. */
export interface Entries {
  /** Aligned with the keys. */
  getMany(keys: readonly string[]): Promise<readonly (KeyValueItem | null)[]>
  /** The new revision; null where the condition is not met. */
  set(key: string, value: string, ttlMs: number | null, condition: EntryCondition): Promise<string | null>
  delete(key: string, revision: string | null): Promise<boolean>
  deleteMany(keys: readonly string[]): Promise<number>
  clear(): Promise<void>
  /** `after`: `next` of the page before. */
  keys(prefix: string, after: string | null): Promise<KeysPage>
}

/** Keys of one page. */
export const pageSize = 500
