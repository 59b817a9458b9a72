import { expect, test } from 'vitest'
import { type BrokenDriver, brokenDrivers } from '../src/broken.ts'
import type { Case } from '../src/case.ts'
import { standardCases } from '../src/cases/index.ts'
import type { CaseResult } from '../src/result.ts'
import { createRun } from '../src/run.ts'
import type { Target } from '../src/target.ts'
import { leftOut, share } from './slow-cases.ts'
import memory from './targets/memory.ts'

/** A value that was shown breaks E5, whichever case met it. */
const brokenClause = ({ clause, reason }: CaseResult): string => (reason?.startsWith('Error: E5:') ? 'E5' : clause)

/**
 * One run each of the cases that a broken driver does not say it breaks: of a third of them, another third for the next driver; of
 * a sixth of that on the fast path, and of all of them with PORTOLAN_THOROUGH=1, which takes several minutes. The drivers are dealt
 * out to test files that run side by side.
 */
export function testThatNothingElseBreaks(
  file: number,
  files: number,
  {
    target = memory,
    among = brokenDrivers,
    cases: all = standardCases,
  }: {
    readonly target?: Target
    readonly among?: readonly BrokenDriver[]
    readonly cases?: readonly Case[]
  } = {},
): void {
  // Few rounds: what a broken driver leaves whole must hold on every run.
  const quick = { ...target, racing: { racers: 16, rounds: 2 } }
  const drivers = among.map((broken, index) => [broken.name, broken, index] as const)
  test.each(drivers.filter(([, , index]) => index % files === file))(
    '%s breaks nothing but what it says',
    { timeout: 120_000 },
    async (_, { breaks, alsoBreaks, driver: wrapDriver, storage: wrapStorage }, index) => {
      const elsewhere = [breaks, ...alsoBreaks]
      const tried = all.filter(({ id, clause }) => !elsewhere.includes(id) && !elsewhere.includes(clause))
      const quickOnes = tried.filter(({ id }) => !leftOut.includes(id))
      const cases = quickOnes.filter((_, position) => (position + index) % share === 0)
      const run = createRun(quick, { wrapDriver, wrapStorage, caseTimeoutMs: 10_000, cases })
      for (const one of cases) await run.runCase(one)
      const failed = run
        .report()
        .cases.filter((one) => one.status === 'failed' && !elsewhere.includes(brokenClause(one)))
      expect(failed.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
    },
  )
}
