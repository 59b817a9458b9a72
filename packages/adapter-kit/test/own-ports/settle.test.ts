import { expect, test } from 'vitest'
import { checkLeases, split, stillHeld, without } from '../../src/own-ports/settle.ts'

const leases = (text: string) =>
  text.split(' ').map((pair) => ({ id: pair.split('/')[0] ?? '', token: pair.split('/')[1] ?? '' }))

test('leases of one claim are one condition, whatever their number', () => {
  const { byToken } = checkLeases(leases('a/t b/t c/u d/t'))
  expect([...byToken].map(([token, ids]) => [token, [...ids]])).toEqual([
    ['t', ['a', 'b', 'd']],
    ['u', ['c']],
  ])
  expect(JSON.stringify(stillHeld(byToken))).toContain(JSON.stringify(['a', 'b', 'd']))
})

test('each id is told once, in the order given', () => {
  const { ids } = checkLeases(leases('c/t a/t b/t a/t a/u'))
  expect(split(ids, new Set(['a']))).toEqual({ succeeded: ['a'], leaseLost: ['c', 'b'] })
  expect(split(ids, new Set())).toEqual({ succeeded: [], leaseLost: ['c', 'a', 'b'] })
})

test('text that no message can have is lost, and reaches no statement', () => {
  const { ids, byToken } = checkLeases([
    { id: 'a\0', token: 't' },
    { id: '', token: 't' },
    { id: 'b', token: '\ud800' },
    { id: 'x'.repeat(600), token: 't' },
  ])
  expect(byToken.size).toBe(0)
  expect(split(ids, new Set()).leaseLost).toHaveLength(4)
})

test('what was settled leaves the rest', () => {
  const { byToken } = checkLeases(leases('a/t b/t c/u'))
  expect([...without(byToken, new Set(['a', 'c']))]).toEqual([['t', new Set(['b'])]])
})

test.each([undefined, null, 'a', {}, [null], ['a'], [{ id: 'a' }], [{ id: 1, token: 't' }]])(
  '%j are no leases',
  (given) => {
    expect(() => checkLeases(given)).toThrowError(expect.objectContaining({ code: 'invalid-value' }))
  },
)
