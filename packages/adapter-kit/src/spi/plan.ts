import type { Operand, Predicate, Scalar } from './predicate.ts'
import type { StoredEntity } from './stored-entity.ts'

/** Every field of the entity, none missing. */
export type StoredRow = { [field: string]: Scalar }

interface Plan {
  readonly entity: StoredEntity
  /** The scope's value; null exactly when the entity has none. Every statement of the plan is bound to it. */
  readonly scope: string | null
}

export interface Order {
  readonly field: string
  readonly direction: 'asc' | 'desc'
  /** Whether the field may hold null, so that null order matters. */
  readonly nullable: boolean
}

export interface SelectPlan extends Plan {
  readonly where: Predicate
  /** Total: it ends with the id. null sorts first ascending, last descending; text by code point. */
  readonly order: readonly Order[]
  /** Only rows after this position: a value for each entry of `order`. `afterPosition` makes a predicate of it. */
  readonly after: readonly Scalar[] | null
  readonly limit: number | null
  readonly offset: number
  /** What rows shall hold; the id is always among them. */
  readonly fields: readonly string[]
  /** Only in a session: nobody else may change these rows until it ends. Meaningless where the session holds its reads anyway. */
  readonly lock: boolean
}

export interface CountPlan extends Plan {
  readonly where: Predicate
}

/** Values to store, possibly none; an increment adds to a number that is never null; `field`: what another field of the row held. */
export type Changes = {
  readonly [field: string]: Operand | { readonly increment: number } | { readonly field: string }
}

interface Guarded {
  /** No row but the one being written may match. */
  readonly unless: Predicate | null
  /** Held until the operation, or its session, ends; sorted, distinct. Empty exactly when `unless` is null. */
  readonly guards: readonly string[]
}

export interface InsertPlan extends Plan, Guarded {
  /** Never empty; the kit has refused rows that collide with one another. More than one only with onDuplicate 'report'. */
  readonly rows: readonly { readonly [field: string]: Operand }[]
  readonly onDuplicate:
    | { readonly kind: 'report' }
    /** By the key's name, or 'id': the row in the way comes back unchanged. */
    | { readonly kind: 'return'; readonly unique: string }
    | {
        readonly kind: 'update'
        readonly unique: string
        readonly set: Changes
        readonly require: Predicate | null
        readonly version: number | null
        readonly where: Predicate | null
      }
}

export interface UpdatePlan extends Plan, Guarded {
  readonly id: string
  readonly set: Changes
  /** What the row must be for the changes to be valid (an interval that keeps its direction): a mismatch is `invalid`. */
  readonly require: Predicate | null
  /** The caller's condition: a mismatch is `stale`. */
  readonly version: number | null
  /** The caller's condition: a mismatch is `condition`. */
  readonly where: Predicate | null
  /** What the transaction has read of this row: a mismatch, or the row's absence, is `changed`. May compare json texts. */
  readonly expect: Predicate | null
}

export interface DeletePlan extends Plan, Guarded {
  readonly id: string
  readonly version: number | null
  readonly where: Predicate | null
  readonly expect: Predicate | null
}

export interface UpdateManyPlan extends Plan {
  readonly where: Predicate
  /** Touches no `within`, `from` or `until` of a rule. */
  readonly set: Changes
  readonly returning: 'count' | 'ids'
}

export interface DeleteManyPlan extends Plan {
  readonly where: Predicate
  readonly limit: number | null
}

/** Never in a session; touches no field of a key or rule. */
export interface ClaimPlan extends Plan {
  readonly where: Predicate
  readonly order: readonly Order[]
  readonly limit: number
  readonly set: Changes
}
