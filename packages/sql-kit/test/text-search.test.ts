import { compareText } from '@portolan/adapter-kit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldAscii, lettersToFold, upperBoundOf } from '../src/index.ts'

describe('the range of a prefix', () => {
  test.each([
    ['a', 'b'],
    ['ab', 'ac'],
    ['\ud7ff', '\ue000'],
    ['\uffff', '\u{10000}'],
    ['😀', '😁'],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', null],
    ['', null],
  ])('%j ends before %j', (prefix, above) => expect(upperBoundOf(prefix)).toBe(above))

  test('holds exactly the texts that begin with it', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 4 })
    fc.assert(
      fc.property(texts, texts, (prefix, text) => {
        const above = upperBoundOf(prefix)
        const inRange = compareText(text, prefix) >= 0 && (above === null || compareText(text, above) < 0)
        expect(inRange).toBe(text.startsWith(prefix))
        expect(upperBoundOf(prefix) === null || compareText(prefix + text, above ?? '') < 0).toBe(true)
      }),
    )
  })
})

test('only the letters A-Z of what is searched for are folded', () => {
  expect(lettersToFold('Smith, s. 9')).toEqual(['S', 'M', 'I', 'T', 'H'])
  expect(lettersToFold('äÖ\u212a')).toEqual([])
  expect(foldAscii('AbZ ÄK\u212a')).toBe('abz Äk\u212a')
})
