import type { Predicate, StoredRow } from '../spi/index.ts'
import { isKey } from '../values/text.ts'
import { compileCondition } from './conditions.ts'
import type { RepositoryContext } from './context.ts'
import { keyPredicate } from './read.ts'
import { throwRefusal } from './refusal.ts'
import { decodeRow, encodePatch, encodeRow, requirementOf } from './rows.ts'
import { checkRowSize } from './size.ts'

type Row = Record<string, unknown>

function inserted(context: RepositoryContext, rows: readonly StoredRow[]): Row {
  return decodeRow(context, rows[0] ?? {})
}

export async function insert(context: RepositoryContext, values: unknown, condition: unknown): Promise<Row> {
  const { model, scope, operations } = context
  const { unless, guards } = compileCondition(context, 'insert', condition, ['unless', 'guard'])
  const row = await encodeRow(context, values)
  checkRowSize(context, row)
  const outcome = await operations.insert({
    entity: model.stored,
    scope,
    rows: [row],
    onDuplicate: { kind: 'report' },
    unless,
    guards,
  })
  return outcome.kind === 'inserted' ? inserted(context, outcome.rows) : throwRefusal(context, outcome as never)
}

/** The predicate by which the values' own natural key finds its row. */
function ownKey(context: RepositoryContext, unique: string, row: StoredRow): Predicate | null {
  const { unique: keys } = context.model.stored
  const parts = Object.hasOwn(keys, unique) ? (keys[unique] ?? []) : []
  return keyPredicate(context, unique, Object.fromEntries(parts.map((part) => [part, row[part] ?? undefined])))
}

export async function insertOrGet(
  context: RepositoryContext,
  unique: string,
  values: unknown,
): Promise<{ row: Row; inserted: boolean }> {
  const { model, scope, operations, record } = context
  const row = await encodeRow(context, values)
  ownKey(context, unique, row)
  checkRowSize(context, row)
  const outcome = await operations.insert({
    entity: model.stored,
    scope,
    rows: [row],
    onDuplicate: { kind: 'return', unique },
    unless: null,
    guards: [],
  })
  if (outcome.kind === 'inserted') return { row: inserted(context, outcome.rows), inserted: true }
  if (outcome.kind !== 'existing') return throwRefusal(context, outcome as never)
  if (operations.inTransaction) record.remember(model.stored, scope, outcome.row)
  return { row: decodeRow(context, outcome.row), inserted: false }
}

export async function upsert(
  context: RepositoryContext,
  unique: string,
  values: unknown,
  patch: unknown,
  condition: unknown,
): Promise<{ row: Row; inserted: boolean }> {
  const { model, scope, operations, record } = context
  const { version, where, unless, guards } = compileCondition(context, 'upsert', condition, [
    'version',
    'where',
    'unless',
    'guard',
  ])
  const [row, set] = await Promise.all([encodeRow(context, values), encodePatch(context, patch)])
  const key = ownKey(context, unique, row)
  checkRowSize(context, row)
  checkRowSize(context, set)
  if (key !== null) await record.verify(model.stored, scope, key)
  const outcome = await operations.insert({
    entity: model.stored,
    scope,
    rows: [row],
    onDuplicate: { kind: 'update', unique, set, require: requirementOf(context, set), version, where },
    unless,
    guards,
  })
  if (outcome.kind === 'inserted') return { row: inserted(context, outcome.rows), inserted: true }
  if (outcome.kind !== 'updated') return throwRefusal(context, outcome as never, { version, set })
  record.forget(model.stored, scope, String(outcome.row.id))
  return { row: decodeRow(context, outcome.row), inserted: false }
}

export async function update(
  context: RepositoryContext,
  id: unknown,
  patch: unknown,
  condition: unknown,
): Promise<Row | null> {
  const { model, scope, operations, record } = context
  const { version, where, unless, guards } = compileCondition(context, 'update', condition, [
    'version',
    'where',
    'unless',
    'guard',
  ])
  const set = await encodePatch(context, patch)
  checkRowSize(context, set)
  if (!isKey(id)) return null
  const outcome = await operations.update({
    entity: model.stored,
    scope,
    id,
    set,
    require: requirementOf(context, set),
    version,
    where,
    unless,
    guards,
    expect: record.expectation(model.stored, scope, id),
  })
  if (outcome.kind === 'missing') return null
  if (outcome.kind !== 'updated') return throwRefusal(context, outcome, { version, set })
  record.forget(model.stored, scope, id)
  return decodeRow(context, outcome.row)
}

export async function remove(context: RepositoryContext, id: unknown, condition: unknown): Promise<Row | null> {
  const { model, scope, operations, record } = context
  const { version, where, unless, guards } = compileCondition(context, 'delete', condition, [
    'version',
    'where',
    'unless',
    'guard',
  ])
  if (!isKey(id)) return null
  const outcome = await operations.delete({
    entity: model.stored,
    scope,
    id,
    version,
    where,
    unless,
    guards,
    expect: record.expectation(model.stored, scope, id),
  })
  if (outcome.kind === 'missing') return null
  if (outcome.kind !== 'deleted') return throwRefusal(context, outcome, { version })
  record.forget(model.stored, scope, id)
  return decodeRow(context, outcome.row)
}
