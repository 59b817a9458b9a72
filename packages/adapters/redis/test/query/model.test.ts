import {
  afterPosition,
  all,
  compareRows,
  compareText,
  type Order,
  type Predicate,
  rowTest,
  type Scalar,
  type SelectPlan,
  type StoredRow,
  storedEntity,
} from '@portolan/adapter-kit'
import { boolean, defineEntity, float, instant, integer, oneOf, text } from '@portolan/ports'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Shelf, shelfOf } from './shelf.ts'

const Thing = defineEntity({
  name: 'thing',
  scope: 'owner',
  fields: {
    kind: oneOf('a', 'b', 'c'),
    name: text().nullable(),
    count: integer().nullable(),
    size: float().nullable(),
    open: boolean().nullable(),
    at: instant().nullable(),
    serial: text().nullable(),
  },
  unique: { bySerial: ['serial'], byPair: ['name', 'at'] },
  indexes: {
    byKind: ['kind', 'name', 'count'],
    byName: ['name', 'at'],
    byCount: ['count'],
    byOpen: ['open', 'kind', 'size', 'at'],
    byAt: ['at', 'name'],
  },
})
const entity = storedEntity(Thing)
const now = Date.parse('2026-05-05T05:05:05.005Z')
const iso = (plus: number): string => new Date(now + plus).toISOString()
const scopes = ['x', 'x\u0001', 'y'] as const

let shelf: Shelf
beforeAll(async () => {
  shelf = await shelfOf(Thing, { clock: () => now })
})
afterAll(() => shelf.close())

const names = ['', 'a', 'A', 'ab', 'aB%_\\', '\u0001', '\u0002', '[x', '\u212a', 'k', 'é', '\ufffd', '\u{1f600}', 'a ']
const value: { readonly [field: string]: fc.Arbitrary<Exclude<Scalar, null>> } = {
  id: fc.oneof(
    fc.constantFrom('\u0001', '\u0002', '\u0002a', 'a', 'ab', '\u{1f600}'),
    fc.string({ minLength: 1, maxLength: 3 }),
  ),
  kind: fc.constantFrom('a', 'b', 'c'),
  name: fc.constantFrom(...names),
  count: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.maxSafeInteger()),
  size: fc.constantFrom(-1.5, 0, 0.25, 1e300, -1e-9),
  open: fc.boolean(),
  at: fc.integer({ min: -2, max: 2 }).map(iso),
  serial: fc.string({ maxLength: 4 }),
}
const fields = Object.keys(value)
const nullable = (field: string): boolean => entity.fields[field]?.nullable ?? false
const clean = (text: Scalar): boolean => typeof text !== 'string' || !text.includes('\u0000')
const anyOf = (field: string): fc.Arbitrary<Exclude<Scalar, null>> =>
  (value[field] as fc.Arbitrary<string>).filter(clean)

const row = fc.record(
  Object.fromEntries(
    fields.map((field) => [field, nullable(field) ? fc.option(anyOf(field), { freq: 4 }) : anyOf(field)]),
  ),
) as fc.Arbitrary<StoredRow>

const onField = (make: (field: string) => fc.Arbitrary<unknown>): fc.Arbitrary<Predicate> =>
  fc.constantFrom(...fields).chain(make) as fc.Arbitrary<Predicate>
const leaf: fc.Arbitrary<Predicate> = fc.oneof(
  {
    weight: 4,
    arbitrary: onField((field) =>
      fc.record({
        op: fc.constantFrom('eq', 'eq', 'ne', 'lt', 'lte', 'gt', 'gte'),
        field: fc.constant(field),
        value: anyOf(field),
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: onField((field) =>
      fc.record({
        op: fc.constantFrom('in', 'in', 'notIn'),
        field: fc.constant(field),
        values: fc.uniqueArray(anyOf(field), { minLength: 1, maxLength: 4 }),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: onField((field) => fc.record({ op: fc.constantFrom('isNull', 'isNotNull'), field: fc.constant(field) })),
  },
  fc.record({
    op: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'),
    field: fc.constant('at'),
    value: fc.integer({ min: -2, max: 2 }).map((clock) => ({ clock })),
  }) as fc.Arbitrary<Predicate>,
  fc.record({
    op: fc.constantFrom('startsWith', 'startsWith', 'contains', 'containsIgnoringCase'),
    field: fc.constantFrom('name', 'serial', 'id'),
    value: fc.constantFrom('a', 'A', '%', '\u0001', '\u{1f600}', 'b', '\u0002'),
    negated: fc.boolean(),
  }) as fc.Arbitrary<Predicate>,
  fc
    .constantFrom('name', 'at', 'count')
    .chain((field) =>
      fc
        .record({ op: fc.constantFrom('lt', 'lte', 'gt'), field: fc.constant(field), value: anyOf(field) })
        .map((bounded) => ({ op: 'any', parts: [{ op: 'isNull', field }, bounded] })),
    ) as fc.Arbitrary<Predicate>,
)
const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      op: fc.constantFrom('all' as const, 'all' as const, 'any' as const),
      parts: fc.array(tie('predicate'), { maxLength: 3 }),
    }),
  ),
}))
const where: fc.Arbitrary<Predicate> = fc.oneof(
  predicate,
  fc.array(leaf, { maxLength: 4 }).map((parts) => all(...parts)),
)

const indexed = Object.values(entity.indexes)
const order: fc.Arbitrary<Order[]> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...indexed, ['name', 'id'], ['count', 'id']),
      fc.subarray(fields, { maxLength: 3 }).chain((some) => fc.shuffledSubarray(some)),
    ),
    fc.array(fc.constantFrom('asc' as const, 'desc' as const), { minLength: 5, maxLength: 5 }),
    fc.constantFrom('asc' as const, 'desc' as const, null),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([list, directions, one, from]) => {
    const used = list.slice(Math.min(from, list.length))
    const upToId = used.includes('id') ? used.slice(0, used.indexOf('id') + 1) : used
    const entries = upToId.map((field, at) => ({
      field,
      direction: one ?? directions[at] ?? 'asc',
      nullable: nullable(field),
    }))
    if (upToId.at(-1) === 'id') return entries
    return [...entries, { field: 'id', direction: entries.at(-1)?.direction ?? 'asc', nullable: false }]
  })

const plan = fc.record({
  scope: fc.constantFrom(...scopes),
  where,
  order,
  at: fc.option(fc.tuple(fc.nat(), fc.option(row, { freq: 3 })), { freq: 3 }),
  limit: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 3 }),
  offset: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 6 })),
  fields: fc.subarray(fields).map((some) => [...new Set(['id', ...some])]),
})

test('any query finds what the reference finds, in its order', { timeout: 240_000 }, async () => {
  const stored = new Map<string, StoredRow[]>()
  for (const scope of scopes) {
    const serials = new Set<Scalar>()
    const rows = fc.sample(fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 60, maxLength: 90 }), 1)[0] ?? []
    const kept = rows.filter(
      ({ serial }) => serial === null || (!serials.has(serial ?? null) && serials.add(serial ?? null)),
    )
    stored.set(
      scope,
      kept.map((each) => ({ ...each, owner: scope })),
    )
    await shelf.put(stored.get(scope) ?? [], scope)
  }
  await fc.assert(
    fc.asyncProperty(plan, async ({ scope, at, ...asked }) => {
      const rows = stored.get(scope) ?? []
      const holds = rowTest(asked.where, iso)
      const matching = rows.filter(holds).sort((left, right) => compareRows(asked.order, left, right))
      const position = at && (at[1] ?? rows[at[0] % rows.length])
      const after = position ? asked.order.map(({ field }) => position[field] ?? null) : null
      const beyond = after ? rowTest(afterPosition(asked.order, after), iso) : () => true
      const expected = matching
        .filter(beyond)
        .slice(asked.offset, asked.limit === null ? undefined : asked.offset + asked.limit)
      const select: SelectPlan = { ...asked, entity, scope, after, lock: false }
      const found = await shelf.reads.select(select, performance.now() + 10_000)
      expect(found).toEqual(
        expected.map((each) => Object.fromEntries(asked.fields.map((field) => [field, each[field]]))),
      )
      const count = await shelf.reads.count({ entity, scope, where: asked.where }, performance.now() + 10_000)
      expect(count).toBe(matching.length)
    }),
    { numRuns: Number(process.env.RUNS ?? 3_000) },
  )
  expect(compareText('\ufffd', '\u{1f600}')).toBeLessThan(0)
})
