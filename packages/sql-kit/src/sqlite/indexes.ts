import type { SchemaProblem } from '@portolan/ports'
import { columnOf, type EntityLayout } from '../layout.ts'
import type { Query } from '../query.ts'
import { holdsKey, type Report, reportMissingIndex, reportMissingKey } from '../schema-problems.ts'
import { fold, type StoredColumn } from './verify.ts'

export interface StoredIndex {
  readonly name: string
  readonly unique: boolean
  readonly partial: boolean
  /** In order; null where the index holds an expression. */
  readonly columns: readonly (string | null)[]
  readonly collations: readonly string[]
}

export async function indexesOf(table: string, query: Query): Promise<StoredIndex[]> {
  const rows = await query(
    'select i.name as index_name, i."unique" as is_unique, i.partial as is_partial, c.name as column_name, c.coll as collation from pragma_index_list(?) as i, pragma_index_xinfo(i.name) as c where c.key = 1 order by i.seq, c.seqno',
    [table],
  )
  const indexes = new Map<
    string,
    { unique: boolean; partial: boolean; columns: (string | null)[]; collations: string[] }
  >()
  for (const row of rows) {
    const name = String(row.index_name)
    const index = indexes.get(name) ?? {
      unique: Number(row.is_unique) === 1,
      partial: Number(row.is_partial) === 1,
      columns: [],
      collations: [],
    }
    index.columns.push(row.column_name === null ? null : fold(String(row.column_name)))
    index.collations.push(String(row.collation))
    indexes.set(name, index)
  }
  return [...indexes].map(([name, index]) => ({ name, ...index }))
}

/** Keys by what they hold, whatever they are called: a table of the user's own has names of its own. */
export function keyProblems(
  layout: EntityLayout,
  columns: readonly StoredColumn[],
  indexes: readonly StoredIndex[],
): SchemaProblem[] {
  const { entity, table } = layout
  const problems: SchemaProblem[] = []
  const report: Report = (kind, name, message) => {
    problems.push({ entity: entity.name, kind, name, message })
  }
  const named = (fields: readonly string[]): string[] => fields.map((field) => fold(columnOf(layout, field)))
  const rowid = columns.filter(({ primary }) => primary > 0).map(({ name }) => fold(name))
  const unique = indexes.filter((index) => index.unique && !index.partial)
  const keys = layout.keys.map(({ name, fields }) => ({ name, columns: named(fields) }))
  for (const { name, columns: wanted } of keys) {
    const holding = unique.find((index) => holdsKey(index.columns, wanted))
    if (!holding && !(name === 'id' && holdsKey(rowid, wanted)))
      reportMissingKey(layout, name, wanted.join(', '), report)
    if (holding?.collations.some((collation) => fold(collation) !== 'binary'))
      report(
        'collation',
        holding.name,
        `The unique index "${holding.name}" of table "${table}" compares text otherwise than byte by byte: give it the collation BINARY`,
      )
  }
  for (const { name, fields } of layout.indexes) {
    const wanted = named(fields)
    const leading = wanted.slice(0, Math.max(1, wanted.length - 1))
    const serves = indexes.some(
      (index) => !index.partial && leading.every((column, at) => index.columns[at] === column),
    )
    if (!serves) reportMissingIndex(layout, name, leading.join(', '), null, report)
  }
  return problems
}
