import { failing } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import { columnOf, type EntityLayout, objectNames } from '../layout.ts'
import type { Query } from '../query.ts'
import { overlapping } from '../rule.ts'
import type { SchemaObject } from '../schema-object.ts'
import { postgresDialect } from './dialect.ts'
import { sqlStateOf } from './errors.ts'
import { postgresSchema } from './schema.ts'

const { quote } = postgresDialect

type Send = (statement: string) => Promise<unknown>

/** Two numbers have a space of their own: guards, which are one number, never meet them. */
const takeSchemaLock = 'select pg_advisory_xact_lock(1347375700, 1)'

/**
 * Makes what is missing, within a transaction of the caller's (READ COMMITTED). Sends nothing but one question where everything
 * is there, so it neither locks a table in use nor needs the right to create. Processes that apply at once go one after the
 * other. Keys and rules that stored rows violate are told together, with two rows of each: `schema-mismatch`, and the caller
 * rolls back.
 */
export async function applyPostgres(layouts: readonly EntityLayout[], query: Query, send: Send): Promise<void> {
  if ((await missing(layouts, query)).length === 0) return
  await query(takeSchemaLock, [])
  const problems: SchemaProblem[] = []
  for (const { layout, object } of await missing(layouts, query))
    problems.push(...(await make(layout, object, query, send)))
  if (problems.length > 0) {
    const told = problems.map(({ message }) => message).join('; ')
    throw failing(
      'schema-mismatch',
      `stored rows violate a key or rule. ${told}. Then run schema.apply() again`,
      problems,
    )
  }
}

interface Missing {
  readonly layout: EntityLayout
  readonly object: SchemaObject
}

const present = `with given as (select value as name, to_regclass(quote_ident(value)) as oid from json_array_elements_text($1::json))
select 'table ' || name || ' ' || name as object from given where oid is not null
union all select 'index ' || given.name || ' ' || relname from given join pg_index on indrelid = given.oid join pg_class on pg_class.oid = indexrelid
union all select 'constraint ' || given.name || ' ' || conname from given join pg_constraint on conrelid = given.oid
union all select 'extension ' || extname from pg_extension`

async function missing(layouts: readonly EntityLayout[], query: Query): Promise<Missing[]> {
  const rows = await query(present, [JSON.stringify([...new Set(layouts.map(({ table }) => table))])])
  const known = new Set(rows.map(({ object }) => String(object)))
  return layouts.flatMap((layout) =>
    postgresSchema(layout)
      .filter(
        ({ kind, name }) => !known.has(kind === 'extension' ? `${kind} ${name}` : `${kind} ${layout.table} ${name}`),
      )
      .map((object) => ({ layout, object })),
  )
}

/** The rows that keep a key or rule from being made, behind a savepoint: Postgres ends a transaction at the first error. */
async function make(layout: EntityLayout, object: SchemaObject, query: Query, send: Send): Promise<SchemaProblem[]> {
  const violation = violationOf(layout, object)
  if (violation === null) {
    await send(object.statement)
    return []
  }
  await send('savepoint portolan_apply')
  try {
    await send(object.statement)
    await send('release savepoint portolan_apply')
    return []
  } catch (error) {
    const state = sqlStateOf(error)
    if (state !== '23505' && state !== '23P01') throw error
    await send('rollback to savepoint portolan_apply')
    const [pair] = await query(violation.pair, [])
    if (!pair) throw error
    return [
      {
        entity: layout.entity.name,
        kind: 'rows',
        name: object.name,
        message: `Rows ${String(pair.one)} and ${String(pair.two)} of table "${layout.table}" ${violation.are}: correct them, and look for more`,
      },
    ]
  }
}

function violationOf(layout: EntityLayout, { kind, name }: SchemaObject): { pair: string; are: string } | null {
  const { entity } = layout
  if (kind === 'constraint') {
    const rule = entity.rules.find((each) => objectNames.ruleIndex(layout, each) === name)
    return rule
      ? { pair: overlapping(layout, rule), are: `overlap, which the rule ${rule.name} of ${entity.name} forbids` }
      : null
  }
  const key = layout.keys.find((each) => objectNames.key(layout, each.name) === name)
  return kind === 'index' && key
    ? { pair: alike(layout, key.fields), are: `are alike in the key ${key.name} of ${entity.name}` }
    : null
}

function alike(layout: EntityLayout, fields: readonly string[]): string {
  const columns = fields.map((field) => quote(columnOf(layout, field)))
  const id = quote(columnOf(layout, 'id'))
  const complete = columns.map((column) => `${column} is not null`).join(' and ')
  return `select min(${id}) as one, max(${id}) as two from ${quote(layout.table)} where ${complete} group by ${columns.join(', ')} having count(*) > 1 limit 1`
}
