import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinParts, keyHash } from '../../src/own-ports/key-hash.ts'

const tricky = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('1', '2', '0', ':', 'a', '', '😀') }),
)

test('different parts never join to one text', () => {
  fc.assert(
    fc.property(fc.array(tricky), fc.array(tricky), (left, right) => {
      const equal = JSON.stringify(left) === JSON.stringify(right)
      expect(joinParts(left) === joinParts(right)).toBe(equal)
    }),
    { numRuns: 2_000 },
  )
})

test('moving characters from one part to the next changes the text', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (text, first, second) => {
      const cut = (at: number): string =>
        joinParts([text.slice(0, at % (text.length + 1)), text.slice(at % (text.length + 1))])
      const same = first % (text.length + 1) === second % (text.length + 1)
      expect(cut(first) === cut(second)).toBe(same)
    }),
  )
})

test('parts that a plain delimiter would run together have different hashes', () => {
  const hashes = [
    keyHash('a', 'b:c', 'd'),
    keyHash('a:b', 'c', 'd'),
    keyHash('a', 'b', 'c:d'),
    keyHash('a:b:c:d'),
    keyHash('', 'a:b:c:d'),
    keyHash('1:a', ''),
    keyHash('', '1:a'),
  ]
  expect(new Set(hashes).size).toBe(hashes.length)
})

test('a hash is SHA-256 as 43 characters of base64url, whatever the length of the parts', () => {
  // Of the text '2:ab', computed elsewhere: ids in existing databases depend on it.
  expect(keyHash('ab')).toBe('0asaf79alVLy0ByVbTCFWzTtczV1HTY71tRaAXd8CBE')
  for (const parts of [[''], ['x'.repeat(1_000_000)], ['ключ', '鍵', '🔑']]) {
    expect(keyHash(...parts)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  }
})
