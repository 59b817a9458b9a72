/** The order and the matching that the clauses ask for, written down a second time, plainly, to compare stores with. */
export type Value = string | number | boolean | null

/** Code points, not UTF-16 units; null first; false before true. */
export function compareValues(left: Value, right: Value): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1
  if (typeof left === 'string' && typeof right === 'string') {
    const a = [...left].map((character) => character.codePointAt(0) ?? 0)
    const b = [...right].map((character) => character.codePointAt(0) ?? 0)
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const difference = (a[index] ?? 0) - (b[index] ?? 0)
      if (difference !== 0) return difference
    }
    return a.length - b.length
  }
  return Number(left) - Number(right)
}

export type Entry = readonly [field: string, direction: 'asc' | 'desc']

/** Ties break by id in the direction of the last entry; without entries by id ascending. */
export function sorted<R extends { readonly id: string }>(rows: readonly R[], order: readonly Entry[]): R[] {
  const last = order.at(-1)?.[1] ?? 'asc'
  const total: readonly Entry[] = [...order, ['id', last]]
  const valueIn = (row: R, field: string): Value => (row as unknown as Record<string, Value>)[field] ?? null
  return [...rows].sort((left, right) => {
    for (const [field, direction] of total) {
      const difference = compareValues(valueIn(left, field), valueIn(right, field))
      if (difference !== 0) return direction === 'asc' ? difference : -difference
    }
    return 0
  })
}

type Operators = { readonly [operator: string]: unknown }

/** Whether a row matches a filter of plain values. */
export function matchesFilter(row: { readonly [field: string]: unknown }, filter: object): boolean {
  return Object.entries(filter).every(([name, given]) => {
    if (name === 'and') return (given as object[]).every((part) => matchesFilter(row, part))
    if (name === 'or') return (given as object[]).some((part) => matchesFilter(row, part))
    if (name === 'not') return !matchesFilter(row, given as object)
    const operators: Operators = given !== null && typeof given === 'object' ? (given as Operators) : { eq: given }
    return Object.entries(operators).every(([operator, operand]) =>
      holds((row[name] ?? null) as Value, operator, operand),
    )
  })
}

const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

function holds(value: Value, operator: string, operand: unknown): boolean {
  const one = operand as Value
  const list = operand as Value[]
  const text = String(operand)
  switch (operator) {
    case 'eq':
      return value === one
    case 'ne':
      return value !== one
    case 'in':
      return value !== null && list.includes(value)
    case 'notIn':
      return !list.includes(value)
    case 'lt':
      return value !== null && compareValues(value, one) < 0
    case 'lte':
      return value !== null && compareValues(value, one) <= 0
    case 'gt':
      return value !== null && compareValues(value, one) > 0
    case 'gte':
      return value !== null && compareValues(value, one) >= 0
    case 'startsWith':
      return typeof value === 'string' && value.startsWith(text)
    case 'contains':
      return typeof value === 'string' && value.includes(text)
    case 'containsIgnoringCase':
      return typeof value === 'string' && fold(value).includes(fold(text))
    default:
      throw new Error(`no operator ${operator}`)
  }
}
