import type { SchemaProblem } from '@portolan/ports'
import { columnOf, type EntityLayout, fieldOf, foldName, objectNames } from '../layout.ts'
import type { Query } from '../query.ts'
import { overlapping } from '../rule.ts'
import { howToMake } from '../schema-problems.ts'
import { collationProblems } from './collation.ts'
import { sqliteDialect } from './dialect.ts'
import { indexesOf, keyProblems } from './indexes.ts'
import { sqliteSchema } from './schema.ts'

export interface StoredColumn {
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** 0: no part of the primary key. */
  readonly primary: number
}

export const fold = (name: string): string => foldName(name, sqliteDialect)

/** Every missing or unfit thing of one entity. A few statements on the schema, and one on the rows for each overlap rule. */
export async function verifySqlite(layout: EntityLayout, query: Query): Promise<SchemaProblem[]> {
  const { entity, table } = layout
  const problem = (kind: string, name: string, message: string): SchemaProblem => ({
    entity: entity.name,
    kind,
    name,
    message,
  })
  const [found] = await query("select type from pragma_table_list where schema = 'main' and lower(name) = lower(?)", [
    table,
  ])
  if (found?.type !== 'table') {
    const what = found === undefined ? `is missing: ${howToMake}` : 'is no ordinary table: map the entity to one'
    return [problem('table', table, `The table "${table}" of ${entity.name} ${what}`)]
  }
  const columns = await columnsOf(table, query)
  const problems = columnProblems(layout, columns)
  const complete = [...layout.columns.values()].every((column) => columns.has(fold(column)))
  if (complete) problems.push(...(await collationProblems(layout, query)))
  problems.push(...keyProblems(layout, [...columns.values()], await indexesOf(table, query)))
  problems.push(...(await ruleProblems(layout, query)))
  if (complete) problems.push(...(await rowProblems(layout, query)))
  return problems
}

/** Rows that break a rule of their own table, stored before its triggers were made. Reads each rule's index once. */
export async function rowProblems(layout: EntityLayout, query: Query): Promise<SchemaProblem[]> {
  const { entity, table } = layout
  const problems: SchemaProblem[] = []
  for (const rule of entity.rules) {
    const [pair] = await query(overlapping(layout, rule), [])
    if (!pair) continue
    const message = `Rows ${String(pair.one)} and ${String(pair.two)} of table "${table}" overlap, which the rule ${rule.name} of ${entity.name} forbids: correct them, and look for more`
    problems.push({ entity: entity.name, kind: 'rows', name: `${table}.${rule.name}`, message })
  }
  return problems
}

async function columnsOf(table: string, query: Query): Promise<Map<string, StoredColumn>> {
  const rows = await query('select name, type, "notnull", dflt_value, pk from pragma_table_xinfo(?) where hidden = 0', [
    table,
  ])
  return new Map(
    rows.map((row) => [
      fold(String(row.name)),
      {
        name: String(row.name),
        type: String(row.type),
        notNull: Number(row.notnull) !== 0,
        hasDefault: row.dflt_value !== null,
        primary: Number(row.pk),
      },
    ]),
  )
}

type Affinity = 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC'

/** SQLite's own rules (https://sqlite.org/datatype3.html, 3.1): what a column does to values that are written to it. */
function affinityOf(type: string): Affinity {
  const upper = type.toUpperCase()
  if (upper.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(upper)) return 'TEXT'
  if (upper === '' || upper === 'ANY' || upper.includes('BLOB')) return 'BLOB'
  return /REAL|FLOA|DOUB/.test(upper) ? 'REAL' : 'NUMERIC'
}

/** Affinities that give back what a field stores. An instant never looks like a number, so NUMERIC (DATETIME) keeps it. */
const fits: { readonly [kind: string]: readonly Affinity[] } = {
  text: ['TEXT', 'BLOB'],
  'one-of': ['TEXT', 'BLOB'],
  json: ['TEXT', 'BLOB'],
  instant: ['TEXT', 'BLOB', 'NUMERIC'],
  integer: ['INTEGER', 'NUMERIC', 'BLOB'],
  boolean: ['INTEGER', 'NUMERIC', 'BLOB'],
  float: ['REAL', 'NUMERIC', 'BLOB'],
}

function columnProblems(layout: EntityLayout, columns: ReadonlyMap<string, StoredColumn>): SchemaProblem[] {
  const { entity, table } = layout
  const problems: SchemaProblem[] = []
  const report = (kind: string, name: string, why: string): void => {
    problems.push({
      entity: entity.name,
      kind,
      name: `${table}.${name}`,
      message: `The column "${name}" of table "${table}" ${why}`,
    })
  }
  for (const field of layout.fields.keys()) {
    const name = columnOf(layout, field)
    const { kind, nullable } = fieldOf(layout, field)
    const column = columns.get(fold(name))
    if (!column) {
      report('column', name, `(field ${field}) is missing: add it by a migration`)
      continue
    }
    if (!fits[kind]?.includes(affinityOf(column.type)))
      report(
        'type',
        name,
        `is of type ${column.type || 'none'}, which would change values of the field ${field} (${kind}): make it ${sqliteDialect.columnType(fieldOf(layout, field))}`,
      )
    if (nullable && column.notNull) report('not-null', name, `does not take null, but the field ${field} may be null`)
    if (!nullable && !column.notNull && column.primary === 0)
      report('not-null', name, `may hold null, but the field ${field} may not: make it not null`)
  }
  const mapped = new Set([...layout.columns.values()].map(fold))
  for (const [folded, { name, notNull, hasDefault, primary, type }] of columns) {
    const assigned = primary > 0 && affinityOf(type) === 'INTEGER'
    if (!mapped.has(folded) && notNull && !hasDefault && !assigned)
      report(
        'column',
        name,
        'must be given a value, and no field is mapped to it: give it a default, or map a field to it',
      )
  }
  return problems
}

/** Rules are kept by triggers of our own, so they are compared by their text. */
async function ruleProblems(layout: EntityLayout, query: Query): Promise<SchemaProblem[]> {
  const { entity, table } = layout
  if (entity.rules.length === 0) return []
  const rows = await query(
    "select type, name, sql from sqlite_schema where type in ('index', 'trigger') and lower(tbl_name) = lower(?)",
    [table],
  )
  const stored = new Map(rows.map((row) => [`${row.type} ${fold(String(row.name))}`, String(row.sql)]))
  const named = new Set(
    entity.rules.flatMap((rule) => [
      objectNames.ruleIndex(layout, rule),
      objectNames.ruleTrigger(layout, rule, 'insert'),
      objectNames.ruleTrigger(layout, rule, 'update'),
    ]),
  )
  return sqliteSchema(layout)
    .filter(({ name }) => named.has(name))
    .flatMap(({ kind, name, statement }): SchemaProblem[] => {
      const text = stored.get(`${kind} ${fold(name)}`)
      if (text !== undefined && definitionOf(text) === definitionOf(statement)) return []
      const what =
        text === undefined
          ? `is missing: ${howToMake}`
          : 'is not the one that the definition asks for: drop it, then run schema.apply()'
      return [
        {
          entity: entity.name,
          kind,
          name,
          message: `The ${kind} "${name}" of table "${table}", which keeps an overlap rule, ${what}`,
        },
      ]
    })
}

/** From the name on: SQLite keeps a statement as it was written, but for its first words. */
function definitionOf(statement: string): string {
  return statement.slice(statement.indexOf('"'))
}
