import type { Access, Row, RowIndex, RowTest, Surroundings } from '@portolan/adapter-kit'
import { rowConflict } from './errors.ts'
import { versionAt } from './table.ts'
import type { Place } from './transaction.ts'

/**
 * The rows that a session sees and that pass the test: its own writes, and for the rest what is committed, or was at its
 * snapshot. `strictly` is for writes: a snapshot session then fails with a conflict where a row that passes now or passed at
 * its snapshot has changed in between, since what it would write or refuse rests on a view that is over.
 */
export function* visible(at: Place, access: Access, test: RowTest, strictly = false): Iterable<Row> {
  const { session, partition } = at
  const own = session.overlays.get(partition)?.rows
  for (const id of candidates(at, access)) {
    const written = own?.get(id)
    if (written !== undefined) {
      if (written && test(written)) yield written
      continue
    }
    const current = partition.versions.get(id)
    const seen = session.snapshot === null ? current : versionAt(partition, id, session.snapshot)
    const passes = seen !== undefined && test(seen.row)
    if (strictly && seen !== current && (passes || (current && test(current.row)))) {
      throw rowConflict(partition.table.definition.name, id)
    }
    if (passes) yield seen.row
  }
}

export function rowOf(at: Place, id: string): Row | undefined {
  const [found] = visible(at, { kind: 'ids', ids: [id] }, () => true, true)
  return found
}

/** What a row written by this session has to fit in with: checked strictly, since the write stands on it. */
export function surroundingsOf(at: Place): Surroundings {
  const { definition } = at.partition.table
  return {
    entity: definition,
    find: (access, test) => visible(at, access, test, true),
  }
}

/** Each id once: those written here, those that have changed while snapshots ran, and the others. */
function* candidates({ session, partition }: Place, access: Access): Iterable<string> {
  if (access.kind === 'ids') {
    yield* new Set(access.ids)
    return
  }
  const overlay = session.overlays.get(partition)
  if (overlay) yield* idsOf(overlay.rows, overlay.index, access)
  const history = session.snapshot === null ? null : partition.history
  for (const id of history?.keys() ?? []) if (!overlay?.rows.has(id)) yield id
  for (const id of idsOf(partition.versions, partition.index, access)) {
    if (!overlay?.rows.has(id) && !history?.has(id)) yield id
  }
}

function idsOf(rows: ReadonlyMap<string, unknown>, index: RowIndex, access: Access): Iterable<string> {
  return index.find(access) ?? rows.keys()
}
