import type { Predicate, Scalar, StoredRow } from '@portolan/adapter-kit'
import { compareValues } from './reference-order.ts'

/** Whether a stored row meets a predicate without clocks in it: for drivers that check in the process what a database should. */
export function predicateHolds(predicate: Predicate, row: StoredRow): boolean {
  if (predicate.op === 'all') return predicate.parts.every((part) => predicateHolds(part, row))
  if (predicate.op === 'any') return predicate.parts.some((part) => predicateHolds(part, row))
  const value = row[predicate.field] ?? null
  switch (predicate.op) {
    case 'isNull':
      return value === null
    case 'isNotNull':
      return value !== null
    case 'eq':
      return value === predicate.value
    case 'ne':
      return value !== predicate.value
    case 'in':
      return value !== null && predicate.values.includes(value)
    case 'notIn':
      return value === null || !predicate.values.includes(value)
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return value !== null && isBeyond(predicate.op, compareValues(value, predicate.value as Scalar))
    default:
      throw new Error(`no driver of this package checks "${predicate.op}" in the process`)
  }
}

function isBeyond(op: 'lt' | 'lte' | 'gt' | 'gte', difference: number): boolean {
  if (difference === 0) return op === 'lte' || op === 'gte'
  return difference < 0 === (op === 'lt' || op === 'lte')
}
