/**
 * @typedef {{ name: string, durationMs: number }} TimedCase
 * @typedef {{ name: string, message: string }} FailedCase
 *
 * @typedef {object} SuiteOutcome
 * @property {number} passed
 * @property {number} failed cases that failed, and problems of the suite itself
 * @property {number} skipped
 * @property {TimedCase[]} cases
 * @property {FailedCase[]} failures the failed cases, with what each of them said
 * @property {string[]} problems why the suite as such has failed
 *
 * @typedef {{ fullName: string, status: string, duration?: number | null, failureMessages?: string[] }} ReportedCase
 * @typedef {{ name: string, status: string, message?: string, assertionResults: ReportedCase[] }} ReportedFile
 * @typedef {{ startTime: number, success: boolean, testResults: ReportedFile[] }} Report
 */

/**
 * What a suite's own JSON says. A report that is missing, damaged, empty or older than the run counts as one failure, and so
 * does everything that a list of passed cases would hide: a file that did not load, an error outside any case, a bad exit.
 * @param {string | undefined} text
 * @param {{ startedAt: number, exit: number | 'timed out' }} run
 * @returns {SuiteOutcome}
 */
export function readSuiteReport(text, { startedAt, exit }) {
  if (text === undefined) return unusable(`wrote no report (exit: ${exit})`)
  const report = parse(text)
  if (!report) return unusable('wrote a report that cannot be read')
  if (report.startTime < startedAt) return unusable('left a report of an earlier run')

  const all = report.testResults.flatMap((file) => file.assertionResults)
  const passed = all.filter(({ status }) => status === 'passed')
  const failures = all
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ name: fullName, message: (failureMessages ?? []).join('\n') }))
  const problems = report.testResults
    .filter(failedOutsideCases)
    .map((file) => `${file.name}: ${firstLine(file.message)}`)
  if (passed.length + failures.length === 0) problems.push('ran no case')
  if (failures.length + problems.length === 0) {
    if (exit !== 0) problems.push(`exit: ${exit}, though no case failed`)
    else if (!report.success) problems.push('says itself that it failed, though no case did')
  }
  return {
    passed: passed.length,
    failed: failures.length + problems.length,
    skipped: all.length - passed.length - failures.length,
    cases: all.map(({ fullName, duration }) => ({ name: fullName, durationMs: duration ?? 0 })),
    failures,
    problems,
  }
}

/** @param {string} problem @returns {SuiteOutcome} */
export function unusable(problem) {
  return { passed: 0, failed: 1, skipped: 0, cases: [], failures: [], problems: [problem] }
}

/** @param {ReportedFile} file */
function failedOutsideCases(file) {
  return file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')
}

/** @param {string | undefined} text */
const firstLine = (text) => text?.split('\n')[0] || 'failed outside its cases'

/** @param {string} text @returns {Report | undefined} */
function parse(text) {
  try {
    const report = JSON.parse(text)
    const whole =
      typeof report.startTime === 'number' &&
      Array.isArray(report.testResults) &&
      report.testResults.every((/** @type {ReportedFile} */ file) => Array.isArray(file.assertionResults))
    return whole ? report : undefined
  } catch {
    return undefined
  }
}
