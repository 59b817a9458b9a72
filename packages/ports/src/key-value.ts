import type { Instant } from './field.ts'

/** An entry with what belongs to it. */
export interface KeyValueItem {
  readonly value: string
  /** Opaque text, fresh for each set, never used again after delete, expiry or clear. */
  readonly revision: string
  /** The first moment, of the store's clock, at which the entry is gone; null: it stays until deleted. */
  readonly expiresAt: Instant | null
}

/** Either condition of `set`, never both; without one the entry is set whatever is there. */
export type SetOptions =
  | {
      /** Milliseconds until the entry is gone, 1 or more. Absent: it stays, also where the former entry had a ttl. */
      readonly ttlMs?: number | undefined
      /** Set only if this is still the entry's revision. */
      readonly revision?: string | undefined
      readonly absent?: undefined
    }
  | {
      readonly ttlMs?: number | undefined
      readonly revision?: undefined
      /** Set only if there is no such entry, or it has expired. */
      readonly absent?: boolean | undefined
    }

/**
 * Text by key, within one namespace; other namespaces are never read, changed or listed. Keys are text of any length
 * but empty, compared exactly; a key or value with NUL or a lone surrogate is `invalid-value`. Expiry is decided by the
 * store's clock: an entry is there before `expiresAt` and gone at it, whenever `sweep` runs.
 */
export interface KeyValueStore {
  /** The value byte for byte as it was set, or null. */
  get(key: string): Promise<string | null>
  /** An array aligned with `keys`, null where missing. */
  getMany(keys: readonly string[]): Promise<(string | null)[]>
  /** The value with its revision and expiry, or null. */
  getEntry(key: string): Promise<KeyValueItem | null>
  /**
   * The new revision, or null when the condition (`revision` is still current, or the key is `absent`) does not hold;
   * then nothing was written. Of racers with one condition exactly one gets a revision, the others null.
   */
  set(key: string, value: string, options?: SetOptions): Promise<string | null>
  /**
   * Whether this call removed the entry; of several callers one gets true. With `revision` only while it is current.
   */
  delete(key: string, options?: { readonly revision?: string | undefined }): Promise<boolean>
  /** How many of the keys were there, and now are not. */
  deleteMany(keys: readonly string[]): Promise<number>
  /** Removes every entry of this namespace at one moment, and of no other. */
  clear(): Promise<void>
  /** In no particular order; entries set or removed meanwhile may or may not come. `prefix` is compared exactly. */
  keys(options?: { readonly prefix?: string | undefined }): AsyncIterable<string>
}
