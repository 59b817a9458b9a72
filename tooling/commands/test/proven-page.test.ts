import { expect, test } from 'vitest'
import { differences, majors, type ProvenTable, pageOf, provenTable, readPage } from '../proven-page.js'
import type { ServerRow } from '../server-report.js'

const row = (target: string, given: Partial<ServerRow> = {}): ServerRow => ({
  target,
  server: 'PostgreSQL 15.18',
  client: 'kysely 0.29.9, pg 8.23.1',
  status: 'passed',
  counts: { passed: 420, failed: 0, notApplicable: 3 },
  durationMs: 1,
  clauses: [
    { id: 'V1', level: 'proven' },
    { id: 'G4', level: 'not-applicable' },
    { id: 'E2', level: 'later' },
    { id: 'E3', level: 'later' },
  ],
  ...given,
})
const tableOf = (...rows: ServerRow[]): ProvenTable => provenTable('24.21.0', rows)
const read = (...tables: ProvenTable[]): ProvenTable[] => readPage(pageOf(tables))
const between = (page: ServerRow[], run: ServerRow[]): string[] =>
  differences(read(tableOf(...page)), [tableOf(...run)])

test('what the page says can be read again', () => {
  const onNode24 = tableOf(row('postgres-15'), row('odd', { server: 'a|b', clauses: [{ id: 'V1', level: 'proven' }] }))
  const onNode22 = provenTable('22.23.3', [row('memory')])
  const page = pageOf([onNode24, onNode22])
  expect(page).toContain(
    '| `postgres-15` | PostgreSQL 15.18 | kysely 0.29.9, pg 8.23.1 | 1 of 4 | 420 passed, 3 not applicable | not applicable: G4; later: E2 E3 |',
  )
  expect(readPage(page)).toEqual([onNode24, onNode22].map(({ node, rows }) => ({ node, rows })))
  expect(differences(readPage(page), [onNode24, onNode22])).toEqual([])
})

test('what failed, did not run or only stands in for a database is not on the page', () => {
  const { rows, told } = tableOf(
    row('good'),
    row('networked'),
    row('bad', { status: 'failed' }),
    row('none', { status: 'not-run' }),
  )
  expect(rows.map(({ target }) => target)).toEqual(['good'])
  expect(told).toEqual(['bad', 'none'])
})

test('patches, minors and more cases are no difference', () => {
  const later = row('postgres-15', {
    server: 'PostgreSQL 15.19 (Debian 15.19-1.pgdg13+1)',
    client: 'kysely 0.29.12, pg 8.30.0',
    counts: { passed: 431, failed: 0, notApplicable: 4 },
    clauses: [...(row('').clauses ?? []), { id: 'V9', level: 'proven' }],
  })
  expect(between([row('postgres-15')], [later])).toEqual([])
})

test.each([
  [
    'another major of the server',
    { server: 'PostgreSQL 16.1' },
    'server: the page says "PostgreSQL 15", this run "PostgreSQL 16"',
  ],
  [
    'another major of a client',
    { client: 'kysely 0.29.9, pg 9.0.0' },
    'client: the page says "kysely 0.29, pg 8", this run "kysely 0.29, pg 9"',
  ],
  [
    'a minor of a client below 1',
    { client: 'kysely 0.30.0, pg 8.23.1' },
    'client: the page says "kysely 0.29, pg 8", this run "kysely 0.30, pg 8"',
  ],
  [
    'a clause no longer proven',
    { clauses: [{ id: 'V1', level: 'partly' }] },
    'clauses: the page says "not applicable: G4; later: E2 E3", this run "partly: V1"',
  ],
  [
    'all clauses proven',
    { clauses: [{ id: 'V1', level: 'proven' }] },
    'clauses: the page says "not applicable: G4; later: E2 E3", this run "all clauses proven"',
  ],
])('%s is a difference', (_, given, difference) => {
  expect(between([row('postgres')], [row('postgres', given)])).toEqual([`postgres on Node 24: ${difference}`])
})

test('a target that came, or that nothing was heard of, is a difference', () => {
  expect(between([row('old'), row('kept')], [row('kept'), row('new')])).toEqual([
    'old on Node 24 is on the page, and nothing was heard of it in this run',
    'new on Node 24 is proven by this run, and not on the page',
  ])
  expect(differences([], [tableOf(row('new'))])).toHaveLength(1)
})

test('a target that failed or did not run is told elsewhere, and not twice', () => {
  expect(between([row('a'), row('b')], [row('a', { status: 'failed' }), row('b', { status: 'not-run' })])).toEqual([])
})

test('a Node that was left out is not compared; another patch of it is', () => {
  const page = read(tableOf(row('a')), provenTable('22.23.3', [row('a')]))
  expect(differences(page, [tableOf(row('a'))])).toEqual([])
  expect(differences(page, [provenTable('22.30.0', [])])).toEqual([
    'a on Node 22 is on the page, and nothing was heard of it in this run',
  ])
})

test.each([
  ['in this process, Node 24.21.0', 'in this process, Node 24'],
  ['kysely 0.29.9, node:sqlite of 22.23.3', 'kysely 0.29, node:sqlite of 22'],
  ['better-sqlite3 13.2.0', 'better-sqlite3 13'],
  ['MariaDB 10.11.14-MariaDB-0+deb12u2', 'MariaDB 10'],
  ['PostgreSQL 18.4 (embedded)', 'PostgreSQL 18'],
  ['PostgreSQL 19beta2', 'PostgreSQL 19'],
  ['Firestore emulator 1.19.9', 'Firestore emulator 1'],
  ['@portolan/memory', '@portolan/memory'],
])('%s is compared as %s', (text, expected) => {
  expect(majors(text)).toBe(expected)
})
