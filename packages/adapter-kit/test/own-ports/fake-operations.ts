import type { Operations } from '../../src/operations.ts'
import { matches } from '../../src/queries/row-test.ts'
import type { StoredRow } from '../../src/spi/index.ts'

const now = (plus: number): string => new Date(Date.parse('2026-03-01T12:00:00.000Z') + plus).toISOString()

/**
 * Rows in a map, enough of a driver for what enqueue asks of one, and a record of what was called. `before` runs ahead of each
 * insert: the place for a racer to slip in.
 */
export function fakeOperations(before: (rows: Map<string, StoredRow>) => void = () => {}) {
  const rows = new Map<string, StoredRow>()
  const calls: string[] = []
  const refused = (): never => {
    throw new Error('not part of this fake')
  }
  const operations: Operations = {
    inTransaction: false,
    select: async ({ where }) => {
      calls.push('select')
      return [...rows.values()].filter((row) => matches(where, row, now)).map((row) => ({ ...row }))
    },
    insert: async ({ rows: given, onDuplicate }) => {
      calls.push(`insert ${given.length}`)
      before(rows)
      const existing = given.map((row) => rows.get(String(row.id))).find((row) => row !== undefined)
      if (existing && onDuplicate.kind === 'return') return { kind: 'existing', row: { ...existing } }
      if (existing) return { kind: 'duplicate', unique: 'id', id: String(existing.id) }
      const stored = given.map((row): StoredRow => {
        const values = Object.entries(row).map(([field, value]) => [
          field,
          typeof value === 'object' && value !== null ? now(value.clock) : value,
        ])
        return Object.fromEntries(values)
      })
      for (const row of stored) rows.set(String(row.id), row)
      return { kind: 'inserted', rows: stored.map((row) => ({ ...row })) }
    },
    count: refused,
    update: refused,
    updateMany: refused,
    delete: refused,
    deleteMany: refused,
    claim: refused,
    now: refused,
    keyValue: null,
  }
  return { operations, rows, calls }
}
