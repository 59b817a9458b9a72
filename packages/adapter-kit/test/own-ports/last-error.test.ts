import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keptError, maximumErrorLength } from '../../src/own-ports/last-error.ts'

const kept = (error: unknown): string => keptError('portolan_outbox_message', error)

test('an error of up to 2,000 characters is kept as it is', () => {
  for (const error of ['', 'ENOENT', 'x'.repeat(2_000), `${'😀'.repeat(1_000)}`]) expect(kept(error)).toBe(error)
})

test('a longer one is cut, and says so and how long it was', () => {
  const text = kept('x'.repeat(2_001))
  expect(text).toHaveLength(2_000)
  expect(text).toMatch(/x \.\.\. \(cut, 2001 characters in all\)$/)
})

test('whatever the text, what is kept is storable, of bounded length and begins like it', () => {
  const unit = fc.constantFrom('a', '😀', '\ud83d', '\ude00', '\0', 'é')
  fc.assert(
    fc.property(fc.string({ unit, minLength: 0, maxLength: 40 }), fc.nat(2_300), (some, times) => {
      const error = some.repeat(Math.ceil((times + 1) / (some.length + 1)))
      const text = kept(error)
      expect(text.length).toBeLessThanOrEqual(maximumErrorLength)
      expect(text.isWellFormed()).toBe(true)
      expect(text).not.toContain('\0')
      const same = error.length <= maximumErrorLength ? error.length : maximumErrorLength - 60
      const clean = (part: string): string => part.toWellFormed().replaceAll('\0', '\ufffd')
      const end = /[\ud800-\udbff]$/.test(error.slice(0, same)) ? same - 1 : same
      expect(text.slice(0, end)).toBe(clean(error.slice(0, end)))
    }),
    { numRuns: 500 },
  )
})

test('a surrogate pair is never split by the cut', () => {
  for (const shift of ['', 'x']) {
    const text = kept(shift + '😀'.repeat(2_000))
    expect(text.isWellFormed()).toBe(true)
    expect(text).not.toContain('\ufffd')
    expect(text.length).toBeGreaterThanOrEqual(maximumErrorLength - 1)
  }
})

test('an error that is no text is refused by type, without its value', () => {
  expect(() => kept(new Error('secret-value'))).toThrowError(
    expect.objectContaining({ code: 'invalid-value', message: expect.not.stringContaining('secret-value') }),
  )
})
