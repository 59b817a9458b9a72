import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claimable, states } from '../../src/own-ports/message-states.ts'
import { matches } from '../../src/queries/row-test.ts'

const start = Date.parse('2026-03-01T12:00:00.000Z')
const at = (milliseconds: number): string => new Date(start + milliseconds).toISOString()
const moment = fc.integer({ min: -2, max: 2 }).map(at)

const message = fc.record({
  state: fc.constantFrom('pending', 'delivered', 'dead'),
  availableAt: moment,
  leasedUntil: fc.option(moment),
  attemptsLeft: fc.integer({ min: 0, max: 2 }),
})

test('each message is in exactly one state, whatever its columns say', () => {
  fc.assert(
    fc.property(message, (row) => {
      const held = Object.entries(states).filter(([, predicate]) => matches(predicate, row, at))
      expect(held).toHaveLength(1)
    }),
    { numRuns: 1_000 },
  )
})

test('what can be claimed is due, and what is due can be claimed once its time has come', () => {
  fc.assert(
    fc.property(message, (row) => {
      const due = matches(states.due, row, at)
      expect(matches(claimable, row, at)).toBe(due && row.availableAt <= at(0))
    }),
    { numRuns: 1_000 },
  )
})

test('a lease ends at its last moment, and takes the message with it when no attempt is left', () => {
  const leased = { state: 'pending', availableAt: at(-5), leasedUntil: at(0), attemptsLeft: 0 }
  const before = (plus: number): string => at(plus - 1)
  expect(matches(states.leased, leased, before)).toBe(true)
  expect(matches(states.dead, leased, before)).toBe(false)
  expect(matches(states.leased, leased, at)).toBe(false)
  expect(matches(states.dead, leased, at)).toBe(true)
})
