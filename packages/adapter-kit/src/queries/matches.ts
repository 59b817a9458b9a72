import type { Operand, Predicate, Scalar } from '../spi/index.ts'
import { compareScalars } from './position.ts'

/** Whether a row matches, in the process itself; `clock` gives the store's time for clock operands. */
export function matches(
  predicate: Predicate,
  row: { readonly [field: string]: Scalar },
  clock: (plusMilliseconds: number) => string,
): boolean {
  if (predicate.op === 'all') return predicate.parts.every((part) => matches(part, row, clock))
  if (predicate.op === 'any') return predicate.parts.some((part) => matches(part, row, clock))
  const value = row[predicate.field] ?? null
  const against = (operand: Operand): number =>
    compareScalars(value, typeof operand === 'object' && operand !== null ? clock(operand.clock) : operand)
  switch (predicate.op) {
    case 'isNull':
      return value === null
    case 'isNotNull':
      return value !== null
    case 'eq':
      return value !== null && against(predicate.value) === 0
    case 'ne':
      return value === null || against(predicate.value) !== 0
    case 'lt':
      return value !== null && against(predicate.value) < 0
    case 'lte':
      return value !== null && against(predicate.value) <= 0
    case 'gt':
      return value !== null && against(predicate.value) > 0
    case 'gte':
      return value !== null && against(predicate.value) >= 0
    case 'in':
      return value !== null && predicate.values.includes(value)
    case 'notIn':
      return value === null || !predicate.values.includes(value)
    default:
      return typeof value === 'string' ? textMatches(predicate, value) !== predicate.negated : predicate.negated
  }
}

function textMatches({ op, value }: { op: string; value: string }, text: string): boolean {
  if (op === 'startsWith') return text.startsWith(value)
  return op === 'contains' ? text.includes(value) : foldAscii(text).includes(foldAscii(value))
}

/** Only A-Z: full folding differs from database to database. */
function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
