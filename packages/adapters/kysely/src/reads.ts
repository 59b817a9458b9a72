import { afterPosition, type CountPlan, type Order, type SelectPlan, type StoredRow } from '@portolan/adapter-kit'
import { sql } from 'kysely'
import { type Client, every, type Rows } from './client.ts'
import { conditionOf, matching } from './predicate.ts'
import type { Frame } from './table.ts'

export async function select(client: Client, frame: Frame, plan: SelectPlan): Promise<StoredRow[]> {
  const { own, from, selection, decode, expressions } = frame.table
  const { unlimited } = expressions
  let query = client
    .selectFrom(from)
    .select(selection(plan.fields))
    .where(every(matching(frame, plan.where))) as unknown as Rows
  if (plan.after !== null) query = query.where(conditionOf(frame, afterPosition(plan.order, plan.after), own))
  query = ordered(query, frame, plan.order)
  // Literal bounds: for a parameter in LIMIT SQLite prepares the statement a second time once it is bound.
  if (plan.limit !== null) query = query.limit(sql.lit(plan.limit))
  else if (plan.offset > 0 && unlimited !== null) query = query.limit(unlimited as never)
  if (plan.offset > 0) query = query.offset(sql.lit(plan.offset))
  if (plan.lock) query = expressions.locked(query)
  const rows = await query.execute()
  return rows.map(decode)
}

export function ordered(query: Rows, { table: { own, expressions } }: Frame, order: readonly Order[]): Rows {
  return order.reduce((rows, { field, direction, nullable }) => {
    if (!nullable || !expressions.saysNullOrder) return rows.orderBy(own(field), direction)
    return rows.orderBy(own(field), (by) => (direction === 'asc' ? by.asc().nullsFirst() : by.desc().nullsLast()))
  }, query)
}

export async function count(client: Client, frame: Frame, plan: CountPlan): Promise<number> {
  const { from } = frame.table
  const { rows } = await client
    .selectFrom(from)
    .select((select) => select.fn.countAll().as('rows'))
    .where(every(matching(frame, plan.where)))
    .executeTakeFirstOrThrow()
  return Number(rows)
}
