import type { CountPlan, SelectPlan, StoredRow } from '@portolan/adapter-kit'
import { sql } from 'kysely'
import { type Client, every, type Rows } from './client.ts'
import { afterward, ordered } from './order.ts'
import { matching } from './predicate.ts'
import type { Frame } from './table.ts'

export async function select(client: Client, frame: Frame, plan: SelectPlan): Promise<StoredRow[]> {
  const { from, selection, decode, expressions } = frame.table
  const { unlimited } = expressions
  const found =
    plan.after === null
      ? (client.selectFrom(from).where(every(matching(frame, plan.where))) as unknown as Rows)
      : afterward(client, frame, plan, plan.after)
  let query = ordered(found.select(selection(plan.fields)) as Rows, frame, plan.order)
  // Literal bounds: for a parameter in LIMIT SQLite prepares the statement a second time once it is bound.
  if (plan.limit !== null) query = query.limit(sql.lit(plan.limit))
  else if (plan.offset > 0 && unlimited !== null) query = query.limit(unlimited as never)
  if (plan.offset > 0) query = query.offset(sql.lit(plan.offset))
  if (plan.lock) query = expressions.locked(query)
  const rows = await query.execute()
  return rows.map(decode)
}

export async function count(client: Client, frame: Frame, plan: CountPlan): Promise<number> {
  const { from } = frame.table
  const { rows } = await client
    .selectFrom(from)
    .select(sql`cast(count(*) as text)`.as('rows'))
    .where(every(matching(frame, plan.where)))
    .executeTakeFirstOrThrow()
  return Number(rows)
}
