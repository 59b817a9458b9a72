import type { Refusal, Scalar } from '@portolan/adapter-kit'
import { rowConflict } from './errors.ts'
import { collides, ruleTest } from './intervals.ts'
import { fieldOf, idOf, type Row, uniqueName } from './row-index.ts'
import type { Place } from './transaction.ts'
import { visible } from './view.ts'

export function collisionOf(at: Place, row: Row): Refusal | null {
  return duplicateOf(at, row) ?? overlapOf(at, row)
}

export function duplicateOf(at: Place, row: Row): Refusal | null {
  for (const key of Object.keys(at.partition.table.definition.unique)) {
    const holder = holderOf(at, key, row, row.id)
    if (holder) return { kind: 'duplicate', unique: key, id: idOf(holder) }
  }
  return null
}

/** The row with the same natural key, other than that of the id `besides`; a key with a null part has none. */
export function holderOf(at: Place, key: string, row: Row, besides: Scalar | undefined): Row | undefined {
  const fields = at.partition.table.definition.unique[key] ?? []
  const values = fields.map((field) => fieldOf(row, field))
  if (values.includes(null)) return undefined
  const same = (other: Row): boolean =>
    other.id !== besides && fields.every((field, part) => fieldOf(other, field) === values[part])
  const access = { kind: 'key', name: uniqueName(key), values: values.map((value) => [value]) } as const
  const [holder, another] = [...visible(at, access, same, true)]
  // One is of this transaction, the other was committed since: this one cannot commit any more.
  if (another) throw rowConflict(at.partition.table.definition.name, idOf(another))
  return holder
}

export function overlapOf(at: Place, row: Row): Refusal | null {
  for (const rule of at.partition.table.definition.rules) {
    const applies = ruleTest(rule)
    if (!applies(row)) continue
    const meets = (other: Row): boolean => other.id !== row.id && collides(rule, applies, row, other)
    const [met] = [...visible(at, { kind: 'overlap', rule: rule.name, row }, meets, true)]
    if (met) return { kind: 'overlap', rule: rule.name, id: idOf(met) }
  }
  return null
}
