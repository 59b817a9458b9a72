import { afterPosition, type CountPlan, type SelectPlan, type StoredRow } from '@portolan/adapter-kit'
import { sql } from 'kysely'
import { type Client, every } from './client.ts'
import { conditionOf, matching } from './predicate.ts'
import type { Frame } from './table.ts'

export async function select(client: Client, frame: Frame, plan: SelectPlan): Promise<StoredRow[]> {
  const { own, from, selection, decode } = frame.table
  let query = client
    .selectFrom(from)
    .select(selection(plan.fields))
    .where(every(matching(frame, plan.where)))
  if (plan.after !== null) query = query.where(conditionOf(frame, afterPosition(plan.order, plan.after), own))
  for (const { field, direction } of plan.order) query = query.orderBy(own(field), direction)
  // Literal bounds: for a parameter in LIMIT SQLite prepares the statement a second time once it is bound.
  // SQLite takes an offset only behind a limit; a negative one is none.
  if (plan.limit !== null || plan.offset > 0) query = query.limit(sql.lit(plan.limit ?? -1))
  if (plan.offset > 0) query = query.offset(sql.lit(plan.offset))
  const rows = await query.execute()
  return rows.map(decode)
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
