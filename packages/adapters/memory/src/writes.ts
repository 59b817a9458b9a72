import {
  accessOf,
  type Changes,
  type ClaimPlan,
  type Conditions,
  changedRow,
  copy,
  type DeleteManyPlan,
  type DeleteOutcome,
  type DeletePlan,
  failing,
  holdersOf,
  type InsertOutcome,
  type InsertPlan,
  idOf,
  newRow,
  type OutOfRange,
  overlapOf,
  type Predicate,
  type Refusal,
  type Row,
  rowTest,
  type StoredEntity,
  type StoredRow,
  type UpdateManyOutcome,
  type UpdateManyPlan,
  type UpdateOutcome,
  type UpdatePlan,
  unmet,
} from '@portolan/adapter-kit'
import { rowConflict } from './errors.ts'
import { sorted } from './reads.ts'
import { type Statement, stage } from './transaction.ts'
import { rowOf, surroundingsOf, visible } from './view.ts'

export function insert(at: Statement, plan: InsertPlan): InsertOutcome {
  const { entity, onDuplicate, unless } = plan
  const rows = plan.rows.map((values) => newRow(entity, values, at.clock))
  const [first] = rows
  if (first && onDuplicate.kind !== 'report') {
    const { unique } = onDuplicate
    const [inTheWay, another] =
      unique === 'id' ? [rowOf(at, idOf(first))] : holdersOf(surroundingsOf(at), unique, first, null)
    if (another) throw rowConflict(entity.name, idOf(another))
    if (inTheWay && onDuplicate.kind === 'return') return { kind: 'existing', row: whole(entity, inTheWay) }
    if (inTheWay && onDuplicate.kind === 'update') {
      return updateRow(at, inTheWay, { ...onDuplicate, expect: null, entity, unless })
    }
  }
  for (const row of rows) {
    const id = idOf(row)
    if (rowOf(at, id)) return { kind: 'duplicate', unique: 'id', id }
  }
  const refusal = write(at, rows.map(replacement), unless)
  return refusal ?? { kind: 'inserted', rows: rows.map((row) => whole(entity, row)) }
}

export function update(at: Statement, plan: UpdatePlan): UpdateOutcome {
  const row = rowOf(at, plan.id)
  if (!row) return { kind: plan.expect ? 'changed' : 'missing' }
  return updateRow(at, row, plan)
}

export function updateMany(at: Statement, plan: UpdateManyPlan): UpdateManyOutcome {
  const changed = changeAll(at, matching(at, plan.where), plan)
  if (!Array.isArray(changed)) return changed
  const refusal = write(at, changed.map(replacement), null)
  const ids = plan.returning === 'ids' ? changed.map(idOf) : []
  return refusal ?? { kind: 'updated', count: changed.length, ids }
}

export function deleteRow(at: Statement, plan: DeletePlan): DeleteOutcome {
  const row = rowOf(at, plan.id)
  if (!row) return { kind: plan.expect ? 'changed' : 'missing' }
  const refusal = unmet(row, { ...plan, require: null }, at.clock) ?? write(at, [removal(row)], plan.unless)
  return refusal ?? { kind: 'deleted', row: whole(plan.entity, row) }
}

export function deleteMany(at: Statement, plan: DeleteManyPlan): number {
  const rows = matching(at, plan.where).slice(0, plan.limit ?? undefined)
  write(at, rows.map(removal), null)
  return rows.length
}

/** Nobody holds rows here: each claim takes its rows and writes them in one go. */
export function claim(at: Statement, plan: ClaimPlan): StoredRow[] {
  const changed: Row[] = []
  for (const row of sorted(matching(at, plan.where), plan.order)) {
    if (changed.length === plan.limit) break
    const result = changedRow(plan.entity, row, plan.set, at.clock)
    if ('row' in result) changed.push(result.row)
  }
  if (write(at, changed.map(replacement), null))
    throw failing('misuse', 'a claim may not change fields of a key or rule')
  return changed.map((row) => whole(plan.entity, row))
}

function updateRow(
  at: Statement,
  row: Row,
  plan: Conditions & { readonly entity: StoredEntity; readonly set: Changes; readonly unless: Predicate | null },
): { readonly kind: 'updated'; readonly row: StoredRow } | Refusal {
  const refusal = unmet(row, plan, at.clock)
  if (refusal) return refusal
  const changed = changedRow(plan.entity, row, plan.set, at.clock)
  if (!('row' in changed)) return changed
  const collision = write(at, [replacement(changed.row)], plan.unless)
  return collision ?? { kind: 'updated', row: whole(plan.entity, changed.row) }
}

function changeAll(at: Statement, rows: readonly Row[], { entity, set }: UpdateManyPlan): Row[] | OutOfRange {
  const changed: Row[] = []
  for (const row of rows) {
    const result = changedRow(entity, row, set, at.clock)
    if (!('row' in result)) return result
    changed.push(result.row)
  }
  return changed
}

function matching(at: Statement, where: Predicate): Row[] {
  const access = accessOf(at.partition.table.definition, where)
  return [...visible(at, access, rowTest(where, at.clock), true)]
}

interface Change {
  readonly id: string
  /** null: the row is removed. */
  readonly row: Row | null
}

/** Writes all of it to the session, or nothing: keys, rules and `unless` are judged by what the whole statement leaves. */
function write(at: Statement, changes: readonly Change[], unless: Predicate | null): Refusal | null {
  const undo: (() => void)[] = []
  let done = false
  try {
    for (const { id, row } of changes) undo.push(stage(at, id, row))
    const rows = changes.map(({ row }) => row).filter((row) => row !== null)
    const refusal =
      firstRefusal(rows, (row) => duplicateAmong(at, changes, row)) ??
      unlessOf(at, changes, unless) ??
      firstRefusal(rows, (row) => overlapOf(surroundingsOf(at), row))
    done = refusal === null
    return refusal
  } finally {
    if (!done) for (const step of undo.reverse()) step()
  }
}

function firstRefusal(rows: readonly Row[], check: (row: Row) => Refusal | null): Refusal | null {
  for (const row of rows) {
    const refusal = check(row)
    if (refusal) return refusal
  }
  return null
}

/** Two others have the key that the statement did not write: one is of this transaction, the other committed since. */
function duplicateAmong(at: Statement, changes: readonly Change[], row: Row): Refusal | null {
  const around = surroundingsOf(at)
  const { name, unique } = around.entity
  for (const key of Object.keys(unique)) {
    const holders = holdersOf(around, key, row, row.id)
    const [, another] = holders.filter((other) => !changes.some(({ id }) => id === idOf(other)))
    if (another) throw rowConflict(name, idOf(another))
    if (holders[0]) return { kind: 'duplicate', unique: key, id: idOf(holders[0]) }
  }
  return null
}

function unlessOf(at: Statement, changes: readonly Change[], unless: Predicate | null): Refusal | null {
  if (unless === null) return null
  const written = new Set(changes.map(({ id }) => id))
  const ids = matching(at, unless).flatMap((row) => (written.has(idOf(row)) ? [] : idOf(row)))
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
