import { expect, test } from 'vitest'
import { serverClock } from '../src/server-clock.ts'

/** Answers of a server whose clock is so far ahead; each takes 10 ms there and 30 ms back. */
function answersOf(ahead: () => number) {
  let moment = 0
  const clock = serverClock(() => moment)
  return {
    clock,
    answer(there = 10, back = 30) {
      const askedAt = moment
      const now = askedAt + there + ahead()
      moment += there + back
      clock.learn(now, askedAt)
      return Number(clock.at(0)) - ahead()
    },
  }
}

test('nothing is said of a clock that nobody has told of', () => {
  expect(serverClock().at(0)).toBe(false)
})

test('a first answer makes it look behind by the way back at most, and a quicker one comes closer', () => {
  const { answer } = answersOf(() => 5_000)
  expect(answer()).toBe(-30)
  expect(answer(10, 3)).toBe(-3)
  expect(answer(400, 400)).toBe(-3)
})

test('a clock that runs faster, slower, or is set is followed to within the time that an answer takes', () => {
  let ahead = 5_000
  const { answer } = answersOf(() => ahead)
  answer()
  for (const step of [1, -1, 60_000, -60_000])
    for (let turn = 0; turn < 100; turn++) {
      if (turn === 0 || Math.abs(step) === 1) ahead += step
      const error = answer()
      expect(error).toBeGreaterThanOrEqual(-30)
      expect(error).toBeLessThanOrEqual(10)
    }
})
