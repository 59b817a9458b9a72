import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Capabilities } from '@portolan/ports'
import { clauses } from './clauses.ts'
import type { CaseResult, ClauseLevel, ClauseResult, Counts, Report } from './result.ts'
import type { Target } from './target.ts'

export interface RunFacts {
  readonly results: readonly CaseResult[]
  /** How many cases were to run. */
  readonly planned: number
  readonly server: string
  readonly client: string
  readonly startedAt: number
  readonly seed: number
  readonly capabilities: Capabilities | null
  readonly canaries: Report['canaries']
}

export function makeReport(target: Target, facts: RunFacts): Report {
  const { results, planned, startedAt, canaries } = facts
  const counts = countsOf(results)
  const reason = problem(counts, results.length, planned, canaries)
  const racing = target.racing ?? { racers: 16, rounds: 20 }
  return {
    format: 1,
    target: target.name,
    server: facts.server,
    client: facts.client,
    status: counts.failed > 0 || reason !== null ? 'failed' : 'passed',
    reason,
    counts,
    durationMs: Date.now() - startedAt,
    startedAt: new Date(startedAt).toISOString(),
    seed: facts.seed,
    racing: { ...racing, asUsual: racing.racers >= 16 && racing.rounds >= 20 },
    canaries,
    capabilities: facts.capabilities,
    embedded: target.embedded ?? false,
    offers: Object.entries(target.offers).flatMap(([name, offered]) => (offered === undefined ? [] : [name])),
    clauses: clauseResults(results),
    cases: results,
  }
}

/** The word that a target's server could not be had here: it passes for nothing. */
export function notRunReport(name: string, reason: string): Report {
  const target = { name, offers: {} } as Target
  const canaries = { errors: 0, events: 0, lines: 0, found: [] }
  const facts = {
    results: [],
    planned: 0,
    server: '?',
    client: '?',
    startedAt: Date.now(),
    seed: 0,
    capabilities: null,
  }
  return { ...makeReport(target, { ...facts, canaries }), status: 'not-run', reason }
}

function problem(counts: Counts, ran: number, planned: number, canaries: Report['canaries']): string | null {
  if (ran === 0) return 'no case ran: an empty report proves nothing'
  if (ran < planned) return `only ${ran} of ${planned} cases ran`
  if (counts.passed === 0) return 'no case passed'
  return canaries.found.length > 0 ? `values of the user were shown ${canaries.found.length} times (E5)` : null
}

function countsOf(results: readonly CaseResult[]): Counts {
  const count = (status: CaseResult['status']): number => results.filter((result) => result.status === status).length
  return { passed: count('passed'), failed: count('failed'), notApplicable: count('not-applicable') }
}

function clauseResults(results: readonly CaseResult[]): ClauseResult[] {
  return clauses.map(({ id, subject, race, later }) => {
    const own = results.filter(({ clause }) => clause === id)
    const counts = countsOf(own)
    const withheld = own.some(({ skippedBy }) => skippedBy === 'offer')
    const level = levelOf(counts, withheld, later?.whole ?? false)
    return { id, subject, level, race, counts, later: later?.why ?? null }
  })
}

function levelOf({ passed, failed, notApplicable }: Counts, withheld: boolean, later: boolean): ClauseLevel {
  if (failed > 0) return 'failed'
  if (passed > 0) return withheld ? 'partly' : 'proven'
  if (notApplicable > 0) return 'not-applicable'
  return later ? 'later' : 'not-run'
}

/** Writes the JSON, making the folder where it is missing. */
export async function writeReport(report: Report, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
}

/** The report for people: a line per clause, then what failed and what does not apply, with reasons. */
export function reportTable(report: Report): string {
  const { counts, racing, canaries } = report
  const lines = [
    `Conformance of ${report.target}: ${report.server}; ${report.client}`,
    `${racing.racers} racers, ${racing.rounds} rounds${racing.asUsual ? '' : ' (fewer than the usual 16 and 20)'}, seed ${report.seed}`,
    '',
  ]
  for (const clause of report.clauses) if (clause.level !== 'not-run') lines.push(clauseLine(clause))
  const list = (heading: string, status: CaseResult['status']): void => {
    const cases = report.cases.filter((result) => result.status === status)
    if (cases.length === 0) return
    lines.push('', heading)
    for (const { id, reason } of cases) lines.push(`  ${id}: ${reason}`)
  }
  list('Not applicable', 'not-applicable')
  list('Failed', 'failed')
  if (canaries.found.length > 0)
    lines.push('', 'Values of the user were shown', ...canaries.found.map((one) => `  ${one}`))
  lines.push(
    '',
    `${report.status === 'passed' ? 'PASSED' : 'FAILED'}: ${counts.passed} passed, ${counts.failed} failed, ${counts.notApplicable} not applicable, in ${(report.durationMs / 1000).toFixed(1)} s${report.reason ? `; ${report.reason}` : ''}`,
    `Values searched for in ${canaries.errors} errors, ${canaries.events} events, ${canaries.lines} lines of output: ${canaries.found.length} found`,
  )
  return lines.join('\n')
}

function clauseLine({ id, subject, level, race, counts, later }: ClauseResult): string {
  const told = [
    counts.passed > 0 ? `${counts.passed} passed` : '',
    counts.failed > 0 ? `${counts.failed} failed` : '',
    counts.notApplicable > 0 ? `${counts.notApplicable} not applicable` : '',
  ].filter((part) => part !== '')
  const numbers = told.join(', ')
  const end = later === null ? numbers : level === 'later' ? later : `${numbers}; later: ${later}`
  return `  ${id} ${subject.padEnd(19)} ${level.padEnd(14)} ${race ? 'R' : ' '} ${end}`.trimEnd()
}
