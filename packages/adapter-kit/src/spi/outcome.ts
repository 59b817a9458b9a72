import type { StoredRow } from './plan.ts'

/**
 * An expected conflict: an outcome, not an exception, and nothing was written. Where several apply the first of this order is
 * reported: missing, changed, invalid, stale, condition, out-of-range, duplicate, unless, overlap.
 */
export type Refusal =
  | { readonly kind: 'changed' }
  | { readonly kind: 'invalid'; readonly id: string }
  | { readonly kind: 'stale'; readonly id: string; readonly actual: number }
  /** `row`: as it is, where the driver has it at hand; then nobody has to read it again. */
  | { readonly kind: 'condition'; readonly id: string; readonly row?: StoredRow | undefined }
  | { readonly kind: 'out-of-range'; readonly id: string; readonly field: string }
  /** `unique` is the key's name, or 'id'; `id` is null where the row in the way belongs to another scope. */
  | { readonly kind: 'duplicate'; readonly unique: string; readonly id: string | null }
  /** At most ten ids. */
  | { readonly kind: 'unless'; readonly ids: readonly string[] }
  /** Of several rows written at once the one in the way may be among them. */
  | { readonly kind: 'overlap'; readonly rule: string; readonly id: string }

export type InsertOutcome =
  /** The rows as stored, in the plan's order. */
  | { readonly kind: 'inserted'; readonly rows: readonly StoredRow[] }
  /** Of onDuplicate 'return'. */
  | { readonly kind: 'existing'; readonly row: StoredRow }
  /** Of onDuplicate 'update'. */
  | { readonly kind: 'updated'; readonly row: StoredRow }
  | Refusal

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly row: StoredRow }
  | { readonly kind: 'missing' }
  | Refusal
/** The row as it was. */
export type DeleteOutcome =
  | { readonly kind: 'deleted'; readonly row: StoredRow }
  | { readonly kind: 'missing' }
  | Refusal
/** `ids` is empty unless they were asked for. */
export type UpdateManyOutcome =
  | { readonly kind: 'updated'; readonly count: number; readonly ids: readonly string[] }
  | Refusal
