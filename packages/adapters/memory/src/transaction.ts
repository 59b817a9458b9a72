import {
  collisionOf,
  failing,
  type Reads,
  type Row,
  type RowIndex,
  rowIndex,
  type StoreClock,
} from '@portolan/adapter-kit'
import { type Database, store } from './database.ts'
import { conflict, rowConflict } from './errors.ts'
import type { Partition, Version } from './table.ts'
import { surroundingsOf } from './view.ts'

/**
 * A running transaction. It locks no row: it notes which version of a row its writes stand on, and the commit finds out
 * whether they still do. What only one may do at a time is for guards, which are locks.
 */
export interface Session {
  readonly database: Database
  readonly reads: Reads
  /** The database's last commit when this began: while there is no other, nothing can stand in the way. */
  readonly began: number
  /** The moment that a snapshot transaction sees, from its first call on; before it, and for `latest`, null. */
  snapshot: number | null
  readonly overlays: Map<Partition, Overlay>
  /** The versions that were current when rows were first written or locked here; undefined where there was none. */
  readonly bases: Map<Partition, Map<string, Version | undefined>>
  ended: boolean
}

/** Rows, as one session sees them and writes to them. */
export interface Place {
  readonly session: Session
  readonly partition: Partition
}

/** What one call works on. It awaits nothing, so nobody else gets in between. */
export interface Statement extends Place {
  readonly clock: StoreClock
}

/** What a transaction has written to a partition, null for a row it removed. */
export interface Overlay {
  readonly rows: Map<string, Row | null>
  readonly index: RowIndex
}

export function begin(database: Database, reads: Reads): Session {
  const { commits } = database
  return { database, reads, began: commits, snapshot: null, overlays: new Map(), bases: new Map(), ended: false }
}

export function checkRunning(session: Session): void {
  if (session.ended) throw failing('misuse', 'the transaction ended before this call: await every call inside the work')
}

/** Called by each operation, once it has its guards: a snapshot taken later shows what former holders wrote. */
export function openSnapshot(session: Session): void {
  if (session.reads === 'latest' || session.snapshot !== null) return
  session.snapshot = session.database.commits
  session.database.snapshots.open(session.snapshot)
}

/** Takes the guards, which the caller must give in one order. */
export async function hold(
  session: Session,
  guards: readonly string[],
  deadline: number,
  pause: () => Promise<void>,
): Promise<void> {
  const { locks, snapshots } = session.database
  for (const key of guards) {
    checkRunning(session)
    const wait = locks.acquire(session, key, deadline)
    if (wait) {
      await wait
      await pause()
    }
    // What was committed under the guard since then cannot be seen in this snapshot, and a holder must see it.
    if (session.snapshot !== null && snapshots.lastUnder(key) > session.snapshot) {
      throw conflict('another transaction committed under a guard after the snapshot was taken; begin again')
    }
  }
  checkRunning(session)
}

/** Notes the version that the transaction relies on from now on. The first one counts. */
export function rely({ session, partition }: Place, id: string): void {
  const bases = session.bases.get(partition) ?? new Map<string, Version | undefined>()
  session.bases.set(partition, bases)
  const current = partition.versions.get(id)
  if (!bases.has(id)) bases.set(id, current)
  else if (bases.get(id) !== current) throw rowConflict(partition.table.definition.name, id)
}

/** Writes to the overlay, null to remove; returns what undoes it. */
export function stage(at: Place, id: string, row: Row | null): () => void {
  const { session, partition } = at
  const known = session.bases.get(partition)?.has(id) ?? false
  rely(at, id)
  partition.table.partitions.set(partition.scope, partition)
  const overlay = session.overlays.get(partition) ?? { rows: new Map(), index: rowIndex(partition.table.definition) }
  session.overlays.set(partition, overlay)
  const earlier = overlay.rows.get(id)
  put(overlay, id, row)
  return () => {
    put(overlay, id, earlier)
    if (!known) session.bases.get(partition)?.delete(id)
  }
}

function put(overlay: Overlay, id: string, row: Row | null | undefined): void {
  const earlier = overlay.rows.get(id)
  if (earlier) overlay.index.remove(earlier)
  if (row) overlay.index.put(row)
  if (row === undefined) overlay.rows.delete(id)
  else overlay.rows.set(id, row)
}

/**
 * Throws a conflict where another commit has changed a row that was written or locked here, or has taken a key or an interval.
 * Also called when the work has failed: it may have failed on a mixture of its own rows and those of that commit.
 */
export function validate(session: Session): void {
  if (session.database.commits === session.began) return
  for (const [partition, bases] of session.bases) {
    for (const [id, version] of bases) {
      if (partition.versions.get(id) !== version) throw rowConflict(partition.table.definition.name, id)
    }
  }
  for (const [partition, { rows }] of session.overlays) {
    for (const [id, row] of rows) {
      if (row && collisionOf(surroundingsOf({ session, partition }), row))
        throw rowConflict(partition.table.definition.name, id)
    }
  }
}

/** All at once, since nothing here waits. */
export function commit(session: Session): void {
  checkRunning(session)
  validate(session)
  const { database } = session
  if (![...session.overlays.values()].some(({ rows }) => rows.size > 0)) return
  const number = ++database.commits
  for (const [partition, { rows }] of session.overlays) {
    for (const [id, row] of rows) store(database, partition, id, row, number)
  }
  for (const key of database.locks.heldBy(session)) database.snapshots.guarded(key, number)
}

export function end(session: Session): void {
  session.ended = true
  session.overlays.clear()
  session.bases.clear()
  if (session.snapshot !== null) session.database.snapshots.close(session.snapshot)
  session.database.locks.release(session)
}
