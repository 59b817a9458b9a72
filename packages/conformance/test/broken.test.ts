import { describe, expect, test } from 'vitest'
import { brokenDrivers } from '../src/broken.ts'
import { standardCases } from '../src/cases/index.ts'
import { clauseOf, clauses } from '../src/clauses.ts'
import { createRun } from '../src/run.ts'
import { testThatClausesBreak, waiting } from './breaks-its-clause.ts'
import memory from './targets/memory.ts'

testThatClausesBreak(({ breaks }) => !waiting.includes(breaks))

describe('the broken drivers', () => {
  test('are called by names of their own, and each wraps a driver or a storage', () => {
    expect(new Set(brokenDrivers.map(({ name }) => name)).size).toBe(brokenDrivers.length)
    for (const { driver, storage, cases, breaks, name } of brokenDrivers) {
      expect(driver ?? storage, name).toBeTypeOf('function')
      expect(cases.length, name).toBeGreaterThan(0)
      for (const id of cases) expect(id.startsWith(`${breaks}.`), `${name}: ${id}`).toBe(true)
    }
  })

  test('name clauses and cases that exist', () => {
    for (const { breaks, cases, alsoBreaks, name } of brokenDrivers)
      for (const id of [breaks, ...cases, ...alsoBreaks])
        expect(clauseOf(id) ?? standardCases.find((one) => one.id === id), `${name}: ${id}`).toBeTruthy()
  })

  test('there is one for every clause that runs on memory', async () => {
    const run = createRun(memory, { cases: standardCases })
    await run.prepare()
    const capabilities = run.report().capabilities ?? expect.fail('memory could not be opened')
    const running = standardCases.filter((one) => (one.skip?.(capabilities, memory.offers) ?? null) === null)
    const tried = new Set(brokenDrivers.map(({ breaks }) => breaks))
    const ids = clauses.map(({ id }) => id).filter((id) => running.some(({ clause }) => clause === id))
    expect(ids.filter((id) => !tried.has(id))).toEqual([])
  })
})
