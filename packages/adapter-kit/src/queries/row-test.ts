import type { Operand, Predicate, Scalar } from '../spi/index.ts'
import { compareScalars } from './position.ts'

type Row = { readonly [field: string]: Scalar }

export type RowTest = (row: Row) => boolean

/** The store's clock plus so many milliseconds, as an instant is stored. */
export type StoreClock = (plusMilliseconds: number) => string

type Comparison = Extract<Predicate, { readonly op: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte' }>
type Search = Extract<Predicate, { readonly op: 'startsWith' | 'contains' | 'containsIgnoringCase' }>

/** What a predicate says of rows, in the process itself. The clock is read now, so that every row is judged at one moment. */
export function rowTest(predicate: Predicate, clock: StoreClock): RowTest {
  switch (predicate.op) {
    case 'all': {
      const tests = predicate.parts.map((part) => rowTest(part, clock))
      return (row) => tests.every((test) => test(row))
    }
    case 'any': {
      const tests = predicate.parts.map((part) => rowTest(part, clock))
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

function fieldOf(row: Row, field: string): Scalar {
  return row[field] ?? null
}

/** The value of an operand at this moment. */
export function evaluate(operand: Operand, clock: StoreClock): Scalar {
  return typeof operand === 'object' && operand !== null ? clock(operand.clock) : operand
}

/** For a single row. */
export function matches(predicate: Predicate, row: Row, clock: StoreClock): boolean {
  return rowTest(predicate, clock)(row)
}

function compileComparison({ op, field, value: operand }: Comparison, clock: StoreClock): RowTest {
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
function compileSearch({ op, field, value: searched, negated }: Search): RowTest {
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
