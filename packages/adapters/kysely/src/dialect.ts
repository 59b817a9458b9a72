import type { Driver, Failure, OverlapRule, Phase, StoredField } from '@portolan/adapter-kit'
import type { Capabilities, SchemaProblem } from '@portolan/ports'
import type { EntityLayout, Query, SchemaObject, SqlDialect } from '@portolan/sql-kit'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { Columns, Condition, Rows } from './client.ts'
import type { Engine } from './engine.ts'

/** All that differs between the databases behind Kysely. */
export interface Dialect {
  readonly sql: SqlDialect
  readonly expressions: Expressions
  readonly capabilities: DialectCapabilities
  readonly holdsReads: Driver['holdsReads']
  engine<DB>(db: Kysely<DB>, storage: StorageFacts): Engine<DB>
  schema(layout: EntityLayout): readonly SchemaObject[]
  /** Makes what is missing, within a transaction. */
  apply(layouts: readonly EntityLayout[], query: Query, send: (statement: string) => Promise<unknown>): Promise<void>
  probe(query: Query): Promise<SchemaProblem[]>
  verify(layout: EntityLayout, query: Query): Promise<SchemaProblem[]>
  classify(error: unknown, phase: Phase, layouts: readonly EntityLayout[]): Failure | null
}

export type DialectCapabilities = Pick<
  Capabilities,
  'guardsInSnapshot' | 'joinIsolation' | 'writers' | 'storeClock' | 'durability'
>

/** Epoch milliseconds in place of the store's own clock; null: the store's own. */
export type Clock = (() => number) | null

/** What an engine knows of the storage that it serves. */
export interface StorageFacts {
  /** Empty until the storage is prepared. */
  readonly layouts: () => readonly EntityLayout[]
  readonly clock: Clock
}

/** What Kysely's builder has no words for. Values arrive as the client binds them. */
export interface Expressions {
  /** A list for `in` that may be longer than a statement has parameters. */
  list(field: StoredField, values: readonly unknown[]): Expression<unknown>
  /** Whether a text occurs in another, by code point and without wildcards. */
  contains(value: Expression<unknown>, text: string): Condition
  /** A value of the field's type, where the statement around it does not tell the database which. */
  typed(field: StoredField, value: Expression<unknown>): Expression<unknown>
  /** A column as it is compared: json by its text. */
  compared(field: StoredField, column: Expression<unknown>): Expression<unknown>
  /** A value with these letters, of A-Z, in lower case. */
  folded(value: Expression<unknown>, letters: readonly string[]): Expression<unknown>
  /** The JSON text of an array of the column "id". */
  ids(rows: Expression<unknown>): Expression<unknown>
  /** Rows of values as a table, with columns c0, c1 ... */
  rows(fields: readonly StoredField[], rows: readonly (readonly unknown[])[]): RawBuilder<Columns>
  /** Whether "id" is one of the rows' column "id"; the rows are looked for once. */
  among(id: Expression<unknown>, rows: Rows): Condition
  /** As `among`, and each row is chosen by one caller: those that another transaction holds are passed over. */
  claimed(id: Expression<unknown>, rows: Rows): Condition
  /** Rows that nobody else can change until the transaction ends. */
  locked(rows: Rows): Rows
  /**
   * Lets one writer at a time into a place where a rule holds, until its transaction ends; null: there is one writer. Updates
   * that move into one place would else each write first, then wait for each other.
   */
  alone: ((rule: string, place: readonly Expression<unknown>[]) => Condition) | null
  /** What LIMIT says where only an offset is meant; null: it need not be said. */
  readonly unlimited: Expression<unknown> | null
  /** Whether the order of null must be said: first ascending, last descending. */
  readonly saysNullOrder: boolean
  /** Rows ("other") under the rule whose interval meets the one of `value`; null: the adapter compares the ends itself. */
  meeting:
    | ((layout: EntityLayout, rule: OverlapRule, value: (field: string) => Expression<unknown>) => Condition)
    | null
  /** How many values a statement takes as parameters. */
  readonly parametersAtOnce: number
  /** The store's clock, so many milliseconds from now; one moment for all statements of a call, or for each of them. */
  moment(clock: Clock): (plusMilliseconds: number) => unknown
}
