import {
  afterPosition,
  all,
  type Order,
  type Predicate,
  type Scalar,
  type SelectPlan,
  same,
} from '@portolan/adapter-kit'
import { type RawBuilder, sql } from 'kysely'
import { type Client, type Columns, every, type Rows } from './client.ts'
import { conditionOf, matching } from './predicate.ts'
import { bound, type Frame } from './table.ts'

export function ordered(query: Rows, { table: { own, expressions } }: Frame, order: readonly Order[]): Rows {
  return order.reduce((rows, { field, direction, nullable }) => {
    if (!nullable || !expressions.saysNullOrder) return rows.orderBy(own(field), direction)
    return rows.orderBy(own(field), (by) => (direction === 'asc' ? by.asc().nullsFirst() : by.desc().nullsLast()))
  }, query)
}

/** Beyond so many comparisons, those of `where` said anew for each range, a statement could have more parameters than it may. */
const maximumComparisons = 10_000

/**
 * The rows that match and come after the plan's position, as "this". Of one condition an index serves no more than the bound on
 * the first field, and reads on through all rows that tie in it, or are null, up to the position: where that matters, the rows
 * are looked for in ranges of which each begins where an index can begin to read.
 */
export function afterward(client: Client, frame: Frame, plan: SelectPlan, after: readonly Scalar[]): Rows {
  const { own, from } = frame.table
  const within = (position: Predicate | RawBuilder<boolean>): Rows => {
    const condition = 'op' in position ? conditionOf(frame, position, own) : position
    return client.selectFrom(from).where(every([...matching(frame, plan.where), condition])) as unknown as Rows
  }
  if (plan.limit === null || plan.lock) return within(afterPosition(plan.order, after))
  if (isUniform(plan.order)) {
    const values = plan.order.map((_, index) => bound(frame, after[index] ?? null))
    const beyond = sql.raw(plan.order[0]?.direction === 'desc' ? '<' : '>')
    return within(
      sql<boolean>`(${sql.join(plan.order.map(({ field }) => own(field)))}) ${beyond} (${sql.join(values)})`,
    )
  }
  const ranges = rangesAfter(plan.order, after)
  const each = comparisons(plan.where) + plan.order.length
  if (ranges.length * each > maximumComparisons) return within(afterPosition(plan.order, after))
  const enough = sql.lit(plan.limit + plan.offset)
  // SQLite takes an order and a limit of a part alone only where that is a table of its own.
  const parts = ranges.map((range) => {
    const rows = ordered(within(range).selectAll('this'), frame, plan.order).limit(enough)
    return sql`select * from (${rows}) as "range"`
  })
  return client.selectFrom(sql<Columns>`(${sql.join(parts, sql` union all `)})`.as('this')) as unknown as Rows
}

/** Then the position is one bound: rows are compared field by field, as the order does. */
function isUniform(order: readonly Order[]): boolean {
  return order.every(({ direction, nullable }) => direction === order[0]?.direction && !nullable)
}

/** Rows that tie with the position up to one field, and are beyond it there. */
function rangesAfter(order: readonly Order[], after: readonly Scalar[]): Predicate[] {
  return order.flatMap((entry, index) => {
    const tied = order.slice(0, index).map(({ field }, earlier) => same(field, after[earlier] ?? null))
    return beyond(entry, after[index] ?? null).map((part) => all(...tied, part))
  })
}

/** Null is first in ascending order, last in descending. */
function beyond({ field, direction, nullable }: Order, value: Scalar): Predicate[] {
  if (direction === 'asc') return [value === null ? { op: 'isNotNull', field } : { op: 'gt', field, value }]
  if (value === null) return []
  return [{ op: 'lt', field, value }, ...(nullable ? [{ op: 'isNull', field } as const] : [])]
}

function comparisons(where: Predicate): number {
  return where.op === 'all' || where.op === 'any'
    ? where.parts.reduce((sum, part) => sum + comparisons(part), 1)
    : 'values' in where
      ? where.values.length
      : 1
}
