import type {
  CallContext,
  CountPlan,
  Driver,
  Question,
  SelectPlan,
  SessionOptions,
  StoredEntity,
  StoredRow,
} from '@portolan/adapter-kit'
import type { Definitions, Detour, Seen, Use } from './calls.ts'
import type { Connection, Reply } from './client.ts'
import type { Message } from './encoding/message.ts'
import type { EntriesPart } from './key-value/part.ts'
import type { SessionEntries } from './key-value/session-entries.ts'
import type { Keyspace } from './keys.ts'
import type { Script } from './scripts/script.ts'

/** What all parts of one storage share. */
export interface Engine {
  readonly connection: Connection
  readonly keyspace: Keyspace
  readonly definitions: Definitions
  readonly scanBound: number
  /** The option: epoch milliseconds instead of the server's own clock; false without. */
  readonly clock: (() => number) | null
  /**
   * A call on these entities: makes KEYS and layouts, sends, and where the stored definition has changed learns it and sends
   * anew. The operation is made again each time, since places of fields and numbers of indexes may differ. Resolves to what
   * follows 'ok'; the detours 'wrongtype' and 'late' are thrown as failures.
   */
  call(given: EngineCall): Promise<readonly Reply[] | Extract<Detour, { kind: 'broad' | 'held' }>>
}

export interface EngineCall {
  readonly script: Script
  readonly entities: readonly string[]
  readonly use: Use
  /** After those of the entities; the operation's own is added last by `call` where the script writes. */
  readonly keys: readonly string[]
  readonly operation: (known: Awaited<ReturnType<Definitions['of']>>) => readonly Message[]
  readonly deadline: number
}

/** What a transaction asks; the kit's word for it is taken on the wire (calls.ts). */
export type Asked = Question

/** Reading: one script for any number of questions, all at one moment. Made by `readsOn(engine)` in reads.ts. */
export interface Reads {
  look(
    questions: readonly Asked[],
    deadline: number,
    /** Earlier reads to be found unchanged first (snapshot): otherwise the answer is a `transaction-conflict`. */
    unchanged?: readonly Seen[],
    /** Key-value reads to be found unchanged first as well. */
    entries?: EntriesPart,
  ): Promise<{
    readonly now: number
    readonly answers: readonly (StoredRow[] | number)[]
    readonly seen: readonly Seen[]
  }>
  /** Alone: nothing is remembered. */
  select(plan: SelectPlan, deadline: number): Promise<StoredRow[]>
  count(plan: CountPlan, deadline: number): Promise<number>
}

/** Lone writes, each one script. Made by `writesOn(engine)` in writes.ts. */
export type Writes = Pick<
  Driver<never, Session>,
  'insert' | 'update' | 'updateMany' | 'delete' | 'deleteMany' | 'claim'
>

/** Leases on guard keys, by the token of a session. Made by `guardsOn(engine)` in guards.ts. */
export interface Guards {
  /** All or none; waits by pauses until `patience` (performance.now()), then `transaction-conflict`. Renews until let go of. */
  hold(token: string, keys: readonly string[], patience: number, deadline: number): Promise<void>
  /** Of all that the session holds, or may hold; nothing is waited for. A lease that can't be let go of runs out by itself. */
  release(token: string): void
  /** They were let go of by a commit. */
  forget(token: string): void
}

/** A running transaction; the overlay of rows is the kit's. */
export interface Session {
  readonly token: string
  readonly options: SessionOptions
  readonly guards: Set<string>
  /** What was read, in order. */
  readonly seen: Seen[]
  /** How often it has read: at one moment or at several, which an end must compare. */
  looks: number
  /**
   * What it has read and written of key-value: made by `sessionEntries()`. `entries.checks(keyspace)` is the part that a look or an end
   * without writes takes along, `entries.changes(keyspace)` that of a commit. Reads count in `looks` as well.
   */
  readonly entries: SessionEntries
}

/** Made by `schemaOn(connection, keyspace, options)` in schema.ts. */
export interface Schema {
  readonly definitions: Definitions
  prepare(entities: readonly StoredEntity[]): void
  apply(entities: readonly StoredEntity[], context: CallContext<unknown>): Promise<void>
  verify: Driver['schema']['verify']
  probe: Driver['probe']
}

/*
 * Pieces of Lua that several scripts use, besides those that are there:
 *
 * find (queries): `find(spec, accept, partial)` takes a `Find` (made by `findOf` in query/choose.ts) and returns a list of
 *   { key = ..., row = ... } in order, cut; nil where it would read more than it may. `accept(row)`, if given, is one test more.
 *   With `partial` it returns what it has by then, true, and the last row that it read where rows came in the order asked for.
 *   `count(spec)` a number or nil; `digest(found)` says which rows these are and as of which revision, in whatever order.
 * rows (writes): `rowAt(entity, key)` a row or nil; `examine(changes)` takes a list of { entity, key, before, after } (rows, nil for
 *   none), judges keys and rules by what all of them leave, and returns nil or { 'duplicate', key number, id } or
 *   { 'overlap', rule number, id }; `apply(changes)` writes rows, indexes, keys, rules and `writes`, and can't fail.
 *   Revisions of rows are the entity's `writes` after the write, as text by '%.0f'.
 * entries (key-value; scripts/key-value.ts): `local entries = entriesOf(part, last)`, where `part` is the message of an EntriesPart
 *   and `last` where its keys end among KEYS: `#KEYS` where the script reads, `#KEYS - 1` where it writes. Then
 *   `entriesChanged(entries)` true where a read is no longer so; `entryAnswers(entries)` for what was asked; `touchEntries(entries)`
 *   before the first write: raises WRONGTYPE where a key holds something else; `applyEntries(entries)` writes, and can't fail then.
 *   A call whose part has keys names KeyValueEntry among its entities, so that a missing definition is found.
 * guards (transactions): `heldByOthers(keys, token)` true where somebody else holds one; used by lone writes with guards too.
 */
