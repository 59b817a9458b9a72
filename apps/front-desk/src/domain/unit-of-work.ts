import type { Ports, Storage, Transaction } from '@portolan/ports'

/**
 * What a use case that writes needs. A storage begins a transaction of its own; a transaction that runs already is joined,
 * so the same use case can be part of something larger (see http/respond-once.ts).
 */
export interface UnitOfWork extends Ports {
  transaction<R>(work: (tx: Transaction<unknown>) => Promise<R>): Promise<R>
}

/** A storage, whatever client is behind it. */
export type AnyStorage = Storage<unknown>
