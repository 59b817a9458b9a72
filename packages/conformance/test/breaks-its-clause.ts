import { describe, expect, test } from 'vitest'
import { type BrokenDriver, brokenDrivers } from '../src/broken.ts'
import { standardCases } from '../src/cases/index.ts'
import { createRun } from '../src/run.ts'
import type { Target } from '../src/target.ts'
import memory from './targets/memory.ts'

/** In CI, and a few on the fast path. */
const runs = process.env.REQUIRE_ALL === '1' ? 20 : 3

/** Clauses whose cases wait for locks and deadlines: in a file of their own, which runs beside the others. */
export const waiting: readonly string[] = ['G1', 'G3', 'T4']

export function testThatClausesBreak(
  chosen: (broken: BrokenDriver) => boolean,
  target: Target = memory,
  among: readonly BrokenDriver[] = brokenDrivers,
): void {
  const drivers = among.filter(chosen).map((broken) => [`${broken.breaks} ${broken.name}`, broken] as const)
  describe.each(drivers)('%s', (_, broken) => {
    test.each(broken.cases)(`fails %s on every one of ${runs} runs`, { timeout: 180_000 }, async (id) => {
      const cases = standardCases.filter((one) => one.id === id)
      expect(cases).toHaveLength(1)
      const { driver: wrapDriver, storage: wrapStorage } = broken
      const run = createRun(target, { wrapDriver, wrapStorage, caseTimeoutMs: 10_000, cases })
      for (const one of cases)
        for (let count = 0; count < runs; count++)
          expect(await run.runCase(one)).toMatchObject({ id, status: 'failed' })
    })
  })
}
