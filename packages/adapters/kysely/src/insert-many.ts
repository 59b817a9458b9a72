import type { InsertOutcome, InsertPlan, Refusal, StoredRow } from '@portolan/adapter-kit'
import { fieldOf } from '@portolan/sql-kit'
import { type RawBuilder, sql } from 'kysely'
import { type Client, type Columns, eb, every } from './client.ts'
import { boundRow, insertInto } from './insert.ts'
import { type Candidate, duplicate, fieldsOf, firstRefusal, type Obstacle, overlap, probes } from './obstacles.ts'
import { bound, type Frame } from './table.ts'

/**
 * All rows or none, within a transaction that holds the write lock: what is not in the way when looked at cannot get in the way
 * before the rows are written. One statement looks, the others write as many rows each as have room in one (5,000 rows of 1 kB
 * in two: 0.1 s; the same as JSON in one took twice as long, row by row six times).
 */
export async function insertMany(client: Client, frame: Frame, plan: InsertPlan): Promise<InsertOutcome> {
  const refusal = await refusalAmong(client, frame, plan)
  if (refusal) return refusal
  const { table } = frame
  const stored = new Map<string, StoredRow>()
  const atOnce = Math.max(1, Math.floor(table.expressions.parametersAtOnce / table.layout.columns.size))
  for (let start = 0; start < plan.rows.length; start += atOnce) {
    const rows = await insertInto(client, frame)
      .values(plan.rows.slice(start, start + atOnce).map((row) => boundRow(frame, row)))
      .returning([...table.returning])
      .execute()
    // RETURNING promises no order.
    for (const row of rows.map(table.decode)) stored.set(String(row.id), row)
  }
  return { kind: 'inserted', rows: plan.rows.map(({ id }) => stored.get(String(id)) ?? {}) }
}

/** What of the rows keys and rules look at, as a table "given" of its own: all other values stay out of this statement. */
async function refusalAmong(client: Client, frame: Frame, plan: InsertPlan): Promise<Refusal | null> {
  const { layout, expressions } = frame.table
  const { keys, entity } = layout
  const fields = [
    ...new Set([
      ...keys.flatMap((key) => key.fields),
      ...entity.rules.flatMap((rule) => [...rule.within, rule.from, rule.until, ...fieldsOf(rule.where)]),
    ]),
  ]
  const given = (field: string): RawBuilder<unknown> => sql.id('given', `c${fields.indexOf(field)}`)
  const candidate: Candidate = { value: given, self: null }
  const obstacles: Obstacle[] = [
    ...keys.map((key) => duplicate(client, frame, key, candidate)),
    ...entity.rules.map((rule) => overlap(client, frame, rule, candidate)),
  ]
  const rows = plan.rows.map((row) => fields.map((field) => bound(frame, row[field] ?? null)))
  const kinds = fields.map((field) => fieldOf(layout, field))
  const found: Columns[] = await client
    .selectFrom(expressions.rows(kinds, rows).as('given'))
    .select(probes(obstacles))
    .where(eb.not(every(obstacles.map(({ allowed }) => allowed))))
    .execute()
  const refusals = found.flatMap((probed) => firstRefusal(obstacles, probed, { id: '', version: 0 }) ?? [])
  return refusals.find(({ kind }) => kind === 'duplicate') ?? refusals[0] ?? null
}
