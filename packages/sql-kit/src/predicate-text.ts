import type { Operand, Predicate, Scalar } from '@portolan/adapter-kit'
import type { SqlDialect } from './dialect.ts'
import { foldAscii, lettersToFold, upperBoundOf } from './text-search.ts'

const comparison = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/**
 * A predicate as SQL text with its values written in: for what the database keeps (partial indexes, triggers), and for the
 * conditions of statements that are to use such an index, which must be the very same text.
 */
export function predicateText(predicate: Predicate, reference: (field: string) => string, dialect: SqlDialect): string {
  const { literal } = dialect
  if (predicate.op === 'all' || predicate.op === 'any') {
    const parts = predicate.parts.map((part) => predicateText(part, reference, dialect))
    if (parts.length === 0) return predicate.op === 'all' ? '1 = 1' : '1 = 0'
    return `(${parts.join(predicate.op === 'all' ? ' and ' : ' or ')})`
  }
  const column = reference(predicate.field)
  switch (predicate.op) {
    case 'isNull':
      return `${column} is null`
    case 'isNotNull':
      return `${column} is not null`
    case 'ne':
      return `(${column} <> ${literal(constant(predicate.value))} or ${column} is null)`
    case 'in':
      return `${column} in (${predicate.values.map(literal).join(', ')})`
    case 'notIn':
      return `(${column} not in (${predicate.values.map(literal).join(', ')}) or ${column} is null)`
    case 'startsWith':
    case 'contains':
    case 'containsIgnoringCase': {
      const found = searchText(predicate.op, column, predicate.value, dialect)
      return predicate.negated ? `(not ${found} or ${column} is null)` : found
    }
    default:
      return `${column} ${comparison[predicate.op]} ${literal(constant(predicate.value))}`
  }
}

function constant(operand: Operand): Scalar {
  if (typeof operand === 'object' && operand !== null)
    throw new TypeError('a rule that the database keeps cannot depend on a clock')
  return operand
}

function searchText(
  op: 'startsWith' | 'contains' | 'containsIgnoringCase',
  column: string,
  value: string,
  dialect: SqlDialect,
): string {
  const { literal, occurs } = dialect
  if (op === 'startsWith') {
    const above = upperBoundOf(value)
    return `(${column} >= ${literal(value)}${above === null ? '' : ` and ${column} < ${literal(above)}`})`
  }
  if (op === 'contains') return `(${occurs(column, literal(value))})`
  const folded = lettersToFold(value).reduce(
    (text, letter) => `replace(${text}, ${literal(letter)}, ${literal(letter.toLowerCase())})`,
    column,
  )
  return `(${occurs(folded, literal(foldAscii(value)))})`
}
