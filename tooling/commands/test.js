import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { node22Run } from './node-22.js'
import {
  environment,
  findNode22,
  node22Version,
  node24,
  node24Version,
  provenPage,
  reportsFolder,
  toolFile,
} from './places.js'
import { endWithChildren, run } from './processes.js'
import { differences, provenTable, readPage } from './proven-page.js'
import { expectedOnNode22, readServerRows, serverProblems } from './server-report.js'
import { setUp } from './set-up.js'
import { unusable } from './suite-report.js'
import { findSuites, inTwoRows, runSuite, runsOnNode22, runsOnNode24 } from './suites.js'
import { failedCases, serverTable, slowestCases, suiteTable, total } from './summary.js'
import { bold, duration, red, say, step } from './terminal.js'

const requireAll = process.env.REQUIRE_ALL === '1'
const node22Reports = join(reportsFolder, 'node-22')
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

  const node22 = node22Run(process.env, findNode22())
  if ('reason' in node22) say(bold(`\nNode 22: ${node22.reason}.`))
  const suites = findSuites()
  const again = 'program' in node22 ? runsOnNode22(suites, node22.program) : []
  const results = await inTwoRows([...runsOnNode24(suites, node24, !requireAll), ...again], async (suiteRun) => {
    const { label, beside } = suiteRun
    if (!built) return { label, durationMs: 0, ...unusable('not run, because the build failed') }
    if (!beside) step(`Tests of ${label}`)
    return await runSuite(suiteRun)
  })
  return { results, ...whatRanWhere(node22) }
}

/** @param {ReturnType<typeof node22Run>} node22 */
function whatRanWhere(node22) {
  const rows = readServerRows(reportsFolder, startedAt)
  const table = provenTable(node24Version(), rows)
  if ('reason' in node22) {
    /** @type {import('./server-report.js').ServerRow} */
    const left = { target: 'Node 22', server: '', client: '', status: 'not-run', counts: {}, durationMs: 0, ...node22 }
    return { rows: [...rows, left], tables: [table] }
  }
  const again = readServerRows(node22Reports, startedAt, expectedOnNode22)
  return {
    rows: [...rows, ...again.map((row) => ({ ...row, target: `${row.target} (Node 22)` }))],
    tables: [table, provenTable(node22Version(), again)],
  }
}

/** What the page of proven versions says otherwise than this run. @param {import('./proven-page.js').ProvenTable[]} tables */
function tellOfPage(tables) {
  const page = existsSync(provenPage) ? readPage(readFileSync(provenPage, 'utf8')) : []
  const differing = differences(page, tables)
  if (differing.length === 0) return
  step('docs/proven-versions.md differs from what ran')
  for (const difference of differing) say(difference)
  say('If that is meant to be so: pnpm proven-versions writes the page from the reports of a run with Node 22.')
  if (requireAll) problems.push(...differing.map((difference) => `docs/proven-versions.md: ${difference}`))
}

/** @param {Awaited<ReturnType<typeof runEverything>>} outcome */
function conclude({ results, rows, tables }) {
  problems.push(...serverProblems(rows, requireAll))
  step('What ran on which server')
  say(serverTable(rows))
  for (const { target, reason } of rows.filter(({ status }) => status === 'not-run')) {
    say(bold(red(`NOT RUN: ${target}${reason ? `, ${reason}` : ''}`)))
  }
  tellOfPage(tables)
  step('Suites')
  say(suiteTable(results))
  say(`The whole run: ${duration(Date.now() - startedAt)}`)
  if (!requireAll)
    say('It was the short one: CONTRIBUTING.md says what it does in part or not at all, REQUIRE_ALL=1 does everything.')
  step('The ten slowest cases')
  say(slowestCases(results))
  const failures = failedCases(results)
  if (failures.length > 0) {
    step('The cases that failed')
    for (const failure of failures) say(red(failure))
  }
  const all = [
    ...problems,
    ...results.flatMap(({ label, problems }) => problems.map((problem) => `${label}: ${problem}`)),
  ]
  if (all.length > 0) {
    step('What went wrong outside the cases')
    for (const problem of all) say(red(problem))
  }
  const { failed, line } = total(results, problems)
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
