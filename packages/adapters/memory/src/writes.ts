import type {
  Changes,
  ClaimPlan,
  DeleteManyPlan,
  DeleteOutcome,
  DeletePlan,
  InsertOutcome,
  InsertPlan,
  Predicate,
  Refusal,
  StoredEntity,
  StoredRow,
  UpdateManyOutcome,
  UpdateManyPlan,
  UpdateOutcome,
  UpdatePlan,
} from '@portolan/adapter-kit'
import { accessOf } from './access.ts'
import { duplicateOf, holderOf, overlapOf } from './collisions.ts'
import { type Clock, compile } from './predicate.ts'
import { copy, sorted } from './reads.ts'
import { idOf, type Row } from './row-index.ts'
import type { Partition } from './table.ts'
import { type Session, stage } from './transaction.ts'
import { changedRow, newRow } from './values.ts'
import { rowOf, visible } from './view.ts'

export function insert(session: Session, partition: Partition, plan: InsertPlan, clock: Clock): InsertOutcome {
  const { entity, onDuplicate, unless } = plan
  const rows = plan.rows.map((values) => newRow(entity, values, clock))
  const [first] = rows
  if (first && onDuplicate.kind !== 'report') {
    const { unique } = onDuplicate
    const inTheWay =
      unique === 'id' ? rowOf(session, partition, idOf(first)) : holderOf(session, partition, unique, first, null)
    if (inTheWay && onDuplicate.kind === 'return') return { kind: 'existing', row: whole(entity, inTheWay) }
    if (inTheWay && onDuplicate.kind === 'update') {
      const conditions = { ...onDuplicate, expect: null, entity, unless }
      return updateRow(session, partition, inTheWay, conditions, clock)
    }
  }
  for (const row of rows) {
    const id = idOf(row)
    if (rowOf(session, partition, id)) return { kind: 'duplicate', unique: 'id', id }
  }
  const refusal = write(session, partition, rows.map(replacement), unless, clock)
  return refusal ?? { kind: 'inserted', rows: rows.map((row) => whole(entity, row)) }
}

export function update(session: Session, partition: Partition, plan: UpdatePlan, clock: Clock): UpdateOutcome {
  const row = rowOf(session, partition, plan.id)
  if (!row) return { kind: plan.expect ? 'changed' : 'missing' }
  return updateRow(session, partition, row, plan, clock)
}

export function updateMany(
  session: Session,
  partition: Partition,
  plan: UpdateManyPlan,
  clock: Clock,
): UpdateManyOutcome {
  const changed = changeAll(matching(session, partition, plan.where, clock), plan.entity, plan.set, clock)
  if (!Array.isArray(changed)) return changed
  const refusal = write(session, partition, changed.map(replacement), null, clock)
  const ids = plan.returning === 'ids' ? changed.map(idOf) : []
  return refusal ?? { kind: 'updated', count: changed.length, ids }
}

export function deleteRow(session: Session, partition: Partition, plan: DeletePlan, clock: Clock): DeleteOutcome {
  const row = rowOf(session, partition, plan.id)
  if (!row) return { kind: plan.expect ? 'changed' : 'missing' }
  const refusal =
    unmet(row, { ...plan, require: null }, clock) ?? write(session, partition, [removal(row)], plan.unless, clock)
  return refusal ?? { kind: 'deleted', row: whole(plan.entity, row) }
}

export function deleteMany(session: Session, partition: Partition, plan: DeleteManyPlan, clock: Clock): number {
  const rows = matching(session, partition, plan.where, clock).slice(0, plan.limit ?? undefined)
  write(session, partition, rows.map(removal), null, clock)
  return rows.length
}

/** Nobody holds rows here: each claim takes its rows and writes them in one go. */
export function claim(session: Session, partition: Partition, plan: ClaimPlan, clock: Clock): Row[] | Refusal {
  const rows = sorted(matching(session, partition, plan.where, clock), plan.order).slice(0, plan.limit)
  const changed = changeAll(rows, plan.entity, plan.set, clock)
  if (!Array.isArray(changed)) return changed
  return write(session, partition, changed.map(replacement), null, clock) ?? changed
}

interface Conditions {
  readonly expect: Predicate | null
  readonly require: Predicate | null
  readonly version: number | null
  readonly where: Predicate | null
}

function unmet(row: Row, { expect, require, version, where }: Conditions, clock: Clock): Refusal | null {
  const holds = (predicate: Predicate | null): boolean => predicate === null || compile(predicate, clock)(row)
  const id = idOf(row)
  if (!holds(expect)) return { kind: 'changed' }
  if (!holds(require)) return { kind: 'invalid', id }
  if (version !== null && row.version !== version) return { kind: 'stale', id, actual: Number(row.version) }
  return holds(where) ? null : { kind: 'condition', id }
}

function updateRow(
  session: Session,
  partition: Partition,
  row: Row,
  plan: Conditions & { readonly entity: StoredEntity; readonly set: Changes; readonly unless: Predicate | null },
  clock: Clock,
): { readonly kind: 'updated'; readonly row: StoredRow } | Refusal {
  const refusal = unmet(row, plan, clock)
  if (refusal) return refusal
  const changed = changedRow(plan.entity, row, plan.set, clock)
  if (!('row' in changed)) return changed
  return (
    write(session, partition, [replacement(changed.row)], plan.unless, clock) ?? {
      kind: 'updated',
      row: whole(plan.entity, changed.row),
    }
  )
}

function changeAll(rows: readonly Row[], entity: StoredEntity, set: Changes, clock: Clock): Row[] | Refusal {
  const changed: Row[] = []
  for (const row of rows) {
    const result = changedRow(entity, row, set, clock)
    if (!('row' in result)) return result
    changed.push(result.row)
  }
  return changed
}

function matching(session: Session, partition: Partition, where: Predicate, clock: Clock): Row[] {
  const access = accessOf(partition.table.definition, where)
  return [...visible(session, partition, access, compile(where, clock), true)]
}

interface Change {
  readonly id: string
  /** null: the row is removed. */
  readonly row: Row | null
}

/** Writes all of it to the session, or nothing: keys, rules and `unless` are judged by what the whole statement leaves. */
function write(
  session: Session,
  partition: Partition,
  changes: readonly Change[],
  unless: Predicate | null,
  clock: Clock,
): Refusal | null {
  const undo: (() => void)[] = []
  let done = false
  try {
    for (const { id, row } of changes) undo.push(stage(session, partition, id, row))
    const rows = changes.map(({ row }) => row).filter((row) => row !== null)
    const refusal =
      first(rows, (row) => duplicateOf(session, partition, row)) ??
      unlessOf(session, partition, changes, unless, clock) ??
      first(rows, (row) => overlapOf(session, partition, row))
    done = refusal === null
    return refusal
  } finally {
    if (!done) for (const step of undo.reverse()) step()
  }
}

function first(rows: readonly Row[], check: (row: Row) => Refusal | null): Refusal | null {
  for (const row of rows) {
    const refusal = check(row)
    if (refusal) return refusal
  }
  return null
}

function unlessOf(
  session: Session,
  partition: Partition,
  changes: readonly Change[],
  unless: Predicate | null,
  clock: Clock,
): Refusal | null {
  if (unless === null) return null
  const written = new Set(changes.map(({ id }) => id))
  const ids = matching(session, partition, unless, clock).flatMap((row) => (written.has(idOf(row)) ? [] : idOf(row)))
  return ids.length === 0 ? null : { kind: 'unless', ids: ids.slice(0, 10) }
}

function replacement(row: Row): Change {
  return { id: idOf(row), row }
}

function removal(row: Row): Change {
  return { id: idOf(row), row: null }
}

function whole(entity: StoredEntity, row: Row): StoredRow {
  return copy(row, Object.keys(entity.fields))
}
