import type { InsertOutcome, InsertPlan, Refusal, StoredRow } from '@portolan/adapter-kit'
import { fieldOf } from '@portolan/sql-kit'
import { type RawBuilder, sql } from 'kysely'
import { type Client, type Columns, eb, every } from './client.ts'
import { boundRow, insertInto } from './insert-statements.ts'
import { type Candidate, duplicate, fieldsOf, firstRefusal, type Obstacle, overlap, probes } from './obstacles.ts'
import { bound, type Frame } from './table.ts'

type Row = InsertPlan['rows'][number]

/**
 * All rows or none, within a transaction. One statement looks for what is in the way, the others write as many rows each as have
 * room in one (5,000 rows of 1 kB in two: 0.1 s; the same as JSON in one took twice as long, row by row six times). Where
 * others write at the same time, a row of theirs may get in the way in between: then the transaction must run again.
 */
export async function insertMany(client: Client, frame: Frame, plan: InsertPlan): Promise<InsertOutcome> {
  const refusal = await refusalAmong(client, frame, plan)
  if (refusal) return refusal
  const { table } = frame
  const stored = new Map<string, StoredRow>()
  const ordered = table.manyWriters ? byKeys(frame, plan.rows) : plan.rows
  const atOnce = Math.max(1, Math.floor(table.expressions.parametersAtOnce / table.layout.columns.size))
  for (let start = 0; start < plan.rows.length; start += atOnce) {
    const some = ordered.slice(start, start + atOnce)
    const keep = (rows: readonly StoredRow[]): void => {
      // RETURNING promises no order.
      for (const row of rows) stored.set(String(row.id), row)
    }
    keep(await write(client, frame, some, table.manyWriters))
    // What was passed over for a racer's row is written once more, and the database says what is in the way, if anything still is.
    const passedOver = some.filter(({ id }) => !stored.has(String(id)))
    if (passedOver.length > 0) keep(await write(client, frame, passedOver, false))
  }
  return { kind: 'inserted', rows: plan.rows.map(({ id }) => stored.get(String(id)) ?? {}) }
}

async function write(client: Client, frame: Frame, rows: readonly Row[], passOver: boolean): Promise<StoredRow[]> {
  const { returning, decode } = frame.table
  const insert = insertInto(client, frame).values(rows.map((row) => boundRow(frame, row)))
  const written = await (passOver ? insert.onConflict((conflict) => conflict.doNothing()) : insert)
    .returning([...returning])
    .execute()
  return written.map(decode)
}

/** One order for all who write the same keys: each waits for the other's rows, and in opposite orders they would deadlock. */
function byKeys({ table: { layout } }: Frame, rows: readonly Row[]): readonly Row[] {
  const [primary, ...natural] = layout.keys
  const fields = [...natural, ...(primary ? [primary] : [])].flatMap((key) => key.fields)
  const keyed = rows.map((row) => ({ row, key: JSON.stringify(fields.map((field) => row[field] ?? null)) }))
  return keyed.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0)).map(({ row }) => row)
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
    ...keys.map((key) => duplicate(frame, key, candidate)),
    ...entity.rules.map((rule) => overlap(frame, rule, candidate)),
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
