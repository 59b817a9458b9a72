import type { InsertPlan } from '@portolan/adapter-kit'
import {
  type Compilable,
  createQueryId,
  InsertQueryBuilder,
  InsertQueryNode,
  type InsertResult,
  sql,
  TableNode,
} from 'kysely'
import { type Client, type Columns, every, type Tables } from './client.ts'
import { type Obstacle, probeName, probes, typed } from './obstacles.ts'
import { bound, type Frame, type Reference } from './table.ts'

export type Row = InsertPlan['rows'][number]

/** `insertInto` would parse the table's name for dots; its own node takes it as it is. */
export function insertInto(client: Client, { table }: Frame): Insert {
  return new InsertQueryBuilder({
    queryId: createQueryId(),
    executor: client.getExecutor(),
    queryNode: InsertQueryNode.create(TableNode.create(table.layout.table)),
  })
}

export function boundRow(frame: Frame, row: Row): Columns {
  return Object.fromEntries(
    Object.entries(row).map(([field, operand]) => [frame.table.column(field), bound(frame, operand)]),
  )
}

export type Insert = InsertQueryBuilder<Tables, string, InsertResult>

/** What a statement has to know of the row that it inserts. */
export interface NewRow {
  readonly fields: readonly string[]
  readonly nulls: ReadonlySet<string>
  /** A field's value, or the slot for it. */
  readonly value: Reference
}

/** Inserts the row where each of the obstacles allows it. */
export function inserting(
  client: Client,
  frame: Frame,
  { fields, value }: NewRow,
  carried: readonly Obstacle[],
): Insert {
  const { column } = frame.table
  const into = insertInto(client, frame)
  if (carried.length === 0) return into.values(Object.fromEntries(fields.map((field) => [column(field), value(field)])))
  return into
    .columns(fields.map(column))
    .expression(
      client
        .selectNoFrom(fields.map((field) => sql`${value(field)}`.as(field)))
        .where(every(carried.map(({ allowed }) => allowed))),
    )
}

/** Rows that others write at the same time are waited for, and keep the row out without an error. */
export function passingOver(insert: Insert): Insert {
  return insert.onConflict((conflict) => conflict.doNothing())
}

/**
 * One statement that looks for what is in the way, inserts where it finds nothing, and answers both. What is committed after it
 * began it does not find: then it has neither written nor anything to tell, and the next one finds it.
 */
export function askingFirst(
  client: Client,
  frame: Frame,
  { fields, value }: NewRow,
  obstacles: readonly Obstacle[],
): Compilable {
  const { column, returning } = frame.table
  const free = every(obstacles.map(({ allowedBy }, index) => allowedBy(sql.id('asked', probeName(index)))))
  const given = typed(frame, value)
  const rows = client
    .selectFrom('asked')
    .select(fields.map((field) => sql`${given(field)}`.as(field)))
    .where(free)
  const written = passingOver(insertInto(client, frame).columns(fields.map(column)).expression(rows)).returning([
    ...returning,
  ])
  return client
    .with(
      (cte) => cte('asked').materialized(),
      () => client.selectNoFrom(probes(obstacles)),
    )
    .with('written', () => written)
    .selectFrom('asked')
    .leftJoin('written', (join) => join.onTrue())
    .selectAll()
}
