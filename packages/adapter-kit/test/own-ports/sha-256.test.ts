import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256 } from '../../src/own-ports/sha-256.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the examples of FIPS 180-4', () => {
  const of = (text: string): string => hex(sha256(new TextEncoder().encode(text)))
  expect(of('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(of('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('every length around the edges of blocks, and any bytes, give what Node gives', () => {
  const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  for (let length = 0; length <= 260; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 131 + length) & 0xff)
    expect(hex(sha256(bytes))).toBe(expected(bytes))
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => hex(sha256(bytes)) === expected(bytes)))
  const long = new Uint8Array(3_000_001).fill(0xa5)
  expect(hex(sha256(long))).toBe(expected(long))
})
