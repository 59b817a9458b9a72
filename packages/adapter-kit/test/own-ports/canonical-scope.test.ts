import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalScope } from '../../src/own-ports/idempotency.ts'

const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
const scope = fc.dictionary(word, word, { noNullPrototype: false })

test('the order of the parts is irrelevant', () => {
  fc.assert(
    fc.property(scope, fc.infiniteStream(fc.nat()), (parts, random) => {
      const keyed = Object.entries(parts).map((entry) => ({ entry, rank: random.next().value as number }))
      const shuffled = Object.fromEntries(keyed.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry))
      expect(canonicalScope(shuffled)).toBe(canonicalScope(parts))
    }),
  )
})

test('different scopes never have the same text', () => {
  const entries = (parts: Record<string, string>): string =>
    JSON.stringify(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  fc.assert(
    fc.property(scope, scope, (left, right) => {
      expect(canonicalScope(left) === canonicalScope(right)).toBe(entries(left) === entries(right))
    }),
  )
})

test('names and values do not run into each other', () => {
  const texts = [
    { a: 'b', c: 'd' },
    { a: 'b","c":"d' },
    { 'a","b': 'c","d' },
    { a: 'b', 'c":"d': '' },
    { ab: '', c: 'd' },
    { a: 'bc', d: '' },
  ].map(canonicalScope)
  expect(new Set(texts).size).toBe(texts.length)
})

test('no scope is an empty scope', () => {
  expect(canonicalScope(undefined)).toBe(canonicalScope({}))
})

test('the name __proto__ is a part like any other', () => {
  const given = JSON.parse('{"__proto__":"a"}')
  expect(canonicalScope(given)).not.toBe(canonicalScope({}))
})

test.each([
  ['a part that is undefined', { tenant: undefined }],
  ['a part that is null', { tenant: null }],
  ['a number', { tenant: 1 }],
  ['a nested record', { tenant: { id: 'a' } }],
  ['text', 'tenant'],
  ['null', null],
  ['an array', ['tenant']],
  ['a Map', new Map([['tenant', 'a']])],
  ['NUL in a value', { tenant: 'a\0' }],
  ['half of a surrogate pair in a value', { tenant: '\ud800' }],
  ['half of a surrogate pair in a name', { '\udc00': 'a' }],
])('%s is refused', (_, given) => {
  expect(() => canonicalScope(given)).toThrowError(
    expect.objectContaining({ code: 'invalid-value', data: { entity: 'portolan_idempotency_record', field: 'scope' } }),
  )
})
