import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inTwoRows, type SuiteResult, type SuiteRun } from '../suites.js'

const runOf = (name: string): SuiteRun => ({
  suite: { name, folder: name, script: 'vitest run' },
  label: name,
  nodeProgram: 'node',
  reports: 'reports',
  env: {},
})

const resultOf = (label: string): SuiteResult => ({
  label,
  durationMs: 1,
  passed: 1,
  failed: 0,
  skipped: 0,
  cases: [],
  failures: [],
  problems: [],
})

test('small suites run beside the others, one of each at a time, and results are in the order of the runs', async () => {
  const names = ['kysely', 'ports', 'redis', 'memory', 'roomkit']
  const under = new Set<string>()
  const seen: string[] = []
  const results = await inTwoRows(names.map(runOf), async ({ label, beside }) => {
    under.add(label)
    await wait(20)
    seen.push(`${[...under].sort().join('+')} ${beside ? 'beside' : ''}`.trim())
    expect([...under].filter((name) => ['ports', 'memory'].includes(name)).length).toBeLessThan(2)
    await wait(beside ? 5 : 20)
    under.delete(label)
    return resultOf(label)
  })
  expect(results.map(({ label }) => label)).toEqual(names)
  expect(seen).toContain('kysely+ports beside')
  expect(seen).toContain('roomkit')
})

test('a suite that cannot be run at all ends both rows', async () => {
  const failing = inTwoRows(['kysely', 'ports'].map(runOf), async ({ label }) => {
    if (label === 'ports') throw new Error('no such program')
    return resultOf(label)
  })
  await expect(failing).rejects.toThrow('no such program')
})
