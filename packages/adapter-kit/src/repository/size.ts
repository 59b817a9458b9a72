import { refuse } from '../errors.ts'
import type { StoredRow } from '../spi/index.ts'
import { byteLength } from '../values/text.ts'
import type { RepositoryContext } from './context.ts'

type Context = Pick<RepositoryContext, 'model' | 'capabilities'>

/** Bytes of the texts of a row as UTF-8, plus 16 for every field: what databases bound, counted the same way everywhere. */
export function rowBytes(row: { readonly [field: string]: unknown }, exactly: boolean): number {
  let bytes = 0
  for (const value of Object.values(row)) {
    bytes += 16 + (typeof value !== 'string' ? 0 : exactly ? byteLength(value) : value.length * 3)
  }
  return bytes
}

function checkBytes(
  context: Context,
  what: string,
  limit: number | null,
  rows: readonly { readonly [field: string]: unknown }[],
): void {
  if (limit === null) return
  const upperBound = rows.reduce((sum, row) => sum + rowBytes(row, false), 0)
  if (upperBound <= limit) return
  const actual = rows.reduce((sum, row) => sum + rowBytes(row, true), 0)
  if (actual <= limit) return
  refuse(
    'too-large',
    `${context.model.name}: ${what} of ${actual} bytes is larger than this store takes (${limit} bytes)`,
    {
      entity: context.model.name,
      limit,
      actual,
    },
  )
}

export function checkRowSize(context: Context, row: { readonly [field: string]: unknown }): void {
  checkBytes(context, 'a row', context.capabilities.maxRowBytes, [row])
}

export function checkBulkSize(context: Context, rows: readonly StoredRow[]): void {
  const { maxTransactionRows, maxTransactionBytes } = context.capabilities
  for (const row of rows) checkRowSize(context, row)
  if (maxTransactionRows !== null && rows.length > maxTransactionRows) {
    refuse(
      'too-large',
      `${context.model.name}: ${rows.length} rows at once are more than this store takes (${maxTransactionRows})`,
      {
        entity: context.model.name,
        limit: maxTransactionRows,
        actual: rows.length,
      },
    )
  }
  checkBytes(context, 'a write', maxTransactionBytes, rows)
}
