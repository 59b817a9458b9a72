import type { CallContext, SessionOptions } from '@portolan/adapter-kit'
import type { Transaction } from 'kysely'
import type { Client } from './client.ts'

/** A running transaction. */
export interface Session<DB> {
  /** As the user's own code knows it, with their plugins. */
  readonly native: Transaction<DB>
  readonly client: Client
}

export type Context<DB> = CallContext<Session<DB>>

/** How a database is spoken to: connections, locks, transactions. What differs between databases beside SQL text. */
export interface Engine<DB> {
  /** Statements that only read. */
  read<R>(context: Context<DB>, work: (client: Client) => Promise<R>): Promise<R>
  /**
   * Statements of which only the last writes, so that the whole may be sent again when a lock turned it away. The guards are
   * held before the first of them, and until the write is committed.
   */
  write<R>(context: Context<DB>, guards: readonly string[], work: (client: Client) => Promise<R>): Promise<R>
  /** Statements that belong together: in the session, or in a transaction of their own. */
  together<R>(context: Context<DB>, guards: readonly string[], work: (client: Client) => Promise<R>): Promise<R>
  transaction<R>(work: (session: Session<DB>) => Promise<R>, options: SessionOptions): Promise<R>
  join<R>(
    native: Transaction<DB>,
    work: (session: Session<DB>) => Promise<R>,
    options: { readonly deadline: number },
  ): Promise<R>
  /** Holds the keys until the session ends. */
  guard(keys: readonly string[], context: Context<DB> & { readonly session: Session<DB> }): Promise<void>
  /** The store's clock. */
  now(context: Context<DB>): Promise<string>
  /** A transaction of its own that defines tables. It may run again, and begins without the lock: there may be no table yet. */
  define(work: (client: Client) => Promise<void>, deadline: number): Promise<void>
}
