import type { Capabilities, SchemaProblem } from '@portolan/ports'
import type { NativeKeyValue } from './key-value.ts'
import type { DeleteOutcome, InsertOutcome, UpdateManyOutcome, UpdateOutcome } from './outcome.ts'
import type {
  ClaimPlan,
  CountPlan,
  DeleteManyPlan,
  DeletePlan,
  InsertPlan,
  SelectPlan,
  StoredRow,
  UpdateManyPlan,
  UpdatePlan,
} from './plan.ts'
import type { StoredEntity } from './stored-entity.ts'

/** What each call carries. A driver never waits beyond the deadline: then it is `unavailable` or `transaction-conflict`. */
export interface CallContext<Session> {
  /** The transaction that the call takes part in; null: it stands alone, atomic by itself. */
  readonly session: Session | null
  /** On the scale of `performance.now()`, in milliseconds. */
  readonly deadline: number
}

export type Reads = 'latest' | 'snapshot'

export interface SessionOptions {
  readonly reads: Reads
  /** Held before the work starts; sorted, distinct. */
  readonly guards: readonly string[]
  readonly deadline: number
}

/** What a native error means. `message` says what to do; no value, key, password or guard text may be in it. */
export interface Failure {
  /** `transaction-conflict` means known not applied: the kit repeats lone operations and runs transactions again. */
  readonly code:
    | 'transaction-conflict'
    | 'unavailable'
    | 'commit-unknown'
    | 'access-denied'
    | 'schema-mismatch'
    | 'too-large'
    | 'unsupported'
    | 'misuse'
    | 'unexpected'
  /** A sentence: what happened and what to do. */
  readonly message: string
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  /** With `schema-mismatch`. */
  readonly problems?: readonly SchemaProblem[] | undefined
}

/** During what a native error came up: an answer lost at 'write' or 'commit' leaves the outcome unknown. */
export type Phase = 'read' | 'write' | 'begin' | 'commit' | 'schema'

/**
 * What an adapter writes: plans in, outcomes out. The kit has validated everything, so a driver checks nothing again, and it
 * returns nothing that the plan did not ask for. Native errors are thrown as they are; `classify` says what they mean.
 * Session is the driver's own notion of a running transaction; the kit only hands it back.
 */
export interface Driver<Native = never, Session = unknown> {
  readonly name: string
  readonly spi: 1
  /** Known before `prepare`: what differs per entity (`idsPerScope`) comes from the driver's own options. */
  readonly capabilities: Capabilities
  /** Features beyond the baseline of this spi, such as 'field:decimal'. */
  readonly supports: readonly string[]
  /**
   * Per kind of session: whether rows read in it can't be changed by anybody else until it ends, or the driver finds that out
   * by itself at the end. Where false the kit remembers what was read and compares before it writes (T3).
   */
  readonly holdsReads: { readonly latest: boolean; readonly snapshot: boolean; readonly join: boolean }

  /**
   * The same object for storages that are parts of one database, between which no transaction can span: calls on one inside a
   * transaction of another are `misuse`.
   */
  readonly partOf?: object | undefined

  /** Called once with the entities of a storage, before anything else: refuses what it can't map or do. No I/O. */
  prepare(entities: readonly StoredEntity[]): void

  select(plan: SelectPlan, context: CallContext<Session>): Promise<StoredRow[]>
  count(plan: CountPlan, context: CallContext<Session>): Promise<number>
  insert(plan: InsertPlan, context: CallContext<Session>): Promise<InsertOutcome>
  update(plan: UpdatePlan, context: CallContext<Session>): Promise<UpdateOutcome>
  updateMany(plan: UpdateManyPlan, context: CallContext<Session>): Promise<UpdateManyOutcome>
  delete(plan: DeletePlan, context: CallContext<Session>): Promise<DeleteOutcome>
  /** How many rows it removed. */
  deleteMany(plan: DeleteManyPlan, context: CallContext<Session>): Promise<number>
  /**
   * Rows after the patch, in any order (the kit sorts), each to one caller. A row that an increment would take out of the range
   * of numbers is passed over: one such row must not stop a queue.
   */
  claim(plan: ClaimPlan, context: CallContext<Session>): Promise<StoredRow[]>

  /** Where the store has something better for entries than rows; without it the port keeps them as rows of KeyValueEntry. */
  readonly keyValue?: NativeKeyValue<Session> | undefined

  /** Holds the keys until the session ends. `keys` is sorted and distinct; held ones may come again. */
  guard(keys: readonly string[], context: CallContext<Session> & { readonly session: Session }): Promise<void>
  /**
   * Commits when the work resolves, rolls back when it rejects, and rejects with the work's own error then - unless what the
   * transaction has read is already known to be outdated: that conflict comes first (T8). A conflict at the end is an error that
   * `classify` calls `transaction-conflict`. Never runs the work twice.
   */
  transaction<R>(work: (session: Session) => Promise<R>, options: SessionOptions): Promise<R>
  /** Within the caller's own transaction, which it never ends. Refuses a native that is in no transaction as `misuse`. */
  join<R>(native: Native, work: (session: Session) => Promise<R>, options: { readonly deadline: number }): Promise<R>
  native(session: Session): Native

  /** The store's clock. */
  now(context: CallContext<Session>): Promise<string>
  /** What of the server, its settings or rights breaks clauses; rejects when it can't be reached. */
  probe(context: CallContext<Session>): Promise<SchemaProblem[]>
  readonly schema: {
    statements(entities: readonly StoredEntity[]): string[]
    apply(entities: readonly StoredEntity[], context: CallContext<Session>): Promise<void>
    verify(entities: readonly StoredEntity[], context: CallContext<Session>): Promise<SchemaProblem[]>
  }
  /** null: not known to this driver. */
  classify(error: unknown, phase: Phase): Failure | null
  /** Closes only what the driver opened. */
  close(): Promise<void>
}
