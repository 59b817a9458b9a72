import type { Operand, StoredRow } from '@portolan/adapter-kit'
import type { StoredOperand } from '../calls.ts'
import type { KnownDefinition } from '../definition.ts'
import { storedOperand } from '../query/tokens.ts'
import { decodeTexts } from './message.ts'
import { decodeValue } from './values.ts'

/** Every stored field in its place, what is not given as null; Lua puts the revision, and instants of its clock for numbers. */
export function rowMessage(
  known: KnownDefinition,
  values: { readonly [field: string]: Operand },
): readonly StoredOperand[] {
  return [false, ...known.definition.fields.map(({ name }) => storedOperand(known, name, values[name] ?? null))]
}

/** The same of what a transaction leaves: a number stands for a field that it doesn't hold, whose stored value stays. */
export function changedRowMessage(known: KnownDefinition, row: StoredRow): readonly StoredOperand[] {
  const { fields } = known.definition
  return [
    false,
    ...fields.map(({ name }) => (Object.hasOwn(row, name) ? storedOperand(known, name, row[name] ?? null) : 0)),
  ]
}

/** These fields of a row's bytes. Bytes that are no row were written by others, and throw. */
export function rowOf({ definition, places }: KnownDefinition, blob: Buffer, fields: Iterable<string>): StoredRow {
  const texts = decodeTexts(blob)
  const row: StoredRow = {}
  for (const field of fields) {
    const place = places.get(field) ?? 0
    row[field] = decodeValue(definition.fields[place - 2]?.kind ?? 'text', texts[place - 1] ?? null)
  }
  return row
}
