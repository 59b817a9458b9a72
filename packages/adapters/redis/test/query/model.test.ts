import {
  afterPosition,
  compareRows,
  compareText,
  rowTest,
  type SelectPlan,
  type StoredRow,
} from '@portolan/adapter-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Find } from '../../src/calls.ts'
import { findOf } from '../../src/query/choose.ts'
import { entities } from '../../src/scripts/entities.ts'
import { find } from '../../src/scripts/find.ts'
import { script } from '../../src/scripts/script.ts'
import { type Shelf, shelfOf } from './shelf.ts'
import { entity, iso, now, query, scopes, storedRows, Thing } from './things.ts'

const numRuns = Number(process.env.RUNS ?? 2_000)
const stored = storedRows()

let shelf: Shelf
beforeAll(async () => {
  shelf = await shelfOf(Thing, { clock: () => now })
  for (const scope of scopes) await shelf.put(stored.get(scope) ?? [], scope)
})
afterAll(() => shelf.close())

type Query = typeof query extends fc.Arbitrary<infer Q> ? Q : never

/** What the reference finds, all that matches, and the position as values of the order. */
function expected({ scope, where, order, at, limit, offset }: Query) {
  const rows = stored.get(scope) ?? []
  const matching = rows.filter(rowTest(where, iso)).sort((left, right) => compareRows(order, left, right))
  const position: StoredRow | null | undefined = at && (at[1] ?? rows[at[0] % rows.length])
  const after = position ? order.map(({ field }) => position[field] ?? null) : null
  const beyond = after ? rowTest(afterPosition(order, after), iso) : () => true
  return { matching, after, found: matching.filter(beyond).slice(offset, limit === null ? undefined : offset + limit) }
}

const inTime = () => performance.now() + 10_000

test('any query finds what the reference finds, in its order', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(query, async (asked) => {
      const { scope, where, order, limit, offset, fields } = asked
      const { after, found, matching } = expected(asked)
      const select: SelectPlan = { entity, scope, where, order, after, limit, offset, fields, lock: false }
      expect(await shelf.reads.select(select, inTime())).toEqual(
        found.map((each) => Object.fromEntries(fields.map((field) => [field, each[field]]))),
      )
      expect(await shelf.reads.count({ entity, scope, where }, inTime())).toBe(matching.length)
    }),
    { numRuns },
  )
  expect(compareText('\ufffd', '\u{1f600}')).toBeLessThan(0)
})

/** Ids as one given way finds them; 'broad' beyond the bound. */
const finding = script({
  name: 'finding',
  kind: 'reads',
  uses: [entities, find],
  body: `
  local items = find(call[3])
  if not items then return { 'ok', 'broad' } end
  local ids = {}
  for n, item in ipairs(items) do ids[n] = item.row[entities[1].idPlace] end
  return { 'ok', ids }
  `,
})

/** Each way alone. */
function alone(made: Find): Find[] {
  const [entity, scope, plans, ...rest] = made
  return plans.flatMap((branches) => {
    const most = Math.max(...branches.map(({ length }) => length))
    return Array.from({ length: most }, (_, index): Find => {
      const chosen = branches.map((branch) => branch.slice(index % branch.length).slice(0, 1))
      return [entity, scope, [chosen], ...rest]
    })
  })
}

test('every way that could be taken finds the same, or says that it would read too much', {
  timeout: 240_000,
}, async () => {
  const bound = fc.oneof(fc.constant(1_000), fc.integer({ min: 1, max: 40 }))
  await fc.assert(
    fc.asyncProperty(query, bound, async (asked, most) => {
      const { after, found } = expected(asked)
      const ways = alone(findOf(shelf.known, 1, { ...asked, after }, most))
      for (const way of ways) {
        const operation = () => [way]
        const reply = await shelf.engine.call({
          script: finding,
          entities: [entity.name],
          use: 'read',
          keys: [],
          operation,
          deadline: inTime(),
        })
        const [ids] = reply as readonly [readonly Buffer[] | Buffer]
        if (Buffer.isBuffer(ids)) expect(most).toBeLessThan(100)
        else expect(ids.map(String), JSON.stringify(way)).toEqual(found.map(({ id }) => id))
      }
    }),
    { numRuns },
  )
})
