import { standIns } from './server-report.js'

/**
 * @typedef {object} ProvenRow a target, with what it was proven on
 * @property {string} target
 * @property {string} server
 * @property {string} client
 * @property {string} clauses how many clauses were proven
 * @property {string} cases
 * @property {string} rest the clauses that were not, by level; empty: all were proven
 *
 * @typedef {object} ProvenTable what was proven on one Node
 * @property {string} node its version
 * @property {ProvenRow[]} rows
 * @property {string[]} [told] targets of which the run says otherwise that they failed or were not run
 */

const columns = ['Target', 'Server', 'Client', 'Clauses proven', 'Cases', 'Not proven']

/** @param {string} node @param {readonly import('./server-report.js').ServerRow[]} rows @returns {ProvenTable} */
export function provenTable(node, rows) {
  const passed = rows.filter(({ target, status }) => status === 'passed' && !standIns.includes(target))
  const told = rows.filter(({ status }) => status !== 'passed').map(({ target }) => target)
  return { node, rows: passed.map(provenRow), told }
}

/** @param {import('./server-report.js').ServerRow} row @returns {ProvenRow} */
function provenRow({ target, server, client, counts, clauses = [] }) {
  const proven = clauses.filter(({ level }) => level === 'proven').length
  const levels = [...new Set(clauses.map(({ level }) => level))].filter((level) => level !== 'proven')
  const rest = levels.sort(byMeaning).map((level) => {
    const ids = clauses.filter((clause) => clause.level === level).map(({ id }) => id)
    return `${level.replace('-', ' ')}: ${ids.join(' ')}`
  })
  const cases = `${counts.passed} passed, ${counts.notApplicable} not applicable`
  return { target, server, client, clauses: `${proven} of ${clauses.length}`, cases, rest: rest.join('; ') }
}

/** The level that says least of the target last; a level that is not known here first. @param {string} one @param {string} other */
const byMeaning = (one, other) => levelOrder.indexOf(one) - levelOrder.indexOf(other)
const levelOrder = ['partly', 'not-applicable', 'later']

/** @param {readonly ProvenTable[]} tables */
export function pageOf(tables) {
  return [
    '# Proven versions',
    '',
    'On which versions of servers and clients the [clauses](clauses.md) were last proven by',
    '[`@portolan/conformance`](../packages/conformance/README.md), races included. Written from the reports of a full run by',
    '`pnpm proven-versions`. A run that requires everything, as CI does, fails when it proves a target that is not here, does not',
    'prove one that is, or meets another major version or another list of clauses.',
    '',
    'A clause is *proven* when every case passed that an adapter of these capabilities has to pass; *partly* when the target cannot',
    'show some of it, such as races between two processes on a database that lives in one; *not applicable* when the adapter declares',
    'that it does not do this, and refuses; *later* when no target can show it yet. Other versions may well work, and are not',
    'promised: [three steps](../packages/conformance/README.md#in-your-ci-in-three-steps) tell whether they do.',
    ...tables.flatMap(({ node, rows }) => ['', `## Node ${node}`, '', ...tableOf(rows)]),
    '',
  ].join('\n')
}

/** @param {readonly ProvenRow[]} rows */
function tableOf(rows) {
  const cells = rows.map(({ target, server, client, clauses, cases, rest }) => [
    `\`${target}\``,
    server,
    client,
    clauses,
    cases,
    rest,
  ])
  const line = (/** @type {readonly string[]} */ texts) => `| ${texts.map(escapeBars).join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...cells.map(line)]
}

/** @param {string} text */
const escapeBars = (text) => text.replaceAll('|', '\\|')

/** What pageOf wrote, read again. @param {string} text @returns {ProvenTable[]} */
export function readPage(text) {
  return text.split(/^## Node /m).flatMap((section, index) => {
    if (index === 0) return []
    const [node = '', ...lines] = section.split('\n')
    const rows = lines.filter((line) => line.startsWith('| `')).map(readRow)
    return [{ node: node.trim(), rows }]
  })
}

/** @param {string} line @returns {ProvenRow} */
function readRow(line) {
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
  const [, target = '', server = '', client = '', clauses = '', cases = '', rest = ''] = cells
  return { target: target.replaceAll('`', ''), server, client, clauses, cases, rest }
}

/**
 * Where page and run differ in what someone chooses a version by: targets, major versions, the clauses that are not proven.
 * Minors, patches and numbers of cases may differ: they change with every upgrade and every new case. Only what ran is
 * compared, by the majors of Node.
 * @param {readonly ProvenTable[]} page
 * @param {readonly ProvenTable[]} run
 */
export function differences(page, run) {
  return run.flatMap(({ node, rows, told = [] }) => {
    const onPage = page.find((table) => majors(table.node) === majors(node))?.rows ?? []
    const where = (/** @type {string} */ target) => `${target} on Node ${majors(node)}`
    const known = [...told, ...rows.map(({ target }) => target)]
    const gone = onPage.filter(({ target }) => !known.includes(target))
    return [
      ...gone.map(({ target }) => `${where(target)} is on the page, and nothing was heard of it in this run`),
      ...rows.flatMap((row) => {
        const before = onPage.find(({ target }) => target === row.target)
        if (!before) return [`${where(row.target)} is proven by this run, and not on the page`]
        return rowDifferences(before, row).map((difference) => `${where(row.target)}: ${difference}`)
      }),
    ]
  })
}

/** @param {ProvenRow} before @param {ProvenRow} now */
function rowDifferences(before, now) {
  const rest = (/** @type {ProvenRow} */ row) => row.rest || 'all clauses proven'
  /** @type {[what: string, before: string, now: string][]} */
  const pairs = [
    ['server', majors(before.server), majors(now.server)],
    ['client', majors(before.client), majors(now.client)],
    ['clauses', rest(before), rest(now)],
  ]
  return pairs
    .filter(([, one, other]) => one !== other)
    .map(([what, one, other]) => `${what}: the page says "${one}", this run "${other}"`)
}

/** Versions cut to what may break: 15.18 to 15, 0.29.9 to 0.29; packagers' remarks in brackets are left out. @param {string} text */
export function majors(text) {
  return text
    .replace(/\s*\([^)]*\)/g, '')
    .replace(/\b(0\.\d+|\d+)(\.\d+)*(?:[-+.]?[a-z][\w.+-]*)?/gi, '$1')
    .trim()
}
