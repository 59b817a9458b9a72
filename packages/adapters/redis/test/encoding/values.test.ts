import { compareScalars, type Scalar } from '@portolan/adapter-kit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { components, rowKey } from '../../src/encoding/members.ts'
import { decodeValue, encodeValue, type StoredText } from '../../src/encoding/values.ts'

const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\u0000'))
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, -1),
)
const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value))
const kinds = { text, integer, float, boolean: fc.boolean() } as const

function byBytes(left: string, right: string): number {
  return Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)))
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('%s', (kind) => {
  const values = kinds[kind] as fc.Arbitrary<Scalar>

  test('comes back exactly', () => {
    fc.assert(
      fc.property(fc.option(values), (value) => {
        const stored = encodeValue(kind, value)
        expect(decodeValue(kind, stored === false ? null : stored)).toBe(value)
      }),
    )
  })

  test('sorts by bytes as values do, null first', () => {
    fc.assert(
      fc.property(fc.option(values), fc.option(values), (left, right) => {
        const member = (value: Scalar): string => components([encodeValue(kind, value)])
        expect(byBytes(member(left), member(right))).toBe(Math.sign(compareScalars(left, right)))
      }),
    )
  })
})

test('what others wrote is handed on as it is', () => {
  for (const kind of ['integer', 'float', 'boolean'] as const)
    for (const foreign of ['', '7', 'x', '109007199254740992', '19999999999999999', 'fff0000000000000'])
      expect(decodeValue(kind, foreign)).toBe(foreign)
})

test('no two lists of values run into each other', () => {
  const list = fc.array(
    fc.option(text).map((value): StoredText => value ?? false),
    { maxLength: 4 },
  )
  fc.assert(
    fc.property(list, list, (left, right) => {
      expect(components(left) === components(right)).toBe(JSON.stringify(left) === JSON.stringify(right))
    }),
  )
  expect(rowKey('a', 'b')).not.toBe(rowKey('ab', ''))
})
