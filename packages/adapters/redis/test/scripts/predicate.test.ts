import { type Predicate, rowTest, type Scalar, storedEntity } from '@portolan/adapter-kit'
import { defineEntity, instant, integer, text } from '@portolan/ports'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { definitionOf, placesOf } from '../../src/definition.ts'
import { encodeValue } from '../../src/encoding/values.ts'
import { tokensOf } from '../../src/query/tokens.ts'
import { predicate as fragment } from '../../src/scripts/predicate.ts'
import { openPlace, type Place } from '../place.ts'

const entity = defineEntity({
  name: 'thing',
  fields: { name: text().nullable(), count: integer().nullable(), at: instant().nullable() },
})
const definition = definitionOf(storedEntity(entity))
const known = { definition, places: placesOf(definition) }

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

const now = Date.parse('2026-05-05T05:05:05.005Z')
const iso = (plus: number): string => new Date(now + plus).toISOString()
const name = fc.oneof(
  fc.constantFrom('', 'a', 'A', 'ab', 'aB%_\\', '[x', '\u212a', 'k', 'é', '\ufffd', '\u{1f600}'),
  fc.string(),
)
const count = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger())
const moment = fc.integer({ min: -2, max: 2 })
const row = fc.record({
  id: fc.string({ minLength: 1 }),
  name: fc.option(name),
  count: fc.option(count),
  at: fc.option(moment.map(iso)),
})

const values: [string, fc.Arbitrary<Exclude<Scalar, null>>][] = [
  ['name', name],
  ['count', count],
  ['at', moment.map(iso)],
]
const leaf = fc.oneof(
  ...values.map(([field, value]) =>
    fc.oneof(
      fc.record({ op: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'), field: fc.constant(field), value }),
      fc.record({ op: fc.constantFrom('in', 'notIn'), field: fc.constant(field), values: fc.array(value) }),
      fc.record({ op: fc.constantFrom('isNull', 'isNotNull'), field: fc.constant(field) }),
    ),
  ),
  fc.record({
    op: fc.constantFrom('lte', 'gt', 'eq', 'ne'),
    field: fc.constant('at'),
    value: moment.map((clock) => ({ clock })),
  }),
  fc.record({
    op: fc.constantFrom('startsWith', 'contains', 'containsIgnoringCase'),
    field: fc.constant('name'),
    value: name.filter((value) => value !== ''),
    negated: fc.boolean(),
  }),
) as fc.Arbitrary<Predicate>
const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      op: fc.constantFrom('all' as const, 'any' as const),
      parts: fc.array(tie('predicate'), { maxLength: 3 }),
    }),
  ),
}))

test('Lua finds of a row what the reference finds', { timeout: 60_000 }, async () => {
  const rows = fc.sample(row, 40)
  const stored = rows.map((each) => [
    'revision',
    ...definition.fields.map(({ name: field, kind }) => encodeValue(kind, each[field as keyof typeof each])),
  ])
  const predicates = fc.sample(predicate, 400)
  const body =
    'local s = {} for i, tokens in ipairs(call[4]) do local test, t = testOf(tokens), {} for n, row in ipairs(call[3]) do t[n] = test(row) and 1 or 0 end s[i] = t end return s'
  const reply = await place.lua([fragment], body, [
    [now, false],
    [],
    stored,
    predicates.map((one) => tokensOf(known, one)),
  ])
  for (const [index, one] of predicates.entries()) {
    const holds = rowTest(one, iso)
    expect((reply as number[][])[index], JSON.stringify(one)).toEqual(rows.map((each) => (holds(each) ? 1 : 0)))
  }
})

test('a predicate as deep as any can be', async () => {
  let deep: Predicate = { op: 'eq', field: 'id', value: 'x' }
  for (let depth = 0; depth < 70; depth++)
    deep = { op: depth % 2 ? 'all' : 'any', parts: [deep, { op: 'isNull', field: 'id' }] }
  const body = "return testOf(call[3])({ 'r', 'x' }) and 1 or 0"
  expect(await place.lua([fragment], body, [[now, false], [], tokensOf(known, deep)])).toBe(0)
})
