import { rowBytes } from '../repository/size.ts'
import { idOf, type Row } from '../rows/row.ts'
import { type RowIndex, rowIndex } from '../rows/row-index.ts'
import type { StoredEntity } from '../spi/index.ts'
import type { RowChange } from './store.ts'

/** Rows of one entity in one scope that a transaction has written. */
export interface OwnRows {
  readonly entity: StoredEntity
  readonly scope: string | null
  /** As the transaction leaves them, by id; null for one that it removed. */
  readonly rows: ReadonlyMap<string, Row | null>
  readonly index: RowIndex
  /** As the store holds them, which is what its answers say of them: seen before they were written, so the commit checks it. */
  readonly stored: ReadonlyMap<string, Row>
  readonly storedIndex: RowIndex
}

export interface OwnChange {
  readonly id: string
  /** What the store holds; not looked at where the row is own already. */
  readonly stored: Row | null
  readonly row: Row | null
}

/** What a transaction has written, in the process until its commit. */
export interface Overlay {
  /** null: nothing yet. */
  at(entity: StoredEntity, scope: string | null): OwnRows | null
  /** Returns what undoes it, as long as nothing else has been put since. */
  put(entity: StoredEntity, scope: string | null, changes: readonly OwnChange[]): () => void
  readonly size: { readonly rows: number; readonly bytes: number }
  /** Everything; rows that came and went are not in it. */
  changes(): RowChange[]
}

interface Partition extends OwnRows {
  entity: StoredEntity
  readonly rows: Map<string, Row | null>
  index: RowIndex
  readonly stored: Map<string, Row>
  storedIndex: RowIndex
}

export function overlay(): Overlay {
  const partitions = new Map<string, Map<string | null, Partition>>()
  const size = { rows: 0, bytes: 0 }

  const open = (entity: StoredEntity, scope: string | null): Partition => {
    const scopes = partitions.get(entity.name) ?? new Map<string | null, Partition>()
    partitions.set(entity.name, scopes)
    const partition = scopes.get(scope) ?? {
      entity,
      scope,
      rows: new Map(),
      index: rowIndex(entity),
      stored: new Map(),
      storedIndex: rowIndex(entity),
    }
    scopes.set(scope, partition)
    if (partition.entity !== entity) redefine(partition, entity)
    return partition
  }

  const set = ({ rows, index }: Partition, id: string, row: Row | null | undefined): void => {
    const earlier = rows.get(id)
    if (earlier) index.remove(earlier)
    if (earlier !== undefined) size.rows--
    size.bytes -= earlier ? rowBytes(earlier, true) : 0
    if (row === undefined) rows.delete(id)
    else rows.set(id, row)
    if (row) index.put(row)
    if (row !== undefined) size.rows++
    size.bytes += row ? rowBytes(row, true) : 0
  }

  const setStored = ({ stored, storedIndex }: Partition, id: string, row: Row | null): void => {
    const earlier = stored.get(id)
    if (earlier) storedIndex.remove(earlier)
    stored.delete(id)
    if (row === null) return
    stored.set(id, row)
    storedIndex.put(row)
  }

  return {
    size,
    at: ({ name }, scope) => partitions.get(name)?.get(scope) ?? null,
    put(entity, scope, changes) {
      const partition = open(entity, scope)
      const undo = changes.map(({ id, stored, row }) => {
        const earlier = partition.rows.get(id)
        if (earlier === undefined) setStored(partition, id, stored)
        set(partition, id, row)
        return () => {
          set(partition, id, earlier)
          if (earlier === undefined) setStored(partition, id, null)
        }
      })
      return () => {
        for (const step of undo.reverse()) step()
      }
    },
    changes: () =>
      [...partitions.values()].flatMap((scopes) =>
        [...scopes.values()].flatMap(({ entity, scope, rows, stored }) =>
          [...rows].flatMap(([id, row]): RowChange[] =>
            row === null && !stored.has(id) ? [] : [{ entity, scope, id, row }],
          ),
        ),
      ),
  }
}

/** The stored definition has changed meanwhile. */
function redefine(partition: Partition, entity: StoredEntity): void {
  partition.entity = entity
  partition.index = rowIndex(entity)
  partition.storedIndex = rowIndex(entity)
  for (const row of partition.rows.values()) if (row) partition.index.put(row)
  for (const row of partition.stored.values()) partition.storedIndex.put(row)
}

/** Whether the row is one of the transaction's own, removed ones included: what the store says of it counts no more. */
export function isOwn(own: OwnRows | null, row: Row): boolean {
  return own?.rows.has(idOf(row)) ?? false
}
