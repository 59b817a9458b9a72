import { all, any, matches, type Predicate, type Scalar } from '@portolan/adapter-kit'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { predicateText, sqliteDialect } from '../src/index.ts'

const database = new Database(':memory:')
afterAll(() => database.close())
database.exec('create table t ("label" text, "count" integer, "weight" real, "on" integer)')

const texts = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'A',
    'ab',
    'aB',
    '%',
    '_',
    "'",
    "''",
    '\\',
    'ä',
    'Ä',
    'K',
    '\u{10ffff}',
    '\ud7ff',
    '\ue000',
    '😀',
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }).filter((value) => !value.includes('\0')),
)
const integers = fc.oneof(
  fc.constantFrom(0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.maxSafeInteger(),
)
const floats = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const values: { readonly [field: string]: fc.Arbitrary<Exclude<Scalar, null>> } = {
  label: texts,
  count: integers,
  weight: floats,
  on: fc.boolean(),
}

const leaf: fc.Arbitrary<Predicate> = fc.constantFrom('label', 'count', 'weight', 'on').chain((field) => {
  const value = values[field] as fc.Arbitrary<string>
  return fc.oneof(
    fc.record({ op: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'), field: fc.constant(field), value }),
    fc.record({
      op: fc.constantFrom('in', 'notIn'),
      field: fc.constant(field),
      values: fc.array(value, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ op: fc.constantFrom('isNull', 'isNotNull'), field: fc.constant(field) }),
    fc.record({
      op: fc.constantFrom('startsWith', 'contains', 'containsIgnoringCase'),
      field: fc.constant('label'),
      value: texts.filter((text) => text !== ''),
      negated: fc.boolean(),
    }),
  ) as fc.Arbitrary<Predicate>
})
const predicates = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }).map((parts) => all(...parts)),
  fc.array(leaf, { maxLength: 3 }).map((parts) => any(...parts)),
)
const rows = fc.record({
  label: fc.option(texts),
  count: fc.option(integers),
  weight: fc.option(floats),
  on: fc.option(fc.boolean()),
})

test('a predicate with its values written in says what the kit says of the same row', () => {
  const insert = database.prepare('insert into t values (?, ?, ?, ?)')
  fc.assert(
    fc.property(predicates, rows, (predicate, row) => {
      database.exec('delete from t')
      insert.run(row.label, row.count, row.weight, row.on === null ? null : Number(row.on))
      const text = predicateText(predicate, (field) => sqliteDialect.quote(field), sqliteDialect)
      const found = database.prepare(`select count(*) from t where ${text}`).pluck().get() as number
      expect(found === 1).toBe(matches(predicate, row, () => ''))
    }),
    { numRuns: 2_000 },
  )
})

test('a rule cannot hang on a clock', () => {
  const predicate: Predicate = { op: 'lt', field: 'label', value: { clock: 0 } }
  expect(() => predicateText(predicate, (field) => field, sqliteDialect)).toThrow('clock')
})
