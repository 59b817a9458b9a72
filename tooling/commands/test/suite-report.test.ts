import { expect, test } from 'vitest'
import { readSuiteReport } from '../suite-report.js'

const startedAt = 1_000
const run = { startedAt, exit: 0 }

function report(cases: [name: string, status: string][], { startTime = startedAt, success = true } = {}) {
  const assertionResults = cases.map(([fullName, status]) => ({ fullName, status, duration: 5 }))
  return JSON.stringify({
    startTime,
    success,
    testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults }],
  })
}

test('counts what the report names', () => {
  const text = report([
    ['one', 'passed'],
    ['two', 'passed'],
    ['three', 'skipped'],
    ['four', 'todo'],
  ])
  expect(readSuiteReport(text, run)).toMatchObject({ passed: 2, failed: 0, skipped: 2, problems: [] })
})

test('a failed case is one failure, and needs no second one for the exit code', () => {
  const text = report(
    [
      ['one', 'passed'],
      ['two', 'failed'],
    ],
    { success: false },
  )
  expect(readSuiteReport(text, { startedAt, exit: 1 })).toMatchObject({ passed: 1, failed: 1, problems: [] })
})

test('a failed case keeps what it said', () => {
  const failed = { fullName: 'one', status: 'failed', failureMessages: ['expected 1', 'expected 2'] }
  const testResults = [{ name: 'a.test.ts', status: 'failed', assertionResults: [failed] }]
  const text = JSON.stringify({ startTime: startedAt, success: false, testResults })
  expect(readSuiteReport(text, { startedAt, exit: 1 }).failures).toEqual([
    { name: 'one', message: 'expected 1\nexpected 2' },
  ])
})

test.each([
  ['missing', undefined, 'wrote no report (exit: 0)'],
  ['not JSON', '{"startTime":', 'wrote a report that cannot be read'],
  ['an empty file', '', 'wrote a report that cannot be read'],
  ['JSON of another kind', '[]', 'wrote a report that cannot be read'],
  ['without results', '{"startTime":1000,"success":true}', 'wrote a report that cannot be read'],
  ['older than the run', report([['one', 'passed']], { startTime: startedAt - 1 }), 'left a report of an earlier run'],
  ['empty', JSON.stringify({ startTime: startedAt, success: true, testResults: [] }), 'ran no case'],
  ['nothing but skipped cases', report([['one', 'skipped']]), 'ran no case'],
])('a report that is %s has failed', (_, text, problem) => {
  expect(readSuiteReport(text, run)).toMatchObject({ passed: 0, failed: 1, problems: [problem] })
})

test('a file that did not load is a failure beside the passed cases of other files', () => {
  const passed = { name: 'a.test.ts', status: 'passed', assertionResults: [{ fullName: 'one', status: 'passed' }] }
  const unloaded = { name: 'b.test.ts', status: 'failed', message: 'No such module\nat b', assertionResults: [] }
  const text = JSON.stringify({ startTime: startedAt, success: false, testResults: [passed, unloaded] })
  expect(readSuiteReport(text, { startedAt, exit: 1 })).toMatchObject({
    passed: 1,
    failed: 1,
    problems: ['b.test.ts: No such module'],
  })
})

test.each([
  ['a bad exit', 1, true, 'exit: 1, though no case failed'],
  ['a time-out', 'timed out' as const, true, 'exit: timed out, though no case failed'],
  ['a report that denies success', 0, false, 'says itself that it failed, though no case did'],
])('%s is a failure when every case passed', (_, exit, success, problem) => {
  const text = report([['one', 'passed']], { success })
  expect(readSuiteReport(text, { startedAt, exit })).toMatchObject({ passed: 1, failed: 1, problems: [problem] })
})
