import { refuse } from '../errors.ts'
import { checkLimit, checkOptions } from '../queries/limits.ts'
import { compileOrder } from '../queries/order.ts'
import { compareRows, compareText } from '../queries/position.ts'
import { rowTest } from '../queries/row-test.ts'
import { compileWhere } from '../queries/where.ts'
import type { Changes, Predicate, Refusal, StoredRow } from '../spi/index.ts'
import type { RepositoryContext } from './context.ts'
import { throwRefusal } from './refusal.ts'
import { decodeRow, encodePatch, encodeRow } from './rows.ts'
import { checkBulkSize, checkRowSize } from './size.ts'

type Row = Record<string, unknown>

export async function insertMany(context: RepositoryContext, values: unknown): Promise<Row[]> {
  const { model, scope, operations } = context
  if (!Array.isArray(values)) {
    return refuse('invalid-value', `${model.name}: insertMany takes an array of values`, {
      entity: model.name,
      field: '',
    })
  }
  const rows = await Promise.all(Array.from(values as unknown[], (each) => encodeRow(context, each)))
  if (rows.length === 0) return []
  checkBulkSize(context, rows)
  const collision = collisionAmong(context, rows)
  if (collision) throwRefusal(context, collision)
  const outcome = await operations.insert({
    entity: model.stored,
    scope,
    rows,
    onDuplicate: { kind: 'report' },
    unless: null,
    guards: [],
  })
  if (outcome.kind !== 'inserted') return throwRefusal(context, outcome as never)
  return outcome.rows.map((row) => decodeRow<Row>(context, row))
}

/** Rows of one call that exclude each other: told before anything is written, and no driver has to look for it. */
function collisionAmong({ model: { stored } }: RepositoryContext, rows: readonly StoredRow[]): Refusal | null {
  for (const [unique, parts] of [['id', ['id']], ...Object.entries(stored.unique)] as const) {
    const taken = new Map<string, string>()
    for (const row of rows) {
      const values = parts.map((part) => row[part] ?? null)
      if (values.includes(null)) continue
      const key = JSON.stringify(values)
      const id = taken.get(key)
      if (id !== undefined) return { kind: 'duplicate', unique, id }
      taken.set(key, String(row.id))
    }
  }
  for (const { name, within, from, until, where } of stored.rules) {
    const place = (row: StoredRow): string => JSON.stringify(within.map((field) => row[field]))
    const sorted = rows
      .filter(rowTest(where, () => ''))
      .map((row) => ({ place: place(row), from: String(row[from]), until: String(row[until]), id: String(row.id) }))
      .sort((a, b) => compareText(a.place, b.place) || compareText(a.from, b.from))
    for (const [index, next] of sorted.entries()) {
      const earlier = sorted[index - 1]
      if (earlier && earlier.place === next.place && earlier.until > next.from)
        return { kind: 'overlap', rule: name, id: earlier.id }
    }
  }
  return null
}

function compileSelection(
  context: RepositoryContext,
  call: string,
  given: unknown,
  known: readonly string[],
): Predicate {
  const { name } = context.model
  checkOptions(name, call, given, known)
  const where = (given as { where?: unknown } | undefined)?.where
  if (where === undefined) {
    refuse('invalid-query', `${name}: ${call} needs a "where"; { where: {} } means every row`, {
      entity: name,
      part: 'where',
    })
  }
  return compileWhere(context.model, where)
}

export async function updateMany(context: RepositoryContext, change: { readonly patch?: unknown }): Promise<number> {
  const { model, scope, operations, record } = context
  const where = compileSelection(context, 'updateMany', change, ['where', 'patch'])
  const set = await encodePatch(context, change.patch)
  for (const { name, within, from, until } of model.stored.rules) {
    for (const field of [...within, from, until]) {
      if (field in set) {
        refuse(
          'unsupported',
          `${model.name}: updateMany can't patch ${field}, which rule ${name} guards; update the rows one by one`,
          {
            what: 'updateMany of an interval',
          },
        )
      }
    }
  }
  checkRowSize(context, set)
  await record.verify(model.stored, scope, where)
  const outcome = await operations.updateMany({ entity: model.stored, scope, where, set, returning: 'count' })
  return outcome.kind === 'updated' ? outcome.count : throwRefusal(context, outcome, { set })
}

export async function deleteMany(context: RepositoryContext, selection: unknown): Promise<number> {
  const { model, scope, operations, record } = context
  const where = compileSelection(context, 'deleteMany', selection, ['where'])
  await record.verify(model.stored, scope, where)
  return await operations.deleteMany({ entity: model.stored, scope, where, limit: null })
}

/** Patching a key or rule of several rows at once could collide; a claim has nobody to tell that to. */
function checkClaimable({ model }: RepositoryContext, set: Changes): void {
  const { unique, rules } = model.stored
  const bound = [
    ...Object.values(unique).flat(),
    ...rules.flatMap(({ within, from, until, where }) => [...within, from, until, ...fieldsOf(where)]),
  ]
  const field = bound.find((each) => each in set)
  if (field !== undefined) {
    refuse('unsupported', `${model.name}: claim can't patch ${field}, which a key or rule guards; use a transaction`, {
      what: 'claim that patches a key or rule',
    })
  }
}

function fieldsOf(predicate: Predicate): string[] {
  return predicate.op === 'all' || predicate.op === 'any' ? predicate.parts.flatMap(fieldsOf) : [predicate.field]
}

export async function claim(
  context: RepositoryContext,
  request: { readonly patch?: unknown; readonly orderBy?: unknown; readonly limit?: unknown },
): Promise<Row[]> {
  const { model, scope, operations, capabilities, adapter } = context
  const where = compileSelection(context, 'claim', request, ['where', 'orderBy', 'limit', 'patch'])
  if (!capabilities.claim) {
    refuse('unsupported', `${model.name}: ${adapter} has no claim; take rows one by one with update and a version`, {
      what: 'claim',
    })
  }
  const order = compileOrder(model, request.orderBy)
  const limit = checkLimit(model.name, request.limit)
  const set = await encodePatch(context, request.patch)
  checkClaimable(context, set)
  checkRowSize(context, set)
  const rows = await operations.claim({ entity: model.stored, scope, where, order, limit, set })
  return [...rows].sort((a, b) => compareRows(order, a, b)).map((row) => decodeRow<Row>(context, row))
}
