import { expect, test } from 'vitest'
import type { ServerRow } from '../server-report.js'
import { missingRows, serverProblems, serverRow } from '../server-report.js'
import type { SuiteResult } from '../suites.js'
import { failedCases, serverTable, slowestCases, suiteTable, total } from '../summary.js'

const suite = (label: string, given: Partial<SuiteResult>): SuiteResult => ({
  label,
  passed: 0,
  failed: 0,
  skipped: 0,
  cases: [],
  failures: [],
  problems: [],
  durationMs: 0,
  ...given,
})

const row: ServerRow = {
  target: 'memory',
  server: 'in process',
  client: 'none',
  status: 'passed',
  counts: { passed: 300, failed: 0, notApplicable: 4 },
  durationMs: 1500,
}
const notRun: ServerRow = { ...row, target: 'mysql', status: 'not-run', counts: {}, reason: 'no server found' }

test('the closing line adds up the suites and every other problem', () => {
  const suites = [suite('a', { passed: 3, failed: 1 }), suite('b', { passed: 4 })]
  expect(total(suites, []).line).toBe('7 passed, 1 failed')
  expect(total(suites, ['Types failed'])).toEqual({ passed: 7, failed: 2, line: '7 passed, 2 failed' })
})

test('the tables show what ran, what did not, and what took long', () => {
  expect(serverTable([row, notRun])).toMatch(
    /memory .*passed +1\.5 s +300 passed, 0 failed, 4 not applicable\nmysql .*NOT RUN .*no server found/,
  )
  expect(suiteTable([suite('a', { passed: 3, durationMs: 61_000 })])).toMatch(/a +3 +0 +0 +1 min 1 s/)
  const cases = [10, 30, 20].map((durationMs) => ({ name: `case of ${durationMs}`, durationMs }))
  expect(
    slowestCases([suite('a', { cases })], 2)
      .split('\n')
      .slice(2),
  ).toEqual(['30 ms  a      case of 30', '20 ms  a      case of 20'])
})

test('each failed case is told with its suite and the beginning of what it said', () => {
  const failures = [{ name: 'a case', message: 'one\ntwo\nthree' }]
  expect(failedCases([suite('a', {}), suite('b', { failures })], 2)).toEqual([
    'b: a case\n    one\n    two\n    (… 1 more)',
  ])
})

test.each([
  ['cannot be read', '{', true, 'the report cannot be read'],
  ['has an unknown status', JSON.stringify({ ...row, status: 'fine' }), true, 'the report cannot be read'],
  ['is of an earlier run', JSON.stringify(row), false, 'the report is of an earlier run'],
  ['passed nothing', JSON.stringify({ ...row, counts: {} }), true, 'the report names no passed case'],
])('a conformance report that %s has failed', (_, text, fresh, reason) => {
  const read = serverRow('memory', text, fresh)
  expect(read).toMatchObject({ target: 'memory', status: 'failed', reason })
  expect(serverProblems([read], false)).toHaveLength(1)
})

test('a server that could not be had fails the run only where all are asked for', () => {
  expect(serverProblems([row, notRun], false)).toEqual([])
  expect(serverProblems([row, notRun], true)).toEqual([
    'mysql: NOT RUN, and REQUIRE_ALL=1 asks for all (no server found)',
  ])
})

test('a target with a server must offer its faults where all is asked for', () => {
  const networked = { ...row, target: 'mysql', embedded: false, offers: ['proxy'] }
  expect(serverProblems([networked], false)).toEqual([])
  expect(serverProblems([networked], true)).toEqual([
    'mysql: has a server, and does not offer restart, so its outages were not shown',
  ])
  expect(serverProblems([{ ...networked, offers: ['proxy', 'restart'] }], true)).toEqual([])
  expect(serverProblems([{ ...networked, embedded: true, offers: [] }], true)).toEqual([])
})

test('a target that vanished has failed', () => {
  const [missing, ...more] = missingRows([row], ['memory', 'mysql'])
  expect(missing).toMatchObject({ target: 'mysql', status: 'failed', reason: 'no report was written' })
  expect(more).toEqual([])
})
