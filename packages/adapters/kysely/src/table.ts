import type { Operand, Scalar, StoredRow } from '@portolan/adapter-kit'
import { columnOf, type EntityLayout, fieldOf } from '@portolan/sql-kit'
import { type AliasedExpression, type AliasedRawBuilder, type Expression, type RawBuilder, sql } from 'kysely'
import type { Columns } from './client.ts'
import type { Dialect, Expressions } from './dialect.ts'
import type { InsertShapes } from './insert-row.ts'
import type { Slot } from './slots.ts'

/**
 * An entity's table in Kysely's terms. Names go through `sql.id`, which takes any text as one name, where a plain string would
 * be parsed for dots and aliases. Made once: expressions are values and can be used again and again.
 */
export interface Table {
  readonly layout: EntityLayout
  readonly expressions: Expressions
  /**
   * Whether others can write at the same time. Then rows that collide by a key or a rule are kept out by ON CONFLICT DO NOTHING,
   * which waits for whoever writes one; else by conditions of the statement's own.
   */
  readonly manyWriters: boolean
  /** The table as "this": the rows that a statement is about. */
  readonly from: AliasedRawBuilder<Columns, 'this'>
  /** The table as "other": rows that may be in the way. */
  readonly others: AliasedRawBuilder<Columns, 'other'>
  readonly column: (field: string) => string
  readonly own: (field: string) => RawBuilder<unknown>
  readonly other: (field: string) => RawBuilder<unknown>
  /** By the table's own name, as a row in the way goes in ON CONFLICT. */
  readonly named: (field: string) => RawBuilder<unknown>
  readonly selection: (fields: readonly string[]) => AliasedExpression<unknown, string>[]
  /** Every field, unqualified, since SQLite knows no alias in RETURNING. */
  readonly returning: readonly AliasedExpression<unknown, string>[]
  readonly encode: (value: Scalar) => unknown
  readonly decode: (row: Columns) => StoredRow
  readonly insertShapes: InsertShapes
}

function lookUp<V>(fields: Iterable<string>, make: (field: string) => V): (field: string) => V {
  const made = new Map([...fields].map((field) => [field, make(field)]))
  return (field) => {
    const found = made.get(field)
    if (found === undefined) throw new TypeError(`no field ${field}`)
    return found
  }
}

export function tableOf(layout: EntityLayout, { sql: dialect, expressions, capabilities }: Dialect): Table {
  const fields = [...layout.fields.keys()]
  const read = (field: string, column: string): AliasedExpression<unknown, string> =>
    sql.raw(dialect.selected(fieldOf(layout, field), column)).as(field)
  const quoted = (field: string): string => dialect.quote(columnOf(layout, field))
  const aliased = lookUp(fields, (field) => read(field, `"this".${quoted(field)}`))
  const table = sql.id(layout.table).$castTo<Columns>()
  return {
    layout,
    expressions,
    manyWriters: capabilities.writers === 'many',
    from: table.as('this'),
    others: table.as('other'),
    column: lookUp(fields, (field) => columnOf(layout, field)),
    own: lookUp(fields, (field) => sql.id('this', columnOf(layout, field))),
    other: lookUp(fields, (field) => sql.id('other', columnOf(layout, field))),
    named: lookUp(fields, (field) => sql.id(layout.table, columnOf(layout, field))),
    selection: (chosen) => chosen.map(aliased),
    returning: fields.map((field) => read(field, quoted(field))),
    encode: dialect.encode,
    decode: (row) => {
      const decoded: StoredRow = {}
      for (const field of fields) {
        const value = row[field]
        if (value !== undefined) decoded[field] = dialect.decode(fieldOf(layout, field), value)
      }
      return decoded
    },
    insertShapes: new Map(),
  }
}

/** One call's view of a table: which scope, until when, and what time it is. */
export interface Frame {
  readonly table: Table
  readonly scope: string | Slot | null
  /** On the scale of `performance.now()`. */
  readonly deadline: number
  readonly moment: (plusMilliseconds: number) => unknown
}

/** What a client binds for an operand. */
export function bound({ table, moment }: Frame, operand: Operand): unknown {
  return typeof operand === 'object' && operand !== null ? moment(operand.clock) : table.encode(operand)
}

/** Where to find a field's value: a column, or what it is about to be. */
export type Reference = (field: string) => Expression<unknown>
