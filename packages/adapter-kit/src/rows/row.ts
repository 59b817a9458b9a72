import type { Scalar, StoredRow } from '../spi/index.ts'

/** Never changed once stored: an update stores another object. */
export type Row = Readonly<StoredRow>

export function fieldOf(row: Row, field: string): Scalar {
  return row[field] ?? null
}

export function idOf(row: Row): string {
  return String(row.id)
}

/** A fresh object: what callers do to it reaches no stored row. */
export function copy(row: Row, fields: readonly string[]): StoredRow {
  return Object.fromEntries(fields.map((field) => [field, fieldOf(row, field)]))
}
