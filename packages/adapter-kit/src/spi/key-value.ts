import type { KeyValueItem } from '@portolan/ports'
import type { CallContext } from './driver.ts'

/** Whatever is there: null. */
export type EntryCondition = 'absent' | { readonly revision: string } | null

export interface SetEntryPlan {
  readonly namespace: string
  readonly key: string
  readonly value: string
  /** From the store's moment on; null: the entry stays until it is removed, also where the former one had an end. */
  readonly ttlMs: number | null
  readonly condition: EntryCondition
}

export interface DeleteEntryPlan {
  readonly namespace: string
  readonly key: string
  /** null: whatever it is. */
  readonly revision: string | null
}

export interface KeysPlan {
  readonly namespace: string
  readonly prefix: string
  /** Only keys after it; `next` of the page before. */
  readonly after: string | null
  /** Keys that one page may have; fewer say nothing about the next one. */
  readonly limit: number
}

export interface KeysPage {
  /** Ascending by code point. */
  readonly keys: readonly string[]
  /** Where the next page begins; null: there is none. */
  readonly next: string | null
}

/**
 * Key-value as a store has it by nature, in place of plans for rows of KeyValueEntry. That entity stays among those of `prepare`
 * and `schema`: what the store needs for it is made, verified and left out like that of any other. The kit has validated
 * everything; namespaces are keys (512 bytes), entries' keys are text of any length but empty, revisions are any storable text.
 *
 * An entry whose time has come by the store's clock counts as absent in every call. Each call is atomic, but for `keys` and `sweep`.
 * In a session all of it takes part in the transaction: own writes are seen, and what was read and then written is as it was read
 * (T3), found out by the driver whatever `holdsReads` says.
 */
export interface NativeKeyValue<Session = unknown> {
  /** Aligned with the keys, which may repeat; null where there is none. */
  getMany(
    namespace: string,
    keys: readonly string[],
    context: CallContext<Session>,
  ): Promise<readonly (KeyValueItem | null)[]>
  /** The new revision, never used before; null where the condition is not met, and nothing was written. */
  set(plan: SetEntryPlan, context: CallContext<Session>): Promise<string | null>
  /** Whether this call removed it. */
  delete(plan: DeleteEntryPlan, context: CallContext<Session>): Promise<boolean>
  /** How many of the keys were there; none of them is now. They may repeat. */
  deleteMany(namespace: string, keys: readonly string[], context: CallContext<Session>): Promise<number>
  /** At one moment, and in about the same time however many there are. */
  clear(namespace: string, context: CallContext<Session>): Promise<void>
  keys(plan: KeysPlan, context: CallContext<Session>): Promise<KeysPage>
  /** Frees what expired and cleared entries still take up: up to so many, never in a session; how many it were. */
  sweep(limit: number, context: CallContext<Session>): Promise<number>
}
