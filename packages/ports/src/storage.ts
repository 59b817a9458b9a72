import type { Capabilities } from './capabilities.ts'
import type { AnyEntity, Entity, EntityTypes } from './entity.ts'
import type { SchemaProblem } from './error.ts'
import type { Instant } from './field.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { KeyValueStore } from './key-value.ts'
import type { Outbox, TransactionOutbox } from './outbox.ts'
import type { Repository, TransactionRepository } from './repository.ts'

/** The scope, where the entity has one: an object, so that no other id can pass for a tenant's. */
export type ScopeArgument<T extends EntityTypes> = [T['scope']] extends [never]
  ? []
  : [scope: { readonly [K in T['scope']]: string }]

/** What storage and transaction have in common: a function that takes `Ports` runs on either. */
export interface Ports {
  /**
   * The rows of an entity; of a scoped one `repository(Booking, { tenantId })`, which reaches that scope's rows alone.
   * Costs no I/O. An entity that the storage was not made with, or a scope that is missing, is `misuse`; one that is
   * not text of 1 to 512 bytes of UTF-8 is `invalid-value`.
   */
  repository<T extends EntityTypes>(entity: Entity<T>, ...scope: ScopeArgument<T>): TransactionRepository<T>
  /** The key-value entries of a namespace: text of 1 to 512 bytes. Not scoped: a tenant goes into the namespace. */
  keyValue(namespace: string): KeyValueStore
  /** The messages of one topic (text of 1 to 512 bytes), or of all. Not scoped: a tenant goes into the payload. */
  outbox(topic?: string): TransactionOutbox
  /** The idempotency records. Not scoped: a tenant goes into `scope` of the reservation. */
  idempotency(): IdempotencyStore
  /** The caller's clock. It decides nothing: leases, ttl and due times use the store's. */
  now(): Instant
}

/**
 * A storage, or a transaction that runs already: what code takes that writes several things together and may be part of
 * something larger. On a storage `transaction` begins one, with the storage's defaults; on a transaction it joins that
 * one, whose owner commits it, and after a conflict runs all of it again. Code of single calls takes `Ports`.
 */
export interface UnitOfWork extends Ports {
  /** Rejects as `transaction` of the one that was given does. The work writes through `tx` alone. */
  transaction<R>(work: (tx: Transaction<unknown>) => Promise<R>): Promise<R>
}

/** How a transaction runs. */
export interface TransactionOptions {
  /**
   * 'latest': each read sees at least what was committed when it began. 'snapshot': all reads see one moment. Default
   * 'latest'.
   */
  readonly reads?: 'latest' | 'snapshot' | undefined
  /** Guard keys (1 to 512 bytes) held before the work starts; taking them never runs the work twice. Default none. */
  readonly guards?: readonly string[] | undefined
  /**
   * How often the work may run again after a conflict, 0 or more. Default 100, which is also the most; 0 turns it off.
   */
  readonly retries?: number | undefined
  /** One deadline for all runs and waits, in milliseconds. Default: the storage's option, 10,000. */
  readonly timeoutMs?: number | undefined
}

/** How joined work runs. */
export interface JoinOptions {
  /**
   * Called once when the joined work has ended well and added hooks: call `runHooks` after your own commit; it rejects
   * with `after-commit-failed` when one of them failed. Without this option afterCommit is `unsupported` in the joined
   * work.
   */
  readonly afterCommit?: ((runHooks: () => Promise<void>) => void) | undefined
}

/**
 * A database, seen through the ports. Made by an adapter: `kyselyStorage(db, { entities })`. `Native` is the
 * transaction of the client behind it. Calls after `close`, and calls on the storage from inside its own transaction,
 * are `misuse`.
 */
export interface Storage<Native = never> extends Ports {
  /** What this adapter can and can't do, as data. */
  readonly capabilities: Capabilities
  repository<T extends EntityTypes>(entity: Entity<T>, ...scope: ScopeArgument<T>): Repository<T>
  outbox(topic?: string): Outbox
  /**
   * Runs the work in a transaction: all of it commits, or nothing. No row or entry that the work read and then wrote
   * was changed in between by another commit. After a conflict the work runs again, so it must do nothing outside the
   * transaction but through `afterCommit`.
   *
   * Rejects with the work's own error after rolling back; `transaction-conflict` when the retries or the time are used
   * up; `transaction-doomed` when the work swallowed an error that had ended it; `commit-unknown` when the answer to
   * the commit was lost; `after-commit-failed` when it committed and a hook failed; `unsupported` for `reads:
   * 'snapshot'`, or guards with it, where the adapter declares that it has none.
   */
  transaction<R>(work: (tx: Transaction<Native>) => Promise<R>, options?: TransactionOptions): Promise<R>
  /**
   * Takes part in the caller's own transaction: commits and rolls back with it, never ends it, never runs the work
   * twice. The isolation is what `capabilities.joinIsolation` says. A conflict is `transaction-conflict`: roll back and
   * begin again. When the joined work rejects, `capabilities.joinRollback` tells whether it left anything; if false,
   * roll back. A client that is in no transaction is `misuse`.
   */
  join<R>(native: Native, work: (tx: Transaction<Native>) => Promise<R>, options?: JoinOptions): Promise<R>
  /** The tables, collections and indexes behind the entities. Nothing of this runs unless asked for. */
  readonly schema: {
    /**
     * Text for the user's own migrations: creates, never alters or drops. Default: every entity of the storage. No I/O.
     */
    statements(entities?: readonly AnyEntity[]): string[]
    /** Runs the statements; what exists already is left alone. */
    apply(): Promise<void>
    /** Every missing or unfit thing; empty when the database fits. */
    verify(): Promise<SchemaProblem[]>
  }
  /**
   * Removes expired key-value entries and idempotency records, up to `limit` (default 1,000) of each; returns how many.
   * They are invisible without it: it only frees space.
   */
  sweep(options?: { readonly limit?: number | undefined }): Promise<number>
  /** Closes only what the adapter opened; the client that was given stays open. */
  close(): Promise<void>
}

/**
 * A running transaction. Every write through it takes part in it; using it after its end is `misuse`. These codes leave
 * it usable when caught: invalid-*, duplicate, stale-version, condition-failed, overlap, query-too-broad, too-large,
 * lease-lost, unsupported, misuse. All others end it: every later call is `transaction-doomed`.
 */
export interface Transaction<Native = never> extends Ports {
  /** The client's own transaction, for queries beside ours. What they write, no clause of ours protects. */
  readonly native: Native
  /** Joins this transaction. If it rejects and the outer work swallows that, the outer one is doomed. */
  transaction<R>(work: (tx: Transaction<Native>) => Promise<R>): Promise<R>
  /**
   * Holds the keys until the transaction ends: the committed transactions that guard one key are serial, and each sees
   * what the former ones wrote. Waits for other holders; keys taken in opposite orders by two transactions are a
   * conflict, which is repeated. `unsupported` in a snapshot where `capabilities.guardsInSnapshot` is false.
   */
  guard(...keys: readonly string[]): Promise<void>
  /**
   * Runs once, after the commit, outside the transaction, awaited in order; dropped when the run does not commit. A
   * failing hook does not stop the next one: then the transaction rejects with `after-commit-failed`, though it has
   * committed.
   */
  afterCommit(hook: () => void | Promise<void>): void
}
