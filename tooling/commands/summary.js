import { duration, table } from './terminal.js'

/**
 * @typedef {import('./suites.js').SuiteResult} SuiteResult
 * @typedef {import('./server-report.js').ServerRow} ServerRow
 */

/** @param {readonly ServerRow[]} rows */
export function serverTable(rows) {
  const cells = rows.map(({ target, server, client, status, counts, durationMs, reason }) => [
    target,
    server,
    client,
    status === 'not-run' ? 'NOT RUN' : status,
    status === 'not-run' ? '' : duration(durationMs),
    [...Object.entries(counts).map(([name, count]) => `${count} ${words(name)}`), ...(reason ? [reason] : [])].join(
      ', ',
    ),
  ])
  return table(['target', 'server', 'client', 'result', 'time', ''], cells)
}

/** notApplicable -> not applicable @param {string} name */
const words = (name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** @param {readonly SuiteResult[]} suites */
export function suiteTable(suites) {
  const cells = suites.map(({ label, passed, failed, skipped, durationMs }) => [
    label,
    `${passed}`,
    `${failed}`,
    `${skipped}`,
    duration(durationMs),
  ])
  return table(['suite', 'passed', 'failed', 'skipped', 'time'], cells)
}

/** @param {readonly SuiteResult[]} suites */
export function slowestCases(suites, howMany = 10) {
  const cases = suites.flatMap(({ label, cases }) => cases.map((one) => ({ ...one, label })))
  const slowest = cases.sort((left, right) => right.durationMs - left.durationMs).slice(0, howMany)
  return table(
    ['time', 'suite', 'case'],
    slowest.map(({ durationMs, label, name }) => [duration(durationMs), label, name]),
  )
}

/**
 * Every failed case with the beginning of what it said: the output above this is too long to be kept by everything that keeps it.
 * @param {readonly SuiteResult[]} suites
 */
export function failedCases(suites, linesOfEach = 20) {
  const failures = suites.flatMap(({ label, failures }) => failures.map((one) => ({ ...one, label })))
  return failures.map(({ label, name, message }) => {
    const lines = message.split('\n')
    const rest = lines.length > linesOfEach ? [`(… ${lines.length - linesOfEach} more)`] : []
    return [`${label}: ${name}`, ...[...lines.slice(0, linesOfEach), ...rest].map((line) => `    ${line}`)].join('\n')
  })
}

/**
 * The suites' own counts, and one failure for everything else that went wrong in the run.
 * @param {readonly SuiteResult[]} suites
 * @param {readonly string[]} otherProblems
 */
export function total(suites, otherProblems) {
  const passed = suites.reduce((sum, suite) => sum + suite.passed, 0)
  const failed = suites.reduce((sum, suite) => sum + suite.failed, 0) + otherProblems.length
  return { passed, failed, line: `${passed} passed, ${failed} failed` }
}
