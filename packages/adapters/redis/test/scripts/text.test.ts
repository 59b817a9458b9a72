import { compareText } from '@portolan/adapter-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Message } from '../../src/encoding/message.ts'
import { text } from '../../src/scripts/text.ts'
import { openPlace, type Place } from '../place.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

const texts = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'B', 'b', 'a-b', 'aa', 'Ä', '\u212a', '\ufffd', '\u{1f600}', '\u{10ffff}'),
  fc.string({ unit: 'binary' }).filter((value) => !value.includes('\u0000')),
)

test.each([
  ['as the locale of this server has it', ''],
  ['where the locale of a server does not go by bytes', 'localeGoesByBytes = function() return false end'],
])('less goes by code point, %s', async (_, before) => {
  const pairs = fc.sample(fc.tuple(texts, texts), 2_000)
  const body = `${before} local s = {} for i, p in ipairs(call[3]) do s[i] = less(p[1], p[2]) and 1 or 0 end return s`
  const reply = await place.lua([text], body, [[false, false], [], pairs as readonly Message[]])
  expect(reply).toEqual(pairs.map(([left, right]) => (compareText(left, right) < 0 ? 1 : 0)))
})

test('a locale that goes by anything else is found out', async () => {
  const stones = ((await place.lua([text], 'return touchstones()')) as readonly Buffer[]).map(String)
  expect(stones).toEqual([...stones].sort(compareText))
  expect(new Set(stones).size).toBe(stones.length)
  for (const language of ['en', 'de', 'sv', 'tr', 'ru', 'ja', 'zh', 'ko', 'ar', 'th', 'vi'])
    for (const caseFirst of ['upper', 'lower', 'false'] as const) {
      const { compare } = new Intl.Collator(language, { caseFirst })
      expect(stones, language).not.toEqual([...stones].sort(compare))
    }
})
