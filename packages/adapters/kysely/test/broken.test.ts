import { createRun, standardCases } from '@portolan/conformance'
import { brokenBeyondMemory } from '@portolan/conformance/broken'
import { describe, expect, test } from 'vitest'
import target from './targets/kysely-sqlite-file.ts'

/** In CI, and a few on the fast path. */
const runs = process.env.REQUIRE_ALL === '1' ? 20 : 3

/** Memory has no join and nothing that could be missing, so the drivers that break these promises are tried here. */
describe.each(brokenBeyondMemory.map((broken) => [`${broken.breaks} ${broken.name}`, broken] as const))(
  '%s',
  (_, broken) => {
    test.each(broken.cases)(`fails %s on every one of ${runs} runs`, { timeout: 120_000 }, async (id) => {
      const cases = standardCases.filter((one) => one.id === id)
      expect(cases).toHaveLength(1)
      const { driver: wrapDriver, storage: wrapStorage } = broken
      const run = createRun(target, { wrapDriver, wrapStorage, cases })
      for (const one of cases)
        for (let count = 0; count < runs; count++)
          expect(await run.runCase(one)).toMatchObject({ id, status: 'failed' })
    })
  },
)
