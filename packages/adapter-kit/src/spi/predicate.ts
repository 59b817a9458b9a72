/**
 * A stored value. Instants are ISO text with milliseconds, json is its JSON text, an absent value is null.
 * A driver converts to and from what its database stores natively; what it can't convert exactly it hands on as it is, so that
 * the kit reports `invalid-stored-value`.
 */
export type Scalar = string | number | boolean | null

/** The store's clock plus so many milliseconds, evaluated by the store; only where an instant is expected. */
export interface ClockOperand {
  readonly clock: number
}

export type Operand = Scalar | ClockOperand

/**
 * A condition on one row, in two-valued logic: the kit has removed `not` and spelled out what happens to null, so no driver
 * decides that again. `all` of nothing is true, `any` of nothing is false.
 */
export type Predicate =
  | { readonly op: 'all'; readonly parts: readonly Predicate[] }
  | { readonly op: 'any'; readonly parts: readonly Predicate[] }
  /** Never matches null, on either side. */
  | { readonly op: 'eq' | 'lt' | 'lte' | 'gt' | 'gte'; readonly field: string; readonly value: Exclude<Operand, null> }
  /** Matches null rows as well. */
  | { readonly op: 'ne'; readonly field: string; readonly value: Exclude<Operand, null> }
  /** `values` holds no null, may hold 5,000 and more. `in` never matches null, `notIn` does. */
  | { readonly op: 'in' | 'notIn'; readonly field: string; readonly values: readonly Exclude<Scalar, null>[] }
  | { readonly op: 'isNull' | 'isNotNull'; readonly field: string }
  /** By code point; `containsIgnoringCase` folds A-Z only. `negated` matches null as well. */
  | {
      readonly op: 'startsWith' | 'contains' | 'containsIgnoringCase'
      readonly field: string
      readonly value: string
      readonly negated: boolean
    }

export const always: Predicate = { op: 'all', parts: [] }
export const never: Predicate = { op: 'any', parts: [] }

/** `eq` that also takes null. */
export function same(field: string, value: Operand): Predicate {
  return value === null ? { op: 'isNull', field } : { op: 'eq', field, value }
}

export function all(...parts: readonly Predicate[]): Predicate {
  const kept = parts.flatMap((part) => (part.op === 'all' ? part.parts : [part]))
  if (kept.some((part) => part.op === 'any' && part.parts.length === 0)) return never
  return kept.length === 1 && kept[0] ? kept[0] : { op: 'all', parts: kept }
}

export function any(...parts: readonly Predicate[]): Predicate {
  const kept = parts.flatMap((part) => (part.op === 'any' ? part.parts : [part]))
  if (kept.some((part) => part.op === 'all' && part.parts.length === 0)) return always
  return kept.length === 1 && kept[0] ? kept[0] : { op: 'any', parts: kept }
}
