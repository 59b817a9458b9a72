import type { Driver, Failure, Phase, StoredField } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import type { EntityLayout, Query, SchemaObject, SqlDialect } from '@portolan/sql-kit'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { Columns, Condition } from './client.ts'
import type { Engine } from './engine.ts'

/** All that differs between the databases behind Kysely. */
export interface Dialect {
  readonly sql: SqlDialect
  readonly expressions: Expressions
  readonly holdsReads: Driver['holdsReads']
  engine<DB>(db: Kysely<DB>, storage: StorageFacts): Engine<DB>
  schema(layout: EntityLayout): readonly SchemaObject[]
  /** Makes what is missing, within a transaction. */
  apply(layouts: readonly EntityLayout[], query: Query, send: (statement: string) => Promise<unknown>): Promise<void>
  probe(query: Query): Promise<SchemaProblem[]>
  verify(layout: EntityLayout, query: Query): Promise<SchemaProblem[]>
  classify(error: unknown, phase: Phase, layouts: readonly EntityLayout[]): Failure | null
}

/** What an engine knows of the storage that it serves. */
export interface StorageFacts {
  /** Empty until the storage is prepared. */
  readonly layouts: () => readonly EntityLayout[]
  /** In place of the store's own clock, in epoch milliseconds. */
  readonly clock: () => number
}

/** What Kysely's builder has no words for. Values arrive as the client binds them. */
export interface Expressions {
  /** A list for `in` that may be longer than a statement has parameters. */
  list(field: StoredField, values: readonly unknown[]): Expression<unknown>
  /** Whether a text occurs in another, by code point and without wildcards. */
  contains(value: Expression<unknown>, text: string): Condition
  /** A value with these letters, of A-Z, in lower case. */
  folded(value: Expression<unknown>, letters: readonly string[]): Expression<unknown>
  /** The JSON text of an array of the column "id". */
  ids(rows: Expression<unknown>): Expression<unknown>
  /** Rows of values as a table, with columns c0, c1 ... */
  rows(fields: readonly StoredField[], rows: readonly (readonly unknown[])[]): RawBuilder<Columns>
  /** How many values a statement takes as parameters. */
  readonly parametersAtOnce: number
  /** The store's clock, so many milliseconds from now. */
  moment(clock: () => number): (plusMilliseconds: number) => unknown
}
