import { compareScalars, type Operand, type Predicate, type Scalar } from '@portolan/adapter-kit'
import type { Row } from './row-index.ts'

export type Test = (row: Row) => boolean

/** The store's clock plus so many milliseconds, as an instant is stored. */
export type Clock = (plusMilliseconds: number) => string

type Comparison = Extract<Predicate, { readonly op: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte' }>
type Search = Extract<Predicate, { readonly op: 'startsWith' | 'contains' | 'containsIgnoringCase' }>

/** Made once per operation: the clock is read now, so that every row is judged at one moment. */
export function compile(predicate: Predicate, clock: Clock): Test {
  switch (predicate.op) {
    case 'all': {
      const tests = predicate.parts.map((part) => compile(part, clock))
      return (row) => tests.every((test) => test(row))
    }
    case 'any': {
      const tests = predicate.parts.map((part) => compile(part, clock))
      return (row) => tests.some((test) => test(row))
    }
    case 'isNull':
      return (row) => fieldOf(row, predicate.field) === null
    case 'isNotNull':
      return (row) => fieldOf(row, predicate.field) !== null
    case 'in':
    case 'notIn': {
      const values = new Set<Scalar>(predicate.values)
      const expected = predicate.op === 'in'
      return (row) => values.has(fieldOf(row, predicate.field)) === expected
    }
    case 'startsWith':
    case 'contains':
    case 'containsIgnoringCase':
      return compileSearch(predicate)
    default:
      return compileComparison(predicate, clock)
  }
}

export function fieldOf(row: Row, field: string): Scalar {
  return row[field] ?? null
}

export function evaluate(operand: Operand, clock: Clock): Scalar {
  return typeof operand === 'object' && operand !== null ? clock(operand.clock) : operand
}

function compileComparison({ op, field, value: operand }: Comparison, clock: Clock): Test {
  const expected = evaluate(operand, clock)
  if (op === 'eq') return (row) => fieldOf(row, field) === expected
  if (op === 'ne') return (row) => fieldOf(row, field) !== expected
  const holds: (order: number) => boolean = {
    lt: (order: number) => order < 0,
    lte: (order: number) => order <= 0,
    gt: (order: number) => order > 0,
    gte: (order: number) => order >= 0,
  }[op]
  return (row) => {
    const value = fieldOf(row, field)
    return value !== null && holds(compareScalars(value, expected))
  }
}

/** Stored and searched text hold no lone surrogates, so that a match by UTF-16 unit is one by code point. */
function compileSearch({ op, field, value: searched, negated }: Search): Test {
  const folded = foldAscii(searched)
  const found: (text: string) => boolean = {
    startsWith: (text: string) => text.startsWith(searched),
    contains: (text: string) => text.includes(searched),
    containsIgnoringCase: (text: string) => foldAscii(text).includes(folded),
  }[op]
  return (row) => {
    const value = fieldOf(row, field)
    return (typeof value === 'string' && found(value)) !== negated
  }
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
