import type { SchemaProblem } from '@portolan/ports'
import { columnOf, type EntityLayout, fieldOf } from '../layout.ts'
import type { Query } from '../query.ts'
import { howToMake, type Report } from '../schema-problems.ts'
import { elsewhere, type StoredTable, storedTable } from './catalog.ts'
import { reportColumns } from './columns.ts'
import { postgresDialect } from './dialect.ts'
import { reportIndexes, reportKeys } from './keys.ts'
import { reportRules } from './rules.ts'

const { quote } = postgresDialect

/**
 * Every missing or unfit thing of one entity. One statement; a second one where there is no table, or where the rows of columns
 * finer than milliseconds have to be looked at.
 */
export async function verifyPostgres(layout: EntityLayout, query: Query): Promise<SchemaProblem[]> {
  const { entity, table } = layout
  const problems: SchemaProblem[] = []
  const report: Report = (kind, name, message) => {
    problems.push({ entity: entity.name, kind, name, message })
  }
  const stored = await storedTable(layout, query)
  if (stored === null) {
    report('table', table, `The table "${table}" of ${entity.name} ${await whereIs(layout, query)}`)
    return problems
  }
  if (stored.kind !== 'r' && stored.kind !== 'p') {
    const what = otherKinds[stored.kind] ?? 'no ordinary table'
    report('table', table, `The table "${table}" of ${entity.name} is ${what}: map the entity to an ordinary table`)
    return problems
  }
  reportTable(layout, stored, report)
  reportColumns(layout, stored.columns, report)
  reportKeys(layout, stored.indexes, report)
  reportIndexes(layout, stored.indexes, report)
  reportRules(layout, stored, report)
  if (!stored.lacking.includes('select')) await reportFinerInstants(layout, stored, query, report)
  return problems
}

const otherKinds: { readonly [kind: string]: string } = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table, for which this server keeps no keys',
  i: 'an index',
  S: 'a sequence',
  c: 'a composite type',
}

async function whereIs(layout: EntityLayout, query: Query): Promise<string> {
  const schemas = await elsewhere(layout, query)
  const list = schemas.map((schema) => `"${schema}"`).join(', ')
  return schemas.length === 0
    ? `is missing: ${howToMake}`
    : `is not where this role looks, but there is one in ${list}: put the schema on the search_path and grant the role usage on it, or run schema.apply() to make another`
}

function reportTable(
  { table }: EntityLayout,
  { rowSecurity, lacking, persistence }: StoredTable,
  report: Report,
): void {
  if (lacking.length > 0)
    report('rights', table, `This role may not ${lacking.join(', ')} on the table "${table}": grant it that`)
  if (rowSecurity)
    report(
      'row-security',
      table,
      `Row-level security of the table "${table}" hides rows from this role, so keys seem free that are not: let the role bypass it, or turn it off; a scope keeps tenants apart`,
    )
  if (persistence === 'u')
    report(
      'setting',
      table,
      `The table "${table}" is unlogged, so a crash of the server empties it: alter it to be logged`,
    )
  if (persistence === 't')
    report(
      'table',
      table,
      `The table "${table}" is temporary, so no other connection sees it: drop it, or map to another`,
    )
}

/** So many rows are looked at: enough to find writers that leave microseconds, and cheap on a table of any size. */
const rowsLookedAt = 10_000

/**
 * Columns may be finer than milliseconds as long as nobody writes anything finer: such a row cannot be read. Whoever uses
 * now() does.
 */
async function reportFinerInstants(
  layout: EntityLayout,
  { columns }: StoredTable,
  query: Query,
  report: Report,
): Promise<void> {
  const { table } = layout
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const finer = [...layout.fields.keys()]
    .filter((field) => fieldOf(layout, field).kind === 'instant')
    .map((field) => columnOf(layout, field))
    .filter((column) => /^timestamp(\([456]\))? with time zone$/.test(types.get(column) ?? ''))
  const id = columnOf(layout, 'id')
  if (finer.length === 0 || !types.has(id)) return
  const found = finer.map(
    (_, index) => `min(id) filter (where c${index} <> date_trunc('milliseconds', c${index})) as c${index}`,
  )
  const read = finer.map((column, index) => `${quote(column)} as c${index}`)
  const [row] = await query(
    `select ${found.join(', ')} from (select ${quote(id)}::text as id, ${read.join(', ')} from ${quote(table)} limit ${rowsLookedAt}) as looked_at`,
    [],
  )
  for (const [index, column] of finer.entries()) {
    const holder = row?.[`c${index}`]
    if (typeof holder !== 'string') continue
    report(
      'precision',
      `${table}.${column}`,
      `The column "${column}" of table "${table}" holds microseconds, in row ${holder} for one, and such a row cannot be read (invalid-stored-value): make it timestamptz(3), which rounds them`,
    )
  }
}
