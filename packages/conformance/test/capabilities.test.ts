import type { Capabilities } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import type { AnyDriver } from '../src/broken-driver.ts'
import { standardCases } from '../src/cases/index.ts'
import { driverWith } from '../src/driver-with.ts'
import { runConformance } from '../src/run.ts'
import type { Target } from '../src/target.ts'
import { leftOut } from './slow-cases.ts'
import memory from './targets/memory.ts'

/** Memory, declaring less than it can do. */
function lesser(less: Partial<Capabilities>): Target {
  const declare = (driver: AnyDriver) => driverWith(driver, { capabilities: { ...driver.capabilities, ...less } })
  return {
    ...memory,
    racing: { racers: 16, rounds: 2 },
    open: (place, { wrapDriver, ...options }) =>
      memory.open(place, {
        ...options,
        wrapDriver: (driver) => (wrapDriver ? wrapDriver(declare(driver)) : declare(driver)),
      }),
  }
}

describe('an adapter that declares less', () => {
  test.each<[string, Partial<Capabilities>]>([
    ['no overlap rules', { overlap: false }],
    ['no claim', { claim: false }],
    ['no snapshot', { snapshot: false, guardsInSnapshot: false }],
    ['no guards in snapshots', { guardsInSnapshot: false }],
    ['no transactions', { transactions: false, snapshot: false, guardsInSnapshot: false }],
    ['bounds', { maxRowBytes: 1_000_000, maxTransactionRows: 450, maxTransactionBytes: 4_000_000 }],
  ])('%s: is asked for nothing else, and must refuse that', { timeout: 120_000 }, async (_, less) => {
    const cases = standardCases.filter(({ id }) => !leftOut.includes(id) || 'maxTransactionRows' in less)
    const report = await runConformance(lesser(less), { caseTimeoutMs: 30_000, cases })
    const failed = report.cases.filter(({ status }) => status === 'failed')
    expect(failed.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
    expect(report.capabilities).toMatchObject(less)
  })
})
