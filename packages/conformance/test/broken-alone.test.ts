import { expect, test } from 'vitest'
import { brokenDrivers } from '../src/broken.ts'
import { standardCases } from '../src/cases/index.ts'
import { createRun } from '../src/run.ts'
import memory from './targets/memory.ts'

/** Few rounds: what a broken driver leaves whole must hold on every run. */
const quick = { ...memory, racing: { racers: 16, rounds: 2 } }

/** They take as long as all the others together; with PORTOLAN_THOROUGH=1 they run as well. */
const slow = [
  'B1.all-or-none',
  'B1.thousands',
  'K1.many-keys',
  'T3.ten-thousand-rows',
  'T4.hundred-runs',
  'T4.one-deadline-for-all-runs',
  'T4.one-deadline-with-waits',
]
const left = process.env.PORTOLAN_THOROUGH === '1' ? [] : slow

test.each(brokenDrivers.map((broken) => [broken.name, broken] as const))(
  '%s breaks nothing but what it says',
  { timeout: 120_000 },
  async (_, { breaks, alsoBreaks, driver: wrapDriver, storage: wrapStorage }) => {
    const elsewhere = [breaks, ...alsoBreaks, ...left]
    const cases = standardCases.filter(({ id, clause }) => !elsewhere.includes(id) && !elsewhere.includes(clause))
    const run = createRun(quick, { wrapDriver, wrapStorage, caseTimeoutMs: 10_000, cases })
    for (const one of cases) await run.runCase(one)
    const failed = run.report().cases.filter(({ status }) => status === 'failed')
    expect(failed.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
  },
)

test('the slow cases are cases', () => {
  expect(slow.filter((id) => !standardCases.some((one) => one.id === id))).toEqual([])
})
