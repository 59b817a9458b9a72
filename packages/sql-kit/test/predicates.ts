import { all, any, type Predicate, type Scalar } from '@portolan/adapter-kit'
import fc from 'fast-check'

export const texts: fc.Arbitrary<string> = fc.oneof(
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
export const integers: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.maxSafeInteger(),
)
export const floats: fc.Arbitrary<number> = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => value + 0)
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
export const predicates: fc.Arbitrary<Predicate> = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }).map((parts) => all(...parts)),
  fc.array(leaf, { maxLength: 3 }).map((parts) => any(...parts)),
)
export const rows: fc.Arbitrary<{
  readonly label: string | null
  readonly count: number | null
  readonly weight: number | null
  readonly on: boolean | null
}> = fc.record({
  label: fc.option(texts),
  count: fc.option(integers),
  weight: fc.option(floats),
  on: fc.option(fc.boolean()),
})
