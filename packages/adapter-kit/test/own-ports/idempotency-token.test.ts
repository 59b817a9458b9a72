import { expect, test } from 'vitest'
import { makeToken, readToken } from '../../src/own-ports/idempotency-token.ts'
import { keyHash } from '../../src/own-ports/key-hash.ts'
import { longestPeriod } from '../../src/own-ports/periods.ts'

const read = (token: unknown) => readToken('portolan_idempotency_record', token)

test.each([null, 1, 86_400_000, longestPeriod])(
  'a token tells its record and how long to keep the result: %s',
  (keepMs) => {
    const id = keyHash('pay', 'order 1')
    expect(read(makeToken(id, keepMs))).toEqual({ id, keepMs })
  },
)

test('no two tokens are the same', () => {
  const id = keyHash('pay', 'order 1')
  expect(new Set(Array.from({ length: 1_000 }, () => makeToken(id, null))).size).toBe(1_000)
})

test('text of another form is no token', () => {
  const token = makeToken(keyHash('pay', 'order 1'), 1_000)
  const damaged = [
    '',
    'token',
    token.slice(1),
    `${token} `,
    `${token}\n`,
    token.toUpperCase(),
    token.replace('.', ''),
    `${token}0000000000000`,
    `${token}\0`,
    token.replace(/\d+$/, '-1'),
    token.replace(/\d+$/, '1e9'),
  ]
  for (const text of damaged) expect(read(text)).toBeNull()
})

test('a token that is no text is refused', () => {
  expect(() => read(undefined)).toThrowError(expect.objectContaining({ code: 'invalid-value' }))
})
