import type { Predicate, StoredRow } from '@portolan/adapter-kit'
import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith, isOwn, repositoriesWith } from '../driver-with.ts'

/** Null comes out of a comparison as neither true nor false, as in SQL. */
function withoutNulls(predicate: Predicate): Predicate {
  if (predicate.op === 'all' || predicate.op === 'any')
    return { op: predicate.op, parts: predicate.parts.map(withoutNulls) }
  if (predicate.op !== 'ne' && predicate.op !== 'notIn') return predicate
  return { op: 'all', parts: [predicate, { op: 'isNotNull', field: predicate.field }] }
}

const dollars: { readonly [operator: string]: string } = { $ne: 'ne', $gt: 'gt', $in: 'in' }

/** What a filter means to somebody who hands it on to a database. */
function understanding(filter: unknown): unknown {
  if (typeof filter !== 'object' || filter === null || Object.getPrototypeOf(filter) !== Object.prototype) return filter
  const named = (name: string): string => (Object.hasOwn(dollars, name) ? (dollars[name] ?? name) : name)
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [named(name), understanding(value)]))
}

export const brokenQueries: readonly BrokenDriver[] = [
  {
    name: 'text-by-utf16-units',
    wrong: 'orders text as JavaScript does, by UTF-16 unit',
    breaks: 'Q1',
    cases: ['Q1.code-points'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async select(plan, context) {
          const rows = await driver.select(plan, context)
          if (isOwn(plan.entity) || plan.limit !== null) return rows
          return rows.sort((left, right) => compare(plan.order, left, right))
        },
      }),
  },
  {
    name: 'null-lost-in-ne',
    wrong: 'lets `ne` and `notIn` skip null, as three-valued logic does',
    breaks: 'Q2',
    cases: ['Q2.ne-matches-null'],
    alsoBreaks: ['X1'],
    driver: (driver) =>
      driverWith(driver, {
        select: (plan, context) =>
          driver.select(isOwn(plan.entity) ? plan : { ...plan, where: withoutNulls(plan.where) }, context),
        count: (plan, context) =>
          driver.count(isOwn(plan.entity) ? plan : { ...plan, where: withoutNulls(plan.where) }, context),
      }),
  },
  {
    name: 'offset-for-a-cursor',
    wrong: 'hands out the number of rows seen as the cursor, and skips so many',
    breaks: 'Q3',
    cases: ['Q3.cursor-row-deleted', 'Q3.foreign-cursor', 'Q3.damaged-cursor', 'Q3.same-cost-anywhere'],
    alsoBreaks: ['T4.survivable-refusals', 'E1.shape', 'E5.no-value-in-a-refusal'],
    storage: (storage) =>
      repositoriesWith(storage, (repository) => ({
        async page({ cursor, limit, ...query }: { readonly cursor?: string | null; readonly limit: number }) {
          if (!Number.isInteger(limit) || limit < 1 || limit >= 100_000 || 'offset' in query)
            return repository.page?.({ cursor, limit, ...query } as never)
          const seen = Number(cursor ?? 0) || 0
          const rows = (await repository.find?.({ ...query, limit: limit + 1, offset: seen } as never)) as unknown[]
          return { items: rows.slice(0, limit), nextCursor: rows.length > limit ? `${seen + limit}` : null }
        },
      })),
  },
  {
    name: 'silent-cut',
    wrong: 'reads at most a thousand rows and says nothing',
    breaks: 'Q4',
    cases: ['Q4.everything'],
    alsoBreaks: ['T3.ten-thousand-rows'],
    driver: (driver) =>
      driverWith(driver, {
        select: (plan, context) =>
          driver.select(isOwn(plan.entity) ? plan : { ...plan, limit: plan.limit ?? 1_000 }, context),
      }),
  },
  {
    name: 'dollar-operators-understood',
    wrong: 'hands filters on, so that objects with $ operators mean something',
    breaks: 'Q5',
    cases: ['Q5.operator-objects'],
    alsoBreaks: ['Q2.refused'],
    storage: (storage) =>
      repositoriesWith(storage, (repository) => {
        const call = (name: string) => (query: { readonly where?: unknown } | undefined) =>
          repository[name]?.(
            (query && typeof query === 'object' && query.where
              ? { ...query, where: understanding(query.where) }
              : query) as never,
          )
        return { find: call('find'), count: call('count'), deleteMany: call('deleteMany') }
      }),
  },
]

function compare(
  order: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[],
  left: StoredRow,
  right: StoredRow,
): number {
  for (const { field, direction } of order) {
    const [a, b] = [left[field] ?? null, right[field] ?? null]
    if (a === b) continue
    const below = a === null || (b !== null && a < b)
    return below === (direction === 'asc') ? -1 : 1
  }
  return 0
}
