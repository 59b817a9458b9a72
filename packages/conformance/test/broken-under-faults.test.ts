import { describe, expect, test } from 'vitest'
import { brokenDrivers, brokenUnderFaults } from '../src/broken.ts'
import { standardCases } from '../src/cases/index.ts'
import { clauseOf } from '../src/clauses.ts'
import { createRun } from '../src/run.ts'
import { testThatClausesBreak } from './breaks-its-clause.ts'
import networked from './targets/networked.ts'

testThatClausesBreak(({ breaks }) => breaks !== 'E2', networked, brokenUnderFaults)

describe('the drivers that break under faults', () => {
  test('are called by names of their own, and name clauses and cases that exist', () => {
    const all = [...brokenDrivers, ...brokenUnderFaults].map(({ name }) => name)
    expect(new Set(all).size).toBe(all.length)
    for (const { breaks, cases, alsoBreaks, name } of brokenUnderFaults)
      for (const id of [breaks, ...cases, ...alsoBreaks])
        expect(clauseOf(id) ?? standardCases.find((one) => one.id === id), `${name}: ${id}`).toBeTruthy()
  })

  test('there is one for every case that needs a network', async () => {
    const run = createRun(networked, { cases: standardCases })
    await run.prepare()
    const capabilities = run.report().capabilities ?? expect.fail('the target could not be opened')
    const { proxy: _, restart: __, ...offers } = networked.offers
    const needing = standardCases.filter(
      ({ skip }) => skip?.(capabilities, offers) && skip(capabilities, networked.offers) === null,
    )
    expect(needing.length).toBeGreaterThan(10)
    const tried = brokenUnderFaults.flatMap(({ cases }) => cases)
    expect(needing.map(({ id }) => id).filter((id) => !tried.includes(id))).toEqual([])
  })
})
