import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  conformanceFolder,
  environment,
  manifestOf,
  reportsFolder,
  root,
  toolFile,
  workspaceFolders,
} from './places.js'
import { run } from './processes.js'
import { readSuiteReport, unusable } from './suite-report.js'
import { say, step } from './terminal.js'

const longestSuiteMs = 30 * 60_000

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} folder
 * @property {string} script
 *
 * @typedef {object} SuiteRun
 * @property {Suite} suite
 * @property {string} label
 * @property {string} nodeProgram
 * @property {string} reports the folder for the report of this run
 * @property {Record<string, string>} env
 * @property {boolean} [beside] beside the others, its output shown at the end
 *
 * @typedef {import('./suite-report.js').SuiteOutcome & { label: string, durationMs: number }} SuiteResult
 */

/** Every package that has a test script. @returns {Suite[]} */
export function findSuites() {
  return workspaceFolders().flatMap((folder) => {
    const { name, scripts } = manifestOf(folder)
    return scripts?.test ? [{ name: name.replace(/^.*\//, ''), folder, script: scripts.test }] : []
  })
}

/**
 * A short run proves each kind of database on one server; of other ways to it, and of what shows that cases bite, it does a part or
 * nothing. CONTRIBUTING.md says which.
 * @param {readonly Suite[]} suites @param {string} nodeProgram @param {boolean} short @returns {SuiteRun[]}
 */
export function runsOnNode24(suites, nodeProgram, short) {
  /** @type {Record<string, string>} */
  const env = short ? { PORTOLAN_SHORT_RUN: '1' } : {}
  return suites.map((suite) => ({ suite, label: suite.name, nodeProgram, reports: reportsFolder, env }))
}

/**
 * The published packages once more, on the oldest Node they support; without what shows that the cases bite, which hangs on no
 * version of Node (each vitest.config.ts says what that is).
 * @param {readonly Suite[]} suites @param {string} nodeProgram @returns {SuiteRun[]}
 */
export function runsOnNode22(suites, nodeProgram) {
  const reports = join(reportsFolder, 'node-22')
  const env = { PORTOLAN_SECOND_NODE: '1' }
  const published = suites.filter(({ folder }) => folder.startsWith(join(root, 'packages')))
  return published.map((suite) => ({ suite, label: `${suite.name} (Node 22)`, nodeProgram, reports, env }))
}

/**
 * Suites that need one core at most, or wait most of the time, and hold nothing against a clock. The others wait for servers about a
 * tenth of their time, which is room enough for these.
 */
const small = ['adapter-kit', 'commands', 'house-rules', 'memory', 'ports', 'test-servers']

/**
 * The small suites one after another, beside the others one after another. The results are in the order of the runs.
 * @param {readonly SuiteRun[]} runs @param {(run: SuiteRun) => Promise<SuiteResult>} execute @returns {Promise<SuiteResult[]>}
 */
export async function inTwoRows(runs, execute) {
  /** @type {Map<SuiteRun, SuiteResult>} */
  const results = new Map()
  const isSmall = (/** @type {SuiteRun} */ { suite }) => small.includes(suite.name)
  await Promise.all(
    [true, false].map(async (beside) => {
      for (const one of runs.filter((each) => isSmall(each) === beside))
        results.set(one, await execute({ ...one, beside }))
    }),
  )
  return runs.map((one) => /** @type {SuiteResult} */ (results.get(one)))
}

/** @param {SuiteRun} suiteRun @returns {Promise<SuiteResult>} */
export async function runSuite({ suite, label, nodeProgram, reports, env: more, beside = false }) {
  const startedAt = Date.now()
  const file = join(reports, `${suite.name}.json`)
  const [program, command, ...options] = suite.script.split(' ')
  if (program !== 'vitest' || command !== 'run') {
    const problem = `its test script must begin with "vitest run", and is "${suite.script}"`
    return { label, durationMs: 0, ...unusable(problem) }
  }
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { code, timedOut, output } = await run(nodeProgram, [toolFile('vitest'), 'run', ...options, ...report], {
    folder: suite.folder,
    env: { ...environment(nodeProgram, suite.folder), ...more, PORTOLAN_REPORTS: conformanceFolder(reports) },
    timeoutMs: longestSuiteMs,
    keepOutput: beside,
  })
  if (beside) {
    step(`Tests of ${label}, beside the others`)
    say(output.trim())
  }
  const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  const exit = timedOut ? 'timed out' : code
  return { label, durationMs: Date.now() - startedAt, ...readSuiteReport(text, { startedAt, exit }) }
}
