/*
 * What of key-value travels in a call, whatever else the call is about. Lua (scripts/key-value.ts) reads it by position, counted
 * from 1. Its keys lie together among KEYS; places count from the first of them, and the first two are `{tag}:x` and `{tag}:t`.
 */

/** Keys go into the call as they are, one after another; in a writing call directly before the operation's own, else last. */
export interface EntriesPart {
  readonly keys: readonly string[]
  readonly message: EntriesMessage
}

export type EntriesMessage = readonly [
  /** How many keys. */
  count: number,
  spaces: readonly Space[],
  seen: readonly (SeenEntry | SeenKeys)[],
  asked: readonly (AskedEntry | AskedKeys)[],
  /** One after another, without brackets around each: less work for Lua. */
  changes: readonly EntryChange[number][],
]

/** A namespace: places of its generation and of its list of keys, and what members of `{tag}:x` begin with. */
export type Space = readonly [generation: number, list: number, prefix: string]

/** A read that must still be so. The revision; false: there was none. */
export type SeenEntry = readonly [space: number, place: number, revision: string | false]
/** A page of keys, and the digest of what it was. */
export type SeenKeys = readonly [space: number, page: KeysPage, digest: string]

/** Answered by the entry as stored, or nothing. */
export type AskedEntry = readonly [space: number, place: number]
/** Answered by [digest, where to go on or '', keys ...]. */
export type AskedKeys = readonly [space: number, page: KeysPage]

/** Bounds as ZRANGEBYLEX takes them; limit -1: none. */
export type KeysPage = readonly [from: string, to: string | Uint8Array, limit: number]

/** Milliseconds from the script's moment on as a number, the moment itself as text, false: for ever. */
export type Ends = number | string | false

/** The revision that must be there, 1: none may be there, false: whatever is there. */
export type Condition = string | 1 | false

/** `text` is revision and value with a blank between. Each entry is answered by the letter 1 where it was done, else 0. */
export type EntryChange =
  /** Entries at places one after another, whatever is there; members for the list of keys, a 0 before each. */
  | readonly [
      kind: 'sets',
      space: number,
      place: number,
      members: readonly (string | 0)[],
      texts: readonly string[],
      ends: Ends,
    ]
  | readonly [
      kind: 'set',
      space: number,
      place: number,
      key: string,
      text: string,
      ends: Ends,
      condition: Exclude<Condition, false>,
    ]
  | readonly [kind: 'delete', space: number, place: number, key: string, revision: string | false]
  /** The list of keys goes to the key at `place`, which is `{tag}:t:` and the generation that begins. */
  | readonly [kind: 'clear', space: number, place: number, namespace: string, generation: string]
