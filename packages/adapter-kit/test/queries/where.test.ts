import { boolean, defineEntity, instant, integer, isStorageError, json, oneOf, text } from '@portolan/ports'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { modelOf } from '../../src/entities/model.ts'
import { matches } from '../../src/queries/row-test.ts'
import { compileWhere } from '../../src/queries/where.ts'

const Thing = defineEntity({
  name: 'thing',
  scope: 'tenantId',
  fields: {
    name: text(),
    note: text().nullable(),
    size: integer().nullable(),
    done: boolean(),
    kind: oneOf('a', 'b'),
    at: instant().nullable(),
    data: json().nullable(),
  },
  versioned: true,
})
const model = modelOf(Thing)
const compile = (where: unknown) => compileWhere(model, where)
const code = (where: unknown): unknown => {
  try {
    compile(where)
    return null
  } catch (error) {
    return isStorageError(error) ? [error.code, error.message] : error
  }
}

const words = fc.constantFrom('', 'a', 'b', 'A', '%', 'ab', 'ﬀ', '😀')
const condition = fc.oneof(
  fc.record({ name: fc.record({ eq: words }) }),
  fc.record({ note: fc.option(words) }),
  fc.record({ note: fc.record({ ne: fc.option(words) }) }),
  fc.record({ note: fc.record({ in: fc.array(fc.option(words), { maxLength: 3 }) }) }),
  fc.record({ note: fc.record({ notIn: fc.array(fc.option(words), { maxLength: 3 }) }) }),
  fc.record({ note: fc.record({ startsWith: words }) }),
  fc.record({ note: fc.record({ contains: words }) }),
  fc.record({ note: fc.record({ containsIgnoringCase: words }) }),
  fc.record({ size: fc.record({ gt: fc.integer({ min: 0, max: 3 }) }) }),
  fc.record({ size: fc.record({ lte: fc.integer({ min: 0, max: 3 }), ne: fc.integer({ min: 0, max: 3 }) }) }),
  fc.record({ done: fc.boolean(), kind: fc.constantFrom('a', 'b') }),
)
const filter = fc.letrec<{ filter: object }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    condition,
    fc.record({ not: tie('filter') }),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.tuple(condition, tie('filter')).map(([each, not]) => ({ ...each, not })),
  ),
})).filter
const row = fc.record({
  id: fc.constant('1'),
  name: words,
  note: fc.option(words),
  size: fc.option(fc.integer({ min: 0, max: 3 })),
  done: fc.boolean(),
  kind: fc.constantFrom('a', 'b'),
  at: fc.constant(null),
  version: fc.constant(1),
})
const now = (): string => '2026-01-01T00:00:00.000Z'

describe('filters', () => {
  test('not is the exact opposite, whatever is null', () => {
    fc.assert(
      fc.property(filter, row, (where, values) => {
        expect(matches(compile({ not: where }), values, now)).toBe(!matches(compile(where), values, now))
      }),
      { numRuns: 2_000 },
    )
  })

  test('comparisons and in never match null, ne and notIn do', () => {
    const unset = { note: null, size: null }
    const met = (where: object): boolean => matches(compile(where), unset, now)
    expect(met({ size: { lt: 5 } })).toBe(false)
    expect(met({ size: { gte: 0 } })).toBe(false)
    expect(met({ note: { in: ['a'] } })).toBe(false)
    expect(met({ note: { in: ['a', null] } })).toBe(false)
    expect(met({ note: { ne: 'a' } })).toBe(true)
    expect(met({ note: { notIn: ['a'] } })).toBe(true)
    expect(met({ note: { notIn: ['a', null] } })).toBe(false)
    expect(met({ not: { size: { lt: 5 } } })).toBe(true)
    expect(met({ note: { contains: '' } })).toBe(false)
  })

  test.each<[string, unknown, string, RegExp]>([
    ['undefined widens', { name: undefined }, 'invalid-query', /thing: where\.name is undefined/],
    ['undefined operand', { name: { eq: undefined } }, 'invalid-query', /undefined eq/],
    ['unknown field', { nme: 'x' }, 'invalid-query', /"nme", which is no field of thing/],
    ['inherited name', { constructor: 'x' }, 'invalid-query', /"constructor"/],
    ['the scope', { tenantId: 'x' }, 'invalid-query', /"tenantId"/],
    ['json field', { data: { a: 1 } }, 'invalid-query', /json field/],
    ['unknown operator', { name: { $ne: 'x' } }, 'invalid-query', /"\$ne"/],
    ['no operator', { name: {} }, 'invalid-query', /no operator/],
    ['array for a value', { name: ['a'] }, 'invalid-query', /must be a value/],
    ['null comparison', { size: { gt: null } }, 'invalid-query', /compares by "gt" with null/],
    ['in without array', { size: { in: 1 } }, 'invalid-query', /no array/],
    ['text search in a number', { size: { contains: '1' } }, 'invalid-query', /no text/],
    ['wrong type', { size: 'x' }, 'invalid-value', /thing\.size must be a safe integer/],
    ['unknown enum value', { kind: 'c' }, 'invalid-value', /thing\.kind must be one of a, b/],
    ['malformed id', { id: '' }, 'invalid-value', /thing\.id is empty/],
    ['not an object', 'name = 1', 'invalid-query', /must be an object/],
  ])('%s is refused by name', (_, where, expected, message) => {
    const [actual, text] = code(where) as [string, string]
    expect(actual).toBe(expected)
    expect(text).toMatch(message)
  })

  test('a filter nested beyond all reason is refused, not a stack overflow', () => {
    let where: object = {}
    for (let depth = 0; depth < 100_000; depth++) where = { not: where }
    expect(code(where)).toMatchObject(['invalid-query', expect.stringMatching(/nested deeper/)])
  })
})
