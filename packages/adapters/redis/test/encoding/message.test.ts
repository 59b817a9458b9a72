import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeTexts, encodeMessage } from '../../src/encoding/message.ts'

test('texts come back, whatever their number and length', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(fc.array(fc.option(text)), (texts) => {
      expect(decodeTexts(encodeMessage(texts.map((one) => one ?? false)))).toEqual(texts)
    }),
  )
  const long = ['x'.repeat(31), 'x'.repeat(32), 'é'.repeat(200), 'x'.repeat(70_000)]
  expect(decodeTexts(encodeMessage(Array.from({ length: 100 }, () => long).flat()))).toHaveLength(400)
})

test('bytes that are no row throw', () => {
  for (const bytes of [[], [0x80], [0x91], [0x92, 0xa1], [0x91, 0xa5, 0x61], [0x91, 0x07]])
    expect(() => decodeTexts(Buffer.from(bytes))).toThrow(RangeError)
})
