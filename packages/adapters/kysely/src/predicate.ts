import type { Predicate, Scalar } from '@portolan/adapter-kit'
import { fieldOf, foldAscii, lettersToFold, upperBoundOf } from '@portolan/sql-kit'
import type { Expression } from 'kysely'
import { type Condition, eb, every, some } from './client.ts'
import type { Expressions } from './dialect.ts'
import { bound, type Frame, type Reference } from './table.ts'

const comparison = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** More values than this go over as one: statements have a bounded number of parameters, and lists may be of any length. */
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
  const value = frame.table.expressions.compared(fieldOf(frame.table.layout, field), reference(field))
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
      const found = search(frame.table.expressions, predicate.op, value, predicate.value)
      return predicate.negated ? orNull(eb.not(found)) : found
    }
    default:
      return eb(value, comparison[predicate.op], bound(frame, predicate.value))
  }
}

function list({ table }: Frame, field: string, values: readonly Scalar[]): unknown {
  const encoded = values.map(table.encode)
  return values.length <= manyValues ? encoded : table.expressions.list(fieldOf(table.layout, field), encoded)
}

/** Without wildcards, so that the text searched for is only ever text. */
function search(
  { contains, folded }: Expressions,
  op: 'startsWith' | 'contains' | 'containsIgnoringCase',
  value: Expression<unknown>,
  text: string,
): Condition {
  if (op === 'contains') return contains(value, text)
  if (op === 'containsIgnoringCase') return contains(folded(value, lettersToFold(text)), foldAscii(text))
  const above = upperBoundOf(text)
  return eb.and([eb(value, '>=', text), ...(above === null ? [] : [eb(value, '<', above)])])
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
