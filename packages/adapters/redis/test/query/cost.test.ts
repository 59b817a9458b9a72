import {
  type Order,
  type Predicate,
  type Scalar,
  type SelectPlan,
  type StoredRow,
  storedEntity,
} from '@portolan/adapter-kit'
import { boolean, defineEntity, instant, integer, text } from '@portolan/ports'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Shelf, shelfOf } from './shelf.ts'

const Message = defineEntity({
  name: 'message',
  fields: {
    state: text(),
    at: instant(),
    leasedUntil: instant().nullable(),
    topic: text().nullable(),
    number: integer(),
    rare: boolean(),
  },
  unique: { byNumber: ['number'] },
  indexes: {
    byState: ['state', 'at'],
    byLease: ['state', 'leasedUntil', 'at'],
    byTopic: ['topic', 'number'],
    byRare: ['rare'],
    byAt: ['at'],
  },
})
const entity = storedEntity(Message)
const total = 4_000
const now = Date.parse('2026-01-01T00:00:00.000Z')
const iso = (minutes: number): string => new Date(now + minutes * 60_000).toISOString()

/** Half of the topics are null, each number comes once, every 400th row is rare. */
const rows: StoredRow[] = Array.from({ length: total }, (_, index) => ({
  id: `m${String(index).padStart(5, '0')}`,
  state: index % 10 === 0 ? 'dead' : 'pending',
  at: iso(index - total),
  leasedUntil: null,
  topic: index % 2 ? null : `t${index % 8}`,
  number: (index * 7) % total,
  rare: index % 400 === 0,
}))

let shelf: Shelf
beforeAll(async () => {
  shelf = await shelfOf(Message, { scanBound: 1_000, clock: () => now, own: true })
  await shelf.put(rows)
  // The server learns the script.
  await count(every())
})
afterAll(() => shelf.close())

type Directions = readonly (readonly [string, 'asc' | 'desc'])[]
const by = (...directions: Directions): Order[] =>
  directions.map(([field, direction]) => ({ field, direction, nullable: entity.fields[field]?.nullable ?? false }))
const eq = (field: string, value: Exclude<Scalar, null>): Predicate => ({ op: 'eq', field, value })
const every = (...parts: Predicate[]): Predicate => ({ op: 'all', parts })

function select(given: Partial<SelectPlan>, on = shelf) {
  const plan: SelectPlan = {
    entity,
    scope: null,
    where: every(),
    order: by(['id', 'asc']),
    after: null,
    limit: null,
    offset: 0,
    fields: Object.keys(entity.fields),
    lock: false,
    ...given,
  }
  return on.watch(() => on.reads.select(plan, performance.now() + 20_000))
}
const count = (where: Predicate) =>
  shelf.watch(() => shelf.reads.count({ entity, scope: null, where }, performance.now() + 20_000))

describe('a page reads what it returns, wherever in the list it lies', () => {
  const lists: [string, Order[], Predicate][] = [
    ['by id', by(['id', 'asc']), every()],
    ['by id, descending', by(['id', 'desc']), every()],
    ['by an index', by(['at', 'asc'], ['id', 'asc']), every()],
    ['behind an equality, descending', by(['at', 'desc'], ['id', 'desc']), eq('state', 'pending')],
    ['by nulls first', by(['topic', 'asc'], ['number', 'asc'], ['id', 'asc']), every()],
    ['by nulls last', by(['topic', 'desc'], ['number', 'desc'], ['id', 'desc']), every()],
    ['in mixed directions, nulls first', by(['topic', 'asc'], ['number', 'desc'], ['id', 'asc']), every()],
    ['in mixed directions, nulls last', by(['topic', 'desc'], ['number', 'asc'], ['id', 'desc']), every()],
  ]
  test.each(lists)('%s', async (_, order, where) => {
    const ids: string[] = []
    let after: Scalar[] | null = null
    for (;;) {
      const {
        answer,
        rows: read,
        turns,
      }: Awaited<ReturnType<typeof select>> = await select({ order, where, after, limit: 250 })
      expect(turns).toBe(1)
      expect(read).toBe(answer.length)
      ids.push(...answer.map(({ id }) => String(id)))
      const last = answer.at(-1)
      if (!last || answer.length < 250) break
      after = order.map(({ field }) => last[field] ?? null)
    }
    expect(new Set(ids).size).toBe(where.op === 'all' ? total : total * 0.9)
    expect(ids).toHaveLength(new Set(ids).size)
  })

  test('an offset passes rows without reading them', async () => {
    for (const direction of ['asc', 'desc'] as const) {
      const { answer, rows: read } = await select({
        order: by(['at', direction], ['id', direction]),
        limit: 5,
        offset: 3_333,
      })
      const first = direction === 'asc' ? 3_333 : total - 1 - 3_333
      expect(answer.map(({ id }) => id)).toEqual(
        Array.from({ length: 5 }, (_, index) => rows[first + (direction === 'asc' ? index : -index)]?.id),
      )
      expect(read).toBe(5)
    }
  })
})

test('a row by its id, or by a natural key, is one row read', async () => {
  for (const where of [eq('id', 'm00123'), eq('number', 861)]) {
    const { answer, rows: read, turns } = await select({ where, limit: 1 })
    expect([answer.map(({ id }) => id), read, turns]).toEqual([['m00123'], 1, 1])
  }
})

test('5,000 values of an in are looked up each by itself', async () => {
  const numbers = Array.from({ length: 5_000 }, (_, index) => index * 8)
  const found = rows.filter(({ number }) => Number(number) % 8 === 0)
  for (const [field, values] of [
    ['number', numbers],
    ['id', rows.filter((_, index) => index % 8 === 0).map(({ id }) => String(id))],
  ] as const) {
    const { answer, rows: read, turns } = await select({ where: { op: 'in', field, values } })
    expect([answer.length, read, turns]).toEqual([found.length, found.length, 1])
  }
  const { answer } = await select({
    where: { op: 'in', field: 'topic', values: numbers.map(String).concat('t2') },
    limit: 700,
  })
  expect(answer).toHaveLength(500)
})

test('a range is counted without reading a row, however many there are', async () => {
  const cases: [Predicate, number][] = [
    [every(), total],
    [eq('state', 'pending'), 3_600],
    [every(eq('state', 'pending'), { op: 'gte', field: 'at', value: iso(-1_000) }), 900],
    [every(eq('state', 'dead'), { op: 'gt', field: 'at', value: { clock: -60_000 * 100 } }), 9],
    [{ op: 'isNull', field: 'topic' }, 2_000],
    [{ op: 'isNotNull', field: 'topic' }, 2_000],
    [{ op: 'startsWith', field: 'topic', value: 't', negated: false }, 2_000],
    [{ op: 'in', field: 'topic', values: ['t0', 't6', 'none'] }, 1_000],
    [{ op: 'any', parts: [eq('topic', 't0'), { op: 'isNull', field: 'topic' }] }, 2_500],
  ]
  for (const [where, expected] of cases) {
    const { answer, rows: read, turns } = await count(where)
    expect([answer, read, turns], JSON.stringify(where)).toEqual([expected, 0, 1])
  }
})

test('the way that reads least is taken, whatever was declared first', async () => {
  const rare = await select({
    where: every(eq('state', 'dead'), eq('rare', true)),
    order: by(['at', 'asc'], ['id', 'asc']),
    limit: 5,
  })
  expect([rare.answer.length, rare.rows]).toEqual([5, 10])
  // Nearly all rows are not rare: read in order, with those few passed over.
  const common = await select({ where: eq('rare', false), order: by(['at', 'desc'], ['id', 'desc']), limit: 20 })
  expect(common.answer).toHaveLength(20)
  expect(common.rows).toBeLessThan(60)
})

test('alternatives are looked up each by itself', async () => {
  const { answer, rows: read } = await select({
    where: {
      op: 'any',
      parts: [eq('rare', true), every(eq('topic', 't0'), { op: 'lt', field: 'number', value: 100 })],
    },
  })
  const wanted = rows.filter(({ rare, topic, number }) => rare || (topic === 't0' && Number(number) < 100))
  expect(answer.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
  expect(read).toBeLessThanOrEqual(wanted.length + 10)
})

test('values of an in, each with its own order, are merged for what is asked', async () => {
  const { answer, rows: read } = await select({
    where: { op: 'in', field: 'state', values: ['dead', 'pending', 'gone'] },
    order: by(['at', 'desc'], ['id', 'desc']),
    limit: 10,
  })
  expect(answer.map(({ id }) => id)).toEqual(
    rows
      .slice(-10)
      .reverse()
      .map(({ id }) => id),
  )
  expect(read).toBeLessThanOrEqual(20)
})

test('at the head of a long queue rows that may not be taken are not read', async () => {
  const queue = await shelfOf(Message, { scanBound: 1_000, clock: () => now, own: true })
  try {
    const leased = rows.map((row, index) => ({ ...row, state: 'pending', leasedUntil: index < 3_000 ? iso(1) : null }))
    await queue.put(
      leased.map((row, index) => (index === 2_000 || index === 2_500 ? { ...row, leasedUntil: iso(-1) } : row)),
    )
    const claimable = every(
      eq('state', 'pending'),
      { op: 'lte', field: 'at', value: { clock: 0 } },
      {
        op: 'any',
        parts: [
          { op: 'isNull', field: 'leasedUntil' },
          { op: 'lte', field: 'leasedUntil', value: { clock: 0 } },
        ],
      },
    )
    const { answer, rows: read } = await select(
      { where: claimable, order: by(['at', 'asc'], ['id', 'asc']), limit: 8 },
      queue,
    )
    expect(answer.map(({ id }) => id)).toEqual(
      [2_000, 2_500, 3_000, 3_001, 3_002, 3_003, 3_004, 3_005].map((n) => rows[n]?.id),
    )
    expect(read).toBeLessThan(250)
  } finally {
    await queue.close()
  }
})
