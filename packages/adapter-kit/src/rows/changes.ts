import { storageError } from '../errors.ts'
import { evaluate, rowTest, type StoreClock } from '../queries/row-test.ts'
import type { Changes, Operand, Predicate, Refusal, Scalar, StoredEntity, StoredRow } from '../spi/index.ts'
import { fieldOf, idOf, type Row } from './row.ts'

export type OutOfRange = Extract<Refusal, { readonly kind: 'out-of-range' }>

export function newRow(entity: StoredEntity, values: { readonly [field: string]: Operand }, clock: StoreClock): Row {
  return Object.fromEntries(
    Object.keys(entity.fields).map((field): [string, Scalar] => [field, evaluate(values[field] ?? null, clock)]),
  )
}

/** The row after the changes, another object also where nothing differs; or the increment that leaves its range. */
export function changedRow(
  entity: StoredEntity,
  row: Row,
  set: Changes,
  clock: StoreClock,
): { readonly row: Row } | OutOfRange {
  const changed: StoredRow = { ...row }
  for (const [field, change] of Object.entries(set)) {
    if (typeof change === 'object' && change !== null && 'field' in change) {
      changed[field] = fieldOf(row, change.field)
      continue
    }
    if (typeof change !== 'object' || change === null || !('increment' in change)) {
      changed[field] = evaluate(change, clock)
      continue
    }
    const id = idOf(row)
    const value = fieldOf(row, field)
    if (typeof value !== 'number') throw unfit(entity, id, field)
    const sum = value + change.increment
    const inRange = entity.fields[field]?.kind === 'float' ? Number.isFinite(sum) : Number.isSafeInteger(sum)
    if (!inRange) return { kind: 'out-of-range', id, field }
    changed[field] = sum
  }
  return { row: changed }
}

/** Only foreign writes lead here: adding to what is no number would store a guess. */
function unfit(entity: StoredEntity, id: string, field: string): Error {
  const message = `${entity.name} ${id}: the stored ${field} is not a number, so nothing can be added to it; correct the row`
  return storageError('invalid-stored-value', message, { entity: entity.name, id, field })
}

/** The conditions of a write on the row that it finds; each null asks for nothing. */
export interface Conditions {
  readonly expect: Predicate | null
  readonly require: Predicate | null
  readonly version: number | null
  readonly where: Predicate | null
}

/** The first condition, in the order of refusals, that the row does not meet. */
export function unmet(row: Row, { expect, require, version, where }: Conditions, clock: StoreClock): Refusal | null {
  const holds = (predicate: Predicate | null): boolean => predicate === null || rowTest(predicate, clock)(row)
  const id = idOf(row)
  if (!holds(expect)) return { kind: 'changed' }
  if (!holds(require)) return { kind: 'invalid', id }
  if (version !== null && row.version !== version) return { kind: 'stale', id, actual: Number(row.version) }
  return holds(where) ? null : { kind: 'condition', id, row: { ...row } }
}
