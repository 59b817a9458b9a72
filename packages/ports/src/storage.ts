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

/** What storage and transaction have in common; code written on it runs in either. */
export interface Ports {
  repository<T extends EntityTypes>(entity: Entity<T>, ...scope: ScopeArgument<T>): TransactionRepository<T>
  keyValue(namespace: string): KeyValueStore
  outbox(topic?: string): TransactionOutbox
  idempotency(): IdempotencyStore
  /** The caller's clock. Leases, ttl and due times use the store's. */
  now(): Instant
}

export interface TransactionOptions {
  /** 'latest': each read sees at least what was committed when it began. 'snapshot': all reads see one moment. Default 'latest'. */
  readonly reads?: 'latest' | 'snapshot' | undefined
  /** Held before the work starts; taking them never runs the work twice. */
  readonly guards?: readonly string[] | undefined
  /** How often the work may run again after a conflict. Default 100; 0 turns it off. */
  readonly retries?: number | undefined
  /** One deadline for all runs and waits, in milliseconds. Default: the storage's option, 10,000. */
  readonly timeoutMs?: number | undefined
}

export interface JoinOptions {
  /** Called once when the joined work has ended well: call `runHooks` after your own commit. Without it hooks are refused. */
  readonly afterCommit?: ((runHooks: () => Promise<void>) => void) | undefined
}

export interface Storage<Native = never> extends Ports {
  readonly capabilities: Capabilities
  repository<T extends EntityTypes>(entity: Entity<T>, ...scope: ScopeArgument<T>): Repository<T>
  outbox(topic?: string): Outbox
  /**
   * Runs the work in a transaction: all of it commits, or nothing. After a conflict the work runs again, so it must do
   * nothing outside the transaction but through `afterCommit`. Rejects with the work's own error after rolling back;
   * `transaction-conflict` when the retries or the time are used up; `transaction-doomed` when the work swallowed an error
   * that had ended it; `commit-unknown` when the answer to the commit was lost.
   */
  transaction<R>(work: (tx: Transaction<Native>) => Promise<R>, options?: TransactionOptions): Promise<R>
  /**
   * Takes part in the caller's own transaction: commits and rolls back with it, never ends it, never runs the work twice.
   * A conflict is `transaction-conflict`: the caller begins again. A client that is in no transaction is `misuse`.
   */
  join<R>(native: Native, work: (tx: Transaction<Native>) => Promise<R>, options?: JoinOptions): Promise<R>
  readonly schema: {
    /** Text for the user's own migrations: creates, never alters or drops. */
    statements(entities?: readonly AnyEntity[]): string[]
    /** Runs the statements; what exists already is left alone. */
    apply(): Promise<void>
    /** Every missing or unfit thing; empty when the database fits. */
    verify(): Promise<SchemaProblem[]>
  }
  /** Removes expired key-value entries and idempotency records, up to `limit` (default 1,000) of each; returns how many. */
  sweep(options?: { readonly limit?: number | undefined }): Promise<number>
  /** Closes only what the adapter opened. Calls after it are `misuse`. */
  close(): Promise<void>
}

export interface Transaction<Native = never> extends Ports {
  /** The client's own transaction, for queries beside ours. */
  readonly native: Native
  /** Joins this transaction. If it rejects and the outer work swallows that, the outer one is doomed. */
  transaction<R>(work: (tx: Transaction<Native>) => Promise<R>): Promise<R>
  /** Holds the keys until the transaction ends: the committed transactions that guard one key are serial. */
  guard(...keys: readonly string[]): Promise<void>
  /** Runs once, after the commit, outside the transaction, awaited in order; dropped when the run does not commit. */
  afterCommit(hook: () => void | Promise<void>): void
}
