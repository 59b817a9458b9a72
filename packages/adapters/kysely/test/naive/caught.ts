import { createRun, standardCases, type Target } from '@portolan/conformance'
import type { FindServer } from '@portolan-tooling/test-servers'
import { serverForTests } from '@portolan-tooling/test-servers/vitest'
import { describe, expect, test } from 'vitest'
import type { Naive } from './naive.ts'
import { naiveTarget } from './naive-target.ts'

/** In CI, and a few on the fast path. */
const runs = process.env.REQUIRE_ALL === '1' ? 20 : 3

/** On a real server and without a barrier or a sleep between what the code reads and what it writes: what races, races by itself. */
export function testThatTheyAreCaught(target: Target, version: FindServer, naive: readonly Naive[]): void {
  describe(`code by hand on ${target.name}`, () => {
    serverForTests(() => version())

    const pairs = naive.flatMap((one) => one.caught.map(({ id, says }) => [one.name, id, { one, says }] as const))
    test.each(pairs)(
      `%s fails %s on every one of ${runs} runs, which the sound driver passes`,
      { timeout: 120_000 },
      async (_, id, { one, says }) => {
        const cases = standardCases.filter((each) => each.id === id)
        expect(cases).toHaveLength(1)
        const sound = createRun(target, { cases })
        const byHand = createRun(naiveTarget(target, one), { cases })
        for (const each of cases) {
          expect(await sound.runCase(each)).toMatchObject({ id, status: 'passed', reason: null })
          for (let run = 1; run <= runs; run++) {
            const reason = expect.stringMatching(says)
            expect(await byHand.runCase(each), `run ${run}`).toMatchObject({ id, status: 'failed', reason })
          }
        }
      },
    )
  })
}
