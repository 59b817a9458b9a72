import type { Predicate } from '@portolan/adapter-kit'
import { compareText } from '@portolan/adapter-kit'
import type { Bound } from '../calls.ts'
import type { KnownDefinition } from '../definition.ts'
import { component } from '../encoding/members.ts'
import type { StoredText } from '../encoding/values.ts'
import { storedOperand } from './tokens.ts'

type Known = Pick<KnownDefinition, 'definition' | 'places'>

/** The values that a field can have in a row that matches: null as false, distinct, ascending. */
export interface Values {
  readonly values: readonly StoredText[]
  /** Positions of the conditions, among those of the query, of which this says everything. */
  readonly says: readonly number[]
}

/** One end of a range, behind what the range begins with. */
export type Edge = Bound

export interface Interval {
  readonly from: Edge | null
  readonly to: Edge | null
  readonly says: readonly number[]
}

/** What the conditions of a query, all of which must hold, say of single fields. */
export interface Constraints {
  readonly values: ReadonlyMap<string, Values>
  readonly intervals: ReadonlyMap<string, Interval>
}

/** The conditions that must all hold. */
export function conditionsOf(where: Predicate): readonly Predicate[] {
  return where.op === 'all' ? where.parts.flatMap(conditionsOf) : [where]
}

export function constraintsOf(known: Known, conditions: readonly Predicate[]): Constraints {
  const values = new Map<string, Values>()
  const intervals = new Map<string, Interval>()
  conditions.forEach((condition, position) => {
    for (const [field, set] of valuesOf(known, condition)) {
      const earlier = values.get(field)
      values.set(field, {
        values: earlier ? common(earlier.values, set.values) : set.values,
        says: [...(earlier?.says ?? []), ...(set.exact ? [position] : [])],
      })
    }
    const interval = intervalOf(known, condition)
    if (interval) intervals.set(interval.field, narrowed(intervals.get(interval.field), interval, position))
  })
  return { values, intervals }
}

/** Whether a condition says which values one field may have, and nothing else. */
export function isValueSet(known: Known, condition: Predicate): boolean {
  return [...valuesOf(known, condition).values()].some(({ exact }) => exact)
}

/** `exact`: the condition says nothing else. */
interface ValueSet {
  readonly values: readonly StoredText[]
  readonly exact: boolean
}

function valuesOf(known: Known, condition: Predicate): ReadonlyMap<string, ValueSet> {
  switch (condition.op) {
    case 'eq': {
      const value = storedOperand(known, condition.field, condition.value)
      return typeof value === 'number' ? new Map() : new Map([[condition.field, { values: [value], exact: true }]])
    }
    case 'isNull':
      return new Map([[condition.field, { values: [false], exact: true }]])
    case 'in': {
      const values = condition.values.map((value) => storedOperand(known, condition.field, value) as StoredText)
      return new Map([[condition.field, { values: ascending(values), exact: true }]])
    }
    case 'all': {
      const merged = new Map<string, ValueSet>()
      for (const part of condition.parts) {
        for (const [field, { values }] of valuesOf(known, part)) {
          const earlier = merged.get(field)?.values
          merged.set(field, { values: earlier ? common(earlier, values) : values, exact: false })
        }
      }
      return merged
    }
    case 'any': {
      const [first, ...others] = condition.parts.map((part) => valuesOf(known, part))
      const merged = new Map<string, ValueSet>()
      for (const [field, set] of first ?? []) {
        const sets = [set, ...others.map((other) => other.get(field))]
        if (!sets.every((one) => one !== undefined)) continue
        const values = ascending(sets.flatMap((one) => one.values))
        merged.set(field, { values, exact: sets.every(({ exact }) => exact) })
      }
      return merged
    }
    default:
      return new Map()
  }
}

function common(left: readonly StoredText[], right: readonly StoredText[]): StoredText[] {
  const among = new Set(right)
  return left.filter((value) => among.has(value))
}

function ascending(values: readonly StoredText[]): StoredText[] {
  return [...new Set(values)].sort(compareStored)
}

/** As the bytes of their components sort: null first. */
export function compareStored(left: StoredText, right: StoredText): number {
  if (left === false || right === false) return left === right ? 0 : left === false ? -1 : 1
  return compareText(left, right)
}

interface OfField {
  readonly field: string
  readonly from: Edge | null
  readonly to: Edge | null
}

const afterNull: Edge = ['\u0002', false, 0]

function intervalOf(known: Known, condition: Predicate): OfField | null {
  switch (condition.op) {
    case 'isNotNull':
      return { field: condition.field, from: afterNull, to: null }
    case 'startsWith': {
      if (condition.negated) return null
      const start = `\u0002${condition.value}`
      return { field: condition.field, from: [start, false, 0], to: [start, false, 1] }
    }
    case 'eq':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte': {
      const { op, field } = condition
      const value = storedOperand(known, field, condition.value)
      const edge = (beyond: 0 | 1): Edge =>
        typeof value === 'number' ? ['\u0002', value, beyond] : [component(value), false, beyond]
      if (op === 'eq') return { field, from: edge(0), to: edge(1) }
      if (op === 'lt' || op === 'lte') return { field, from: afterNull, to: edge(op === 'lte' ? 1 : 0) }
      return { field, from: edge(op === 'gt' ? 1 : 0), to: null }
    }
    case 'any': {
      // Up to a value, or null: one interval, since null comes first.
      const [left, right] = condition.parts
      if (condition.parts.length !== 2 || !left || !right) return null
      const [none, bounded] = left.op === 'isNull' ? [left, right] : [right, left]
      if (none.op !== 'isNull' || (bounded.op !== 'lt' && bounded.op !== 'lte')) return null
      const interval = intervalOf(known, bounded)
      return interval && interval.field === none.field ? { ...interval, from: null } : null
    }
    default:
      return null
  }
}

/** The first condition on either end decides it; what another one says of that end must be tested. */
function narrowed(earlier: Interval | undefined, { from, to }: OfField, position: number): Interval {
  if (!earlier) return { from, to, says: [position] }
  const fits = (isOpen(from) || isOpen(earlier.from)) && (to === null || earlier.to === null)
  return {
    // Null is left out as soon as one condition leaves it out.
    from: isOpen(earlier.from) ? (from ?? earlier.from) : earlier.from,
    to: earlier.to ?? to,
    says: fits ? [...earlier.says, position] : earlier.says,
  }
}

function isOpen(from: Edge | null): boolean {
  return from === null || from === afterNull
}
