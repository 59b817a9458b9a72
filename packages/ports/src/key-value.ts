import type { Instant } from './field.ts'

export interface KeyValueItem {
  readonly value: string
  /** Opaque, fresh for each set, never used again after delete, expiry or clear. */
  readonly revision: string
  readonly expiresAt: Instant | null
}

export type SetOptions =
  | { readonly ttlMs?: number | undefined; readonly revision?: string | undefined; readonly absent?: undefined }
  | { readonly ttlMs?: number | undefined; readonly revision?: undefined; readonly absent?: boolean | undefined }

/** Text by key, within one namespace. Expiry is decided by the store's clock. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>
  /** Aligned with `keys`, null where missing. */
  getMany(keys: readonly string[]): Promise<(string | null)[]>
  getEntry(key: string): Promise<KeyValueItem | null>
  /**
   * Returns the new revision, or null when the condition (`revision` is still current, or the key is `absent`) does not hold;
   * then nothing was written. Without `ttlMs` (1 or more milliseconds) the entry stays until deleted.
   */
  set(key: string, value: string, options?: SetOptions): Promise<string | null>
  /** Whether this call removed the entry. */
  delete(key: string, options?: { readonly revision?: string | undefined }): Promise<boolean>
  deleteMany(keys: readonly string[]): Promise<number>
  /** Removes every entry of this namespace at one moment, and of no other. */
  clear(): Promise<void>
  /** In no particular order; entries set or removed meanwhile may or may not come. */
  keys(options?: { readonly prefix?: string | undefined }): AsyncIterable<string>
}
