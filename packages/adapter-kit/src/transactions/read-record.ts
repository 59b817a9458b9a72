import { refuse } from '../errors.ts'
import { all, type Predicate, type SelectPlan, type StoredEntity, type StoredRow, same } from '../spi/index.ts'

/** Rows that one transaction may remember; beyond it a read is `query-too-broad`. */
export const maximumRemembered = 10_000

/**
 * What a transaction has read and not yet written itself (T3). The first reading counts: a row that reads differently later
 * was changed in between, and writing it then is the lost update that this prevents.
 */
export interface ReadRecord {
  remember(entity: StoredEntity, scope: string | null, row: StoredRow): void
  /** After a write of this transaction: the row is its own now, nobody else can change it before the end. */
  forget(entity: StoredEntity, scope: string | null, id: string): void
  /** What a row that is about to be written must still be; null when it was not read. */
  expectation(entity: StoredEntity, scope: string | null, id: string): Predicate | null
  /** For writes by condition: locks the remembered rows that match, and conflicts when one of them has changed. */
  verify(entity: StoredEntity, scope: string | null, where: Predicate): Promise<void>
}

/** Where nothing can change what was read, or nothing is read to be written later. */
export const noRecord: ReadRecord = {
  remember: () => {},
  forget: () => {},
  expectation: () => null,
  verify: async () => {},
}

export function readRecord(
  select: (plan: SelectPlan) => Promise<StoredRow[]>,
  changed: (entity: string, id: string) => never,
): ReadRecord {
  const remembered = new Map<string, Map<string, StoredRow>>()
  let count = 0
  const rowsOf = (entity: StoredEntity, scope: string | null): Map<string, StoredRow> => {
    const place = `${entity.name} ${scope ?? ''}`
    const rows = remembered.get(place) ?? new Map<string, StoredRow>()
    remembered.set(place, rows)
    return rows
  }
  const expected = (row: StoredRow): Predicate =>
    all(...Object.entries(row).map(([field, value]) => same(field, value)))
  const forget: ReadRecord['forget'] = (entity, scope, id) => {
    if (rowsOf(entity, scope).delete(id)) count--
  }
  return {
    remember(entity, scope, row) {
      const rows = rowsOf(entity, scope)
      const id = String(row.id)
      const earlier = rows.get(id)
      const read: StoredRow = entity.versioned ? { version: row.version ?? null } : { ...row, ...earlier }
      if (earlier === undefined && ++count > maximumRemembered) {
        refuse(
          'query-too-broad',
          `${entity.name}: this transaction has read more than ${maximumRemembered.toLocaleString('en')} rows, which it would have to remember; read fewer, or outside it`,
          { entity: entity.name, limit: maximumRemembered },
        )
      }
      if (earlier === undefined || !entity.versioned) rows.set(id, read)
    },
    forget,
    expectation(entity, scope, id) {
      const row = rowsOf(entity, scope).get(id)
      return row ? expected(row) : null
    },
    async verify(entity, scope, where) {
      const rows = rowsOf(entity, scope)
      if (rows.size === 0) return
      const fields = entity.versioned ? ['id', 'version'] : Object.keys(entity.fields)
      const found = await select({
        entity,
        scope,
        where: all({ op: 'in', field: 'id', values: [...rows.keys()] }, where),
        order: [{ field: 'id', direction: 'asc', nullable: false }],
        after: null,
        limit: null,
        offset: 0,
        fields,
        lock: true,
      })
      for (const row of found) {
        const id = String(row.id)
        const read = rows.get(id) ?? {}
        if (Object.entries(read).some(([field, value]) => row[field] !== value)) changed(entity.name, id)
        forget(entity, scope, id)
      }
    },
  }
}
