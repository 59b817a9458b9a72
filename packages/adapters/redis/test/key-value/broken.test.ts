import { createRun, standardCases } from '@portolan/conformance'
import { brokenDrivers } from '@portolan/conformance/broken'
import { describe, expect, test } from 'vitest'
import target from '../targets/redis.ts'

/** In CI, and a few on the fast path. */
const runs = process.env.REQUIRE_ALL === '1' ? 20 : 3

const ofKeyValue = brokenDrivers.filter(({ breaks, name }) => /^K/.test(breaks) || name === 'key-value-escapes')

/** Rows are what most broken drivers change: here are those that must bite where entries are none. */
describe.each(ofKeyValue.map((broken) => [`${broken.breaks} ${broken.name}`, broken] as const))('%s', (_, broken) => {
  test.each(broken.cases)(`fails %s on every one of ${runs} runs`, { timeout: 120_000 }, async (id) => {
    const cases = standardCases.filter((one) => one.id === id)
    expect(cases).toHaveLength(1)
    const { driver: wrapDriver, storage: wrapStorage } = broken
    const run = createRun(target, { wrapDriver, wrapStorage, cases })
    for (const one of cases)
      for (let count = 0; count < runs; count++) expect(await run.runCase(one)).toMatchObject({ id, status: 'failed' })
  })
})
