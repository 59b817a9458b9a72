import type { SchemaProblem } from '@portolan/ports'
import { columnOf, type EntityLayout, fieldOf } from '../layout.ts'
import type { Query } from '../query.ts'
import { sqliteDialect } from './dialect.ts'

const { quote } = sqliteDialect
const textual: ReadonlySet<string> = new Set(['text', 'one-of', 'instant'])

/**
 * Columns that compare text otherwise than byte by byte (NOCASE, RTRIM). SQLite tells a column's collation to nobody, so it is
 * asked how it compares: the first part of a union gives its columns' collations to the whole, and need not have a row.
 */
export async function collationProblems(layout: EntityLayout, query: Query): Promise<SchemaProblem[]> {
  const columns = [...layout.fields.keys()]
    .filter((field) => textual.has(fieldOf(layout, field).kind))
    .map((field) => columnOf(layout, field))
  const given = columns.map((column, index) => `${quote(column)} as c${index}`).join(', ')
  const asked = columns.map((_, index) => `c${index} = 'a' as n${index}, c${index} = 'A ' as r${index}`).join(', ')
  const [answer] = await query(
    `select ${asked} from (select ${given} from ${quote(layout.table)} where 0 union all select ${columns.map(() => "'A'").join(', ')})`,
    [],
  )
  return columns.flatMap((column, index): SchemaProblem[] => {
    const nocase = Number(answer?.[`n${index}`]) === 1
    const rtrim = Number(answer?.[`r${index}`]) === 1
    if (!nocase && !rtrim) return []
    const takes = nocase ? 'lower and upper case' : 'text with and without spaces at its end'
    return [
      {
        entity: layout.entity.name,
        kind: 'collation',
        name: `${layout.table}.${column}`,
        message: `The column "${column}" of table "${layout.table}" takes ${takes} for the same: give it the collation BINARY`,
      },
    ]
  })
}
