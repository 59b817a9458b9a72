import { describe, expect, test } from 'vitest'
import { compareValues, matchesFilter, sorted } from '../src/reference-order.ts'

describe('the reference that stores are compared with', () => {
  test('orders text by code point, where UTF-16 units say otherwise', () => {
    expect(compareValues('\uff5e', '\u{1f600}')).toBeLessThan(0)
    expect('\uff5e' < '\u{1f600}').toBe(false)
    expect(compareValues('Z', 'a')).toBeLessThan(0)
    expect(compareValues('a', 'a ')).toBeLessThan(0)
    expect(compareValues(null, '')).toBeLessThan(0)
    expect(compareValues(9, 10)).toBeLessThan(0)
  })

  test('breaks ties by id in the direction of the last entry', () => {
    const rows = [
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
      { id: 'c', n: 0 },
    ]
    const ids = (order: Parameters<typeof sorted>[1]) =>
      sorted(rows, order)
        .map(({ id }) => id)
        .join('')
    expect([ids([]), ids([['n', 'asc']]), ids([['n', 'desc']])]).toEqual(['abc', 'cab', 'bac'])
  })

  test('matches null as the clauses say', () => {
    const row = { n: null }
    const matching = [
      { n: null },
      { n: { ne: 1 } },
      { n: { notIn: [1] } },
      { not: { n: 1 } },
      { not: { n: { lt: 1 } } },
      { and: [] },
    ]
    const missing = [
      { n: 1 },
      { n: { ne: null } },
      { n: { in: [1, null] } },
      { n: { lt: 1 } },
      { n: { gte: 1 } },
      { n: { notIn: [null] } },
      { or: [] },
    ]
    expect(matching.filter((filter) => !matchesFilter(row, filter))).toEqual([])
    expect(missing.filter((filter) => matchesFilter(row, filter))).toEqual([])
  })

  test('folds the ASCII letters and no other', () => {
    expect(matchesFilter({ t: 'xAy' }, { t: { containsIgnoringCase: 'aY' } })).toBe(true)
    expect(matchesFilter({ t: 'É' }, { t: { containsIgnoringCase: 'é' } })).toBe(false)
    expect(matchesFilter({ t: '\u212a' }, { t: { containsIgnoringCase: 'k' } })).toBe(false)
  })
})
