import { isStorageError } from '@portolan/ports'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCursor, encodeCursor } from '../../src/queries/cursor.ts'
import { afterPosition, compareRows, compareText } from '../../src/queries/position.ts'
import { matches } from '../../src/queries/row-test.ts'
import type { Order, Scalar } from '../../src/spi/index.ts'

const byCodePoint = (left: string, right: string): number => {
  const [a, b] = [[...left], [...right]].map((each) => each.map((character) => character.codePointAt(0) ?? 0)) as [
    number[],
    number[],
  ]
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

describe('order', () => {
  test('text is ordered by code point, not by UTF-16 unit', () => {
    expect(compareText('\ufb00', '😀')).toBeLessThan(0)
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(byCodePoint(a, b)))
      }),
      { numRuns: 5_000 },
    )
  })

  test('the rows after a position are those that sort after it', () => {
    const value = fc.option(fc.constantFrom('a', 'b', '\ufb00', '😀'))
    const row = fc.record({ x: value, y: value, id: fc.constantFrom('1', '2', '3') })
    const direction = fc.constantFrom('asc' as const, 'desc' as const)
    fc.assert(
      fc.property(row, row, direction, direction, direction, (left, right, x, y, id) => {
        const order: Order[] = [
          { field: 'x', direction: x, nullable: true },
          { field: 'y', direction: y, nullable: true },
          { field: 'id', direction: id, nullable: false },
        ]
        const after: Scalar[] = [left.x, left.y, left.id]
        expect(matches(afterPosition(order, after), right, () => '')).toBe(compareRows(order, left, right) < 0)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('cursors', () => {
  const refused = (run: () => unknown): boolean => {
    try {
      run()
      return false
    } catch (error) {
      return isStorageError(error, 'invalid-cursor')
    }
  }

  test('come back as they went', () => {
    const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(fc.array(scalar, { maxLength: 4 }), (values) => {
        expect(decodeCursor('thing', 'list', encodeCursor('list', values), values.length)).toEqual(values)
      }),
    )
  })

  test('of another list, or damaged in any one character, are refused', () => {
    const cursor = encodeCursor('list', ['2026-01-01', null, 'id'])
    expect(refused(() => decodeCursor('thing', 'other', cursor, 3))).toBe(true)
    expect(refused(() => decodeCursor('thing', 'list', cursor, 2))).toBe(true)
    for (const bad of ['', '!', 7, null, {}, `${cursor}A`, cursor.slice(1), cursor.slice(0, -2)]) {
      expect(refused(() => decodeCursor('thing', 'list', bad, 3))).toBe(true)
    }
    for (let index = 0; index < cursor.length - 1; index++) {
      const other = cursor[index] === 'A' ? 'B' : 'A'
      expect(
        refused(() => decodeCursor('thing', 'list', cursor.slice(0, index) + other + cursor.slice(index + 1), 3)),
      ).toBe(true)
    }
  })
})
