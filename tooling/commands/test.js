import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { environment, findNode22, node24, reportsFolder, toolFile } from './places.js'
import { endWithChildren, run } from './processes.js'
import { readServerRows, serverProblems } from './server-report.js'
import { setUp } from './set-up.js'
import { unusable } from './suite-report.js'
import { findSuites, runSuite, runsOnNode22, runsOnNode24 } from './suites.js'
import { serverTable, slowestCases, suiteTable, total } from './summary.js'
import { bold, red, say, step } from './terminal.js'

const requireAll = process.env.REQUIRE_ALL === '1'
const startedAt = Date.now()

endWithChildren((name) => {
  say('\nInterrupted.')
  return name === 'SIGINT' ? 130 : 143
})

/** @type {string[]} */
const problems = []

/** @param {string} title @param {string} packageName @param {string} tool @param {string[]} args */
async function check(title, packageName, tool, args) {
  step(title)
  const { code } = await run(node24, [toolFile(tool, packageName), ...args], { env: environment(node24) })
  if (code !== 0) problems.push(`${title} failed (exit code ${code})`)
  return code === 0
}

async function runEverything() {
  await setUp()
  rmSync(reportsFolder, { recursive: true, force: true })

  const turbo = ['--ui=stream', '--output-logs=new-only', '--continue']
  await check('Lint and format', '@biomejs/biome', 'biome', ['check'])
  const built = await check('Build', 'turbo', 'turbo', ['run', 'build', ...turbo])
  await check('Types', 'turbo', 'turbo', ['run', 'typecheck', ...turbo])

  const node22 = findNode22()
  const suites = findSuites()
  /** @type {import('./suites.js').SuiteResult[]} */
  const results = []
  for (const suiteRun of [...runsOnNode24(suites, node24), ...(node22 ? runsOnNode22(suites, node22) : [])]) {
    step(`Tests of ${suiteRun.label}`)
    if (built) results.push(await runSuite(suiteRun))
    else results.push({ label: suiteRun.label, durationMs: 0, ...unusable('not run, because the build failed') })
  }
  return { results, rows: serverRows(node22 !== undefined) }
}

/** @param {boolean} ranOnNode22 @returns {import('./server-report.js').ServerRow[]} */
function serverRows(ranOnNode22) {
  const onNode24 = readServerRows(reportsFolder, startedAt)
  if (ranOnNode22) {
    const again = readServerRows(join(reportsFolder, 'node-22'), startedAt)
    return [...onNode24, ...again.map((row) => ({ ...row, target: `${row.target} (Node 22)` }))]
  }
  const reason = 'the package that carries Node 22 exists for Linux on x64 only'
  return [
    ...onNode24,
    { target: 'Node 22', server: '', client: '', status: 'not-run', counts: {}, durationMs: 0, reason },
  ]
}

/** @param {Awaited<ReturnType<typeof runEverything>>} outcome */
function conclude({ results, rows }) {
  problems.push(...serverProblems(rows, requireAll))
  const { failed, line } = total(results, problems)
  step('What ran on which server')
  say(serverTable(rows))
  for (const { target, reason } of rows.filter(({ status }) => status === 'not-run')) {
    say(bold(red(`NOT RUN: ${target}${reason ? `, ${reason}` : ''}`)))
  }
  step('Suites')
  say(suiteTable(results))
  step('The ten slowest cases')
  say(slowestCases(results))
  const all = [
    ...problems,
    ...results.flatMap(({ label, problems }) => problems.map((problem) => `${label}: ${problem}`)),
  ]
  if (all.length > 0) {
    step('What went wrong outside the cases')
    for (const problem of all) say(red(problem))
  }
  say(`\n${line}`)
  process.exitCode = failed > 0 ? 1 : 0
}

try {
  conclude(await runEverything())
} catch (error) {
  say(red(`\n${error instanceof Error ? error.message : error}`))
  say('\n0 passed, 1 failed')
  process.exitCode = 1
}
