import type { StoredField } from '@portolan/adapter-kit'
import { columnOf, type EntityLayout, fieldOf } from '../layout.ts'
import type { Report } from '../schema-problems.ts'
import type { StoredCollation, StoredColumn } from './catalog.ts'
import { postgresDialect } from './dialect.ts'

export function reportColumns(layout: EntityLayout, columns: readonly StoredColumn[], report: Report): void {
  const { table } = layout
  const stored = new Map(columns.map((column) => [column.name, column]))
  for (const field of layout.fields.keys()) {
    const name = columnOf(layout, field)
    const kept = fieldOf(layout, field)
    const tell = (kind: string, why: string): void =>
      report(kind, `${table}.${name}`, `The column "${name}" of table "${table}" ${why}`)
    const column = stored.get(name)
    if (!column) {
      tell('column', `(field ${field}) is missing: add it by a migration`)
      continue
    }
    const unfit = misfit(layout, field, kept, column.type)
    if (unfit !== null) tell(unfit.kind, `${unfit.why}: make it ${postgresDialect.columnType(kept)}`)
    else if (column.collation !== null && !ordersByCodePoint(column.collation))
      tell(
        'collation',
        `has the collation "${column.collation.name}", which ${column.collation.deterministic ? 'sorts otherwise than by code point' : 'takes texts that differ for the same'}: give it the collation "C"`,
      )
    if (column.computed)
      tell('column', `is computed by the database, but the field ${field} is written: map the field to another column`)
    if (kept.nullable && column.notNull) tell('not-null', `does not take null, but the field ${field} may be null`)
    if (!kept.nullable && !column.notNull)
      tell('not-null', `may hold null, but the field ${field} may not: make it not null`)
  }
  const mapped = new Set(layout.columns.values())
  for (const { name, notNull, hasDefault, computed } of columns) {
    if (!mapped.has(name) && notNull && !hasDefault && !computed)
      report(
        'column',
        `${table}.${name}`,
        `The column "${name}" of table "${table}" must be given a value, and no field is mapped to it: give it a default, or map a field to it`,
      )
  }
}

interface Misfit {
  readonly kind: 'type' | 'precision'
  readonly why: string
}

/** Why a column of that type does not give back what its field stores; null where it does. */
function misfit(layout: EntityLayout, field: string, stored: StoredField, type: string): Misfit | null {
  const is = (why: string): Misfit => ({ kind: 'type', why: `is of type ${type}, which ${why}` })
  switch (stored.kind) {
    case 'text':
    case 'one-of': {
      if (type === 'text' || type === 'character varying') return null
      const [, length] = /^character varying\((\d+)\)$/.exec(type) ?? []
      const enough = longest(layout, field, stored)
      if (length === undefined) return is(`changes or refuses texts of the field ${field} (${stored.kind})`)
      return enough !== null && Number(length) >= enough
        ? null
        : is(`refuses texts of the field ${field} (${stored.kind}) that are longer`)
    }
    case 'integer':
      if (type === 'bigint') return null
      return is(
        type === 'integer' || type === 'smallint'
          ? `refuses large numbers of the field ${field} (integer)`
          : `changes or refuses values of the field ${field} (integer)`,
      )
    case 'instant': {
      const [, precision] = /^timestamp(?:\((\d)\))? with time zone$/.exec(type) ?? []
      if (/^timestamp.* with time zone$/.test(type))
        return precision !== undefined && Number(precision) < 3
          ? {
              kind: 'precision',
              why: `is of type ${type}, which rounds away the milliseconds of the field ${field} (instant)`,
            }
          : null
      return is(
        type.startsWith('timestamp')
          ? `means another moment in each time zone, and none for the field ${field} (instant)`
          : `changes or refuses values of the field ${field} (instant)`,
      )
    }
    case 'json':
      return type === 'jsonb' || type === 'json' ? null : is(`is none for the field ${field} (json)`)
    case 'float':
    case 'boolean':
      return type === postgresDialect.columnType(stored)
        ? null
        : is(`changes or refuses values of the field ${field} (${stored.kind})`)
  }
}

/** The most characters that a field's texts have; null: there is no most. A key has at most 512 bytes. */
function longest({ entity }: EntityLayout, field: string, { values }: StoredField): number | null {
  if (values !== null) return Math.max(...values.map((value) => Array.from(value).length))
  const key =
    field === 'id' || field === entity.scope || Object.values(entity.unique).some((key) => key.includes(field))
  return key ? 512 : null
}

/** By name, provider and locale: nothing else tells how a collation sorts. */
function ordersByCodePoint({ provider, locale, deterministic }: StoredCollation): boolean {
  if (!deterministic) return false
  return provider === 'b' || (provider === 'c' && /^(C|POSIX|C\.UTF-?8)$/i.test(locale ?? ''))
}
