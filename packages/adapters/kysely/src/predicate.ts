import type { Predicate, Scalar } from '@portolan/adapter-kit'
import { fieldOf, foldAscii, lettersToFold, upperBoundOf } from '@portolan/sql-kit'
import { type Expression, sql } from 'kysely'
import { type Condition, eb, every, some } from './client.ts'
import { bound, type Frame, type Reference } from './table.ts'

const comparison = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** More values go over as one JSON text: statements have a bounded number of parameters, and lists may be of any length. */
const manyValues = 200

/** A predicate in Kysely's terms, over the columns or values that `reference` gives. */
export function conditionOf(frame: Frame, predicate: Predicate, reference: Reference): Condition {
  switch (predicate.op) {
    case 'all':
      return every(predicate.parts.map((part) => conditionOf(frame, part, reference)))
    case 'any':
      return some(predicate.parts.map((part) => conditionOf(frame, part, reference)))
  }
  const { field } = predicate
  const value = reference(field)
  const orNull = (condition: Condition): Condition =>
    fieldOf(frame.table.layout, field).nullable ? eb.or([condition, eb(value, 'is', null)]) : condition
  switch (predicate.op) {
    case 'isNull':
      return eb(value, 'is', null)
    case 'isNotNull':
      return eb(value, 'is not', null)
    case 'ne':
      return orNull(eb(value, '<>', bound(frame, predicate.value)))
    case 'in':
      return eb(value, 'in', list(frame, field, predicate.values))
    case 'notIn':
      return orNull(eb(value, 'not in', list(frame, field, predicate.values)))
    case 'startsWith':
    case 'contains':
    case 'containsIgnoringCase': {
      const found = search(predicate.op, value, predicate.value)
      return predicate.negated ? orNull(eb.not(found)) : found
    }
    default:
      return eb(value, comparison[predicate.op], bound(frame, predicate.value))
  }
}

function list({ table }: Frame, field: string, values: readonly Scalar[]): unknown {
  const encoded = values.map(table.encode)
  if (values.length <= manyValues) return encoded
  // JSON writes a large double without a fraction, which SQLite would read as another integer.
  const value = fieldOf(table.layout, field).kind === 'float' ? sql`cast(value as real)` : sql`value`
  return sql`(select ${value} from json_each(${JSON.stringify(encoded)}))`
}

/** By functions that know no wildcards, so that the text searched for is only ever text. */
function search(
  op: 'startsWith' | 'contains' | 'containsIgnoringCase',
  value: Expression<unknown>,
  text: string,
): Condition {
  if (op === 'startsWith') {
    const above = upperBoundOf(text)
    return eb.and([eb(value, '>=', text), ...(above === null ? [] : [eb(value, '<', above)])])
  }
  if (op === 'contains') return sql`instr(${value}, ${text}) > 0`
  // lower() folds more than A-Z in builds with ICU; replacing the letters that occur folds the same everywhere.
  const folded = lettersToFold(text).reduce<Expression<unknown>>(
    (inner, letter) => sql`replace(${inner}, ${letter}, ${letter.toLowerCase()})`,
    value,
  )
  return sql`instr(${folded}, ${foldAscii(text)}) > 0`
}

/** Bound in every statement: no scope sees another's rows. */
export function inScope({ table, scope }: Frame, reference: Reference): Condition[] {
  const field = table.layout.entity.scope
  return field === null ? [] : [eb(reference(field), '=', scope)]
}

/** The rows of this call's scope that match. */
export function matching(frame: Frame, where: Predicate, reference: Reference = frame.table.own): Condition[] {
  const all = where.op === 'all' ? where.parts : [where]
  return [...inScope(frame, reference), ...all.map((part) => conditionOf(frame, part, reference))]
}
