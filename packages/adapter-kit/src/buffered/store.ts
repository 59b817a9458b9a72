import type { CountPlan, Driver, SelectPlan, SessionOptions, StoredEntity, StoredRow } from '../spi/index.ts'

/**
 * What an adapter writes for a database whose transactions cannot read their own writes, or in which nothing can be decided
 * between two calls: reads that are remembered, and one commit that checks them and applies rows. The kit keeps what the
 * transaction has written in the process, lays it over every answer, and decides the outcomes of writes.
 *
 * The operations themselves are only called outside sessions: each stands alone, and its context holds no session.
 */
export interface BufferedStore<Session>
  extends Omit<Driver<never, Session>, 'transaction' | 'join' | 'native' | 'guard' | 'holdsReads'> {
  /**
   * Keys, indexes and rules that every write must keep, and fields that rows have: those of the stored definition, which may be
   * more than the caller declared. The same object as long as nothing has changed.
   */
  keeps(entity: StoredEntity, deadline: number): Promise<StoredEntity>
  /** Holds the guards of the options when it resolves. */
  begin(options: SessionOptions): Promise<Session>
  /**
   * Answers all questions at one moment, in one round trip, and remembers what was seen for the commit; no question is a
   * question for the time. In a `snapshot` session what was seen earlier must still be so at that moment, or it is a conflict.
   */
  look(session: Session, questions: readonly Question[], deadline: number): Promise<Look>
  /** Holds these too: sorted, distinct; held ones may come again. Where that would wait for ever it is a conflict. */
  guard(session: Session, keys: readonly string[], deadline: number): Promise<void>
  /**
   * In one atomic step: what was seen is still so, guards are still held, keys and rules are kept by what the changes leave -
   * else a conflict - and then all changes are applied. Without changes it only checks.
   */
  commit(session: Session, changes: readonly RowChange[], deadline: number): Promise<void>
  /** For work that has failed: throws the conflict where what was seen is no longer so (T8). */
  check(session: Session, deadline: number): Promise<void>
  /** Called last, whatever has happened: lets go of what the session still holds. Never throws. */
  end(session: Session): void
}

export type Question =
  | {
      readonly select: SelectPlan
      /**
       * The rows that are asked for lie under this rule, and their intervals meet that of this row. Stored ones are disjoint, so a
       * store that keeps them in order of `from` need not read beyond the first that ends too early.
       */
      readonly meeting?: { readonly rule: string; readonly row: Readonly<StoredRow> } | undefined
    }
  | { readonly count: CountPlan }

export interface Look {
  /** The store's clock at that moment, as an instant. */
  readonly now: string
  /** In the order of the questions: rows with the fields that were asked for, or a count. */
  readonly answers: readonly (readonly StoredRow[] | number)[]
}

/** A row as the transaction leaves it. */
export interface RowChange {
  /** As `keeps` gave it. */
  readonly entity: StoredEntity
  readonly scope: string | null
  readonly id: string
  /** null: removed. Fields of the stored definition that it doesn't hold stay as they are. */
  readonly row: StoredRow | null
}
