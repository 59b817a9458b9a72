import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { conformanceFolder } from './places.js'

/**
 * @typedef {object} ServerRow one run of the conformance cases, or the word that it could not be had
 * @property {string} target
 * @property {string} server
 * @property {string} client
 * @property {'passed' | 'failed' | 'not-run'} status
 * @property {Record<string, number>} counts
 * @property {number} durationMs
 * @property {string | null} [reason]
 * @property {readonly { id: string, level: string }[]} [clauses]
 * @property {boolean} [embedded] false: a database with a server, whose faults and stops must be shown
 * @property {readonly string[]} [offers]
 */

/**
 * The targets that every run must account for, by a result or by saying NOT RUN: one that vanishes would otherwise look green.
 */
export const expectedTargets = [
  'memory',
  'kysely-sqlite-file',
  'kysely-sqlite-memory',
  'kysely-node-sqlite',
  'kysely-postgres-15',
  'kysely-postgres-18',
  'redis',
  'redis-ioredis-5',
  'redis-cluster',
]

/** What is proven on the other Node alone: the second version of a server or of a client. */
const onNode24Alone = ['kysely-postgres-15', 'redis-ioredis-5']

export const expectedOnNode22 = expectedTargets.filter((name) => !onNode24Alone.includes(name))

/** Stand-ins that the conformance package tests itself on: shown with the others, and nothing that anybody could choose. */
export const standIns = ['networked', 'buffered']

/**
 * @param {string} reports the folder that the suites wrote to
 * @param {number} startedAt
 * @param {readonly string[]} [expected]
 * @returns {ServerRow[]}
 */
export function readServerRows(reports, startedAt, expected = expectedTargets) {
  const folder = conformanceFolder(reports)
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
  const rows = names.sort().map((name) => {
    const file = join(folder, name)
    return serverRow(name.replace(/\.json$/, ''), readFileSync(file, 'utf8'), statSync(file).mtimeMs >= startedAt)
  })
  return [...rows, ...missingRows(rows, expected)]
}

/** @param {readonly { target: string }[]} rows @param {readonly string[]} expected @returns {ServerRow[]} */
export function missingRows(rows, expected) {
  const missing = expected.filter((name) => !rows.some(({ target }) => target === name))
  return missing.map((name) => broken(name, 'no report was written'))
}

/**
 * A row that is empty, damaged or left over from an earlier run has failed, like one that says so.
 * @param {string} name
 * @param {string} text
 * @param {boolean} fresh
 * @returns {ServerRow}
 */
export function serverRow(name, text, fresh) {
  const row = parse(text)
  if (!row) return broken(name, 'the report cannot be read')
  if (!fresh) return broken(name, 'the report is of an earlier run')
  if (row.status === 'passed' && !(Number(row.counts.passed) > 0))
    return broken(name, 'the report names no passed case')
  return row
}

/** What is missing from a full run, as one line each. @param {readonly ServerRow[]} rows @param {boolean} requireAll */
export function serverProblems(rows, requireAll) {
  return rows.flatMap(({ target, status, reason, embedded, offers = [] }) => {
    const lacking = ['proxy', 'restart'].filter((offer) => embedded === false && !offers.includes(offer))
    if (status === 'passed' && requireAll && lacking.length > 0)
      return [`${target}: has a server, and does not offer ${lacking.join(' and ')}, so its outages were not shown`]
    if (status === 'failed') return [`${target}: conformance failed${reason ? `, ${reason}` : ''}`]
    if (status === 'not-run' && requireAll)
      return [`${target}: NOT RUN, and REQUIRE_ALL=1 asks for all${reason ? ` (${reason})` : ''}`]
    return []
  })
}

/** @param {string} target @param {string} reason @returns {ServerRow} */
function broken(target, reason) {
  return { target, server: '?', client: '?', status: 'failed', counts: {}, durationMs: 0, reason }
}

/** @param {string} text @returns {ServerRow | undefined} */
function parse(text) {
  try {
    const row = JSON.parse(text)
    const whole =
      typeof row.target === 'string' &&
      typeof row.durationMs === 'number' &&
      typeof row.counts === 'object' &&
      row.counts !== null &&
      ['passed', 'failed', 'not-run'].includes(row.status)
    return whole ? { ...row, server: `${row.server ?? '?'}`, client: `${row.client ?? '?'}` } : undefined
  } catch {
    return undefined
  }
}
