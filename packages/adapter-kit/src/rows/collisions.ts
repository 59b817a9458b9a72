import type { RowTest } from '../queries/row-test.ts'
import type { Refusal, Scalar, StoredEntity } from '../spi/index.ts'
import { collides, ruleTest } from './intervals.ts'
import { fieldOf, idOf, type Row } from './row.ts'
import { type Access, uniqueName } from './row-index.ts'

/** Rows among which a new one has to find its place, itself included, as the whole statement leaves them. */
export interface Surroundings {
  readonly entity: StoredEntity
  find(access: Access, test: RowTest): Iterable<Row>
}

export function collisionOf(at: Surroundings, row: Row): Refusal | null {
  return duplicateOf(at, row) ?? overlapOf(at, row)
}

export function duplicateOf(at: Surroundings, row: Row): Refusal | null {
  for (const key of Object.keys(at.entity.unique)) {
    const [holder] = holdersOf(at, key, row, row.id)
    if (holder) return { kind: 'duplicate', unique: key, id: idOf(holder) }
  }
  return null
}

/**
 * Rows with the same natural key, other than that of the id `besides`; a key with a null part has none. There may be two: one that
 * an earlier statement of the transaction wrote, and one committed since; then it cannot commit any more.
 */
export function holdersOf(at: Surroundings, key: string, row: Row, besides: Scalar | undefined): Row[] {
  const fields = at.entity.unique[key] ?? []
  const values = fields.map((field) => fieldOf(row, field))
  if (values.includes(null)) return []
  const same = (other: Row): boolean =>
    other.id !== besides && fields.every((field, part) => fieldOf(other, field) === values[part])
  const access: Access = { kind: 'key', name: uniqueName(key), values: values.map((value) => [value]) }
  return [...at.find(access, same)]
}

export function overlapOf(at: Surroundings, row: Row): Refusal | null {
  for (const rule of at.entity.rules) {
    const applies = ruleTest(rule)
    if (!applies(row)) continue
    const meets = (other: Row): boolean => other.id !== row.id && collides(rule, applies, row, other)
    const [met] = [...at.find({ kind: 'overlap', rule: rule.name, row }, meets)]
    if (met) return { kind: 'overlap', rule: rule.name, id: idOf(met) }
  }
  return null
}
