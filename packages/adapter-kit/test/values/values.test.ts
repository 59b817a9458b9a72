import { isStorageError } from '@portolan/ports'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeValue } from '../../src/values/field-value.ts'
import { isInstant, toInstant } from '../../src/values/instant.ts'
import { maximumJsonDepth, toJsonText } from '../../src/values/json.ts'
import { isKey } from '../../src/values/text.ts'
import { uuidVersion7 } from '../../src/values/uuid.ts'

const refusal = (run: () => unknown): string | null => {
  try {
    run()
    return null
  } catch (error) {
    return isStorageError(error, 'invalid-value') ? error.message : `another error: ${error}`
  }
}

describe('instants', () => {
  test('are text of fixed width, so that text order is time order', () => {
    expect(toInstant(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    expect(toInstant({ epochMilliseconds: 1 })).toBe('1970-01-01T00:00:00.001Z')
    const time = fc.integer({
      min: Date.parse('0001-01-01T00:00:00.000Z'),
      max: Date.parse('9999-12-31T23:59:59.999Z'),
    })
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [left, right] = [toInstant(new Date(a)) ?? '', toInstant(new Date(b)) ?? '']
        expect(left < right).toBe(a < b)
      }),
    )
  })

  test.each([
    '2026-01-31T09:00:00Z',
    '2026-01-31T09:00:00.0000Z',
    '2026-01-31T09:00:00.000+01:00',
    '2026-02-30T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '+010000-01-01T00:00:00.000Z',
    '2026-01-31',
    '',
  ])('%s is none', (text) => expect(isInstant(text)).toBe(false))

  test.each([new Date(Number.NaN), new Date(8.64e15), { epochMilliseconds: 0.5 }, {}, null, 12])(
    '%s is none either',
    (input) => expect(toInstant(input)).toBe(null),
  )
})

describe('json', () => {
  test('is deeply equal after a round trip, __proto__ and $ keys included', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        expect(JSON.parse(toJsonText('thing', 'data', value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
    const hostile = JSON.parse('{"__proto__":{"a":1},"$set":{"a.b":"$field"}}')
    expect(Object.hasOwn(JSON.parse(toJsonText('thing', 'data', hostile)), '__proto__')).toBe(true)
  })

  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  test.each<[string, unknown]>([
    ['undefined', { a: undefined }],
    ['a hole', new Array(2)],
    ['a function', { a: () => 1 }],
    ['a cycle', cycle],
    ['a Date', { a: new Date() }],
    ['a Map', new Map()],
    ['a bigint', 1n],
    ['NaN', [Number.NaN]],
    ['NUL', ['a\0']],
    ['a lone surrogate in a key', { '\ud800': 1 }],
    ['a symbol key', { [Symbol('s')]: 1 }],
  ])('%s is refused, naming entity and field', (_, value) => {
    expect(refusal(() => toJsonText('thing', 'data', value))).toMatch(/^thing\.data/)
  })

  test('64 levels fit, 65 do not', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
    expect(toJsonText('thing', 'data', nested(maximumJsonDepth))).toContain('[1]')
    expect(refusal(() => toJsonText('thing', 'data', nested(maximumJsonDepth + 1)))).toMatch(/nested deeper than 64/)
  })
})

describe('numbers and keys', () => {
  const field = (kind: 'integer' | 'float') => ({ kind, nullable: false, values: null })
  test('-0 becomes 0', () => {
    expect(Object.is(encodeValue('thing', 'n', field('integer'), -0), 0)).toBe(true)
    expect(Object.is(encodeValue('thing', 'n', field('float'), -0), 0)).toBe(true)
  })
  test.each([2 ** 53, 0.5, Number.NaN, '1', 1n, null])('%s is no integer', (value) => {
    expect(refusal(() => encodeValue('thing', 'n', field('integer'), value))).toMatch(/^thing\.n/)
  })
  test('keys have 512 bytes of UTF-8 at most', () => {
    expect(isKey('é'.repeat(256))).toBe(true)
    expect(isKey('é'.repeat(257))).toBe(false)
    expect([isKey(''), isKey('a\0'), isKey('\udc00'), isKey(1)]).toEqual([false, false, false, false])
  })
})

describe('ids', () => {
  test('are UUIDs of version 7, ascending within one process, 20,000 in a row', () => {
    const ids = Array.from({ length: 20_000 }, uuidVersion7)
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
