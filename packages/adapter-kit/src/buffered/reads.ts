import { afterPosition, compareRows } from '../queries/position.ts'
import { type RowTest, rowTest, type StoreClock } from '../queries/row-test.ts'
import { accessOf } from '../rows/access.ts'
import { copy } from '../rows/row.ts'
import { all, type CountPlan, type Predicate, type SelectPlan, type StoredRow } from '../spi/index.ts'
import { isOwn, type OwnRows } from './overlay.ts'

/**
 * What to ask the store: the same, where nothing is own. Else so many rows more as it holds of the own ones, which its answer is
 * rid of later, so that enough are left; and the fields to sort by.
 */
export function asked(plan: SelectPlan, own: OwnRows | null): SelectPlan {
  if (own === null) return plan
  const { limit, offset } = plan
  return {
    ...plan,
    limit: limit === null ? null : limit + offset + storedOf(own, matching(plan)),
    offset: 0,
    fields: [...new Set([...plan.fields, ...plan.order.map(({ field }) => field)])],
  }
}

/** Whether the plan asks by id for rows that are own, all of them: then the store has nothing to add. */
export function isAllOwn({ entity, where }: SelectPlan, own: OwnRows | null): boolean {
  if (own === null || holdsClock(where)) return false
  const access = accessOf(entity, where)
  return access.kind === 'ids' && access.ids.every((id) => own.rows.has(id))
}

/** What the transaction sees: the store's answer to `asked`, with own rows in the place of theirs. */
export function laidOver(
  plan: SelectPlan,
  answer: readonly StoredRow[],
  own: OwnRows | null,
  clock: StoreClock,
): StoredRow[] {
  if (own === null) return [...answer]
  const { limit, offset, order, fields } = plan
  const rows = [
    ...answer.filter((row) => !isOwn(own, row)),
    ...[...own.rows.values()].filter((row) => row !== null).filter(rowTest(matching(plan), clock)),
  ].sort((left, right) => compareRows(order, left, right))
  return rows.slice(offset, limit === null ? undefined : offset + limit).map((row) => copy(row, fields))
}

/** The store's count, without what it holds of own rows, and with these. */
export function countedOver({ where }: CountPlan, answer: number, own: OwnRows | null, clock: StoreClock): number {
  if (own === null) return answer
  const test = rowTest(where, clock)
  return answer - count(own.stored.values(), test) + count(own.rows.values(), test)
}

function count(rows: Iterable<StoredRow | null>, test: RowTest): number {
  let passed = 0
  for (const row of rows) if (row && test(row)) passed++
  return passed
}

function matching({ where, after, order }: SelectPlan): Predicate {
  return after === null ? where : all(where, afterPosition(order, after))
}

/** How many of the own rows the store counts as matching; what only its clock could tell counts as matching. */
function storedOf(own: OwnRows, predicate: Predicate): number {
  if (own.stored.size === 0) return 0
  return holdsClock(predicate) ? own.stored.size : count(own.stored.values(), rowTest(predicate, noClock))
}

/** For predicates without one. */
export const noClock: StoreClock = () => ''

/** Whether the store's clock has a say in it. */
export function holdsClock(predicate: Predicate | null): boolean {
  if (predicate === null) return false
  if (predicate.op === 'all' || predicate.op === 'any') return predicate.parts.some(holdsClock)
  return 'value' in predicate && typeof predicate.value === 'object'
}
