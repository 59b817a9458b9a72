import { isStorageError } from '@portolan/ports'
import { refuse } from '../errors.ts'
import { decodeCursor, encodeCursor } from '../queries/cursor.ts'
import { checkLimit, checkOffset, checkOptions } from '../queries/limits.ts'
import { compileOrder } from '../queries/order.ts'
import { compileWhere } from '../queries/where.ts'
import { always, type Order, type Predicate, type Scalar, type SelectPlan, type StoredRow } from '../spi/index.ts'
import { encodeValue, fitsField } from '../values/field-value.ts'
import { isKey } from '../values/text.ts'
import type { RepositoryContext } from './context.ts'
import { decodeRow } from './rows.ts'

type Row = Record<string, unknown>
interface Selection {
  readonly where?: unknown
  readonly orderBy?: unknown
  readonly select?: readonly string[] | undefined
  readonly limit?: unknown
  readonly offset?: unknown
  readonly cursor?: unknown
}

/** Rows of `each` per round trip. */
const eachPage = 500

const byId: readonly Order[] = [{ field: 'id', direction: 'asc', nullable: false }]

export function plainSelect(
  context: Pick<RepositoryContext, 'model' | 'scope'>,
  where: Predicate,
  more?: Partial<SelectPlan>,
): SelectPlan {
  const { stored } = context.model
  const fields = Object.keys(stored.fields)
  return {
    entity: stored,
    scope: context.scope,
    where,
    order: byId,
    after: null,
    limit: null,
    offset: 0,
    fields,
    lock: false,
    ...more,
  }
}

async function selectRows(context: RepositoryContext, plan: SelectPlan): Promise<StoredRow[]> {
  const rows = await context.operations.select(plan)
  if (context.operations.inTransaction)
    for (const row of rows) context.record.remember(context.model.stored, context.scope, row)
  return rows
}

export async function get(context: RepositoryContext, id: unknown): Promise<Row | null> {
  if (!isKey(id)) return null
  const [row] = await selectRows(context, plainSelect(context, { op: 'eq', field: 'id', value: id }, { limit: 1 }))
  return row ? decodeRow(context, row) : null
}

/** The predicate of a natural key, or null when a part is such that no row can have it. */
export function keyPredicate(context: RepositoryContext, unique: string, key: unknown): Predicate | null {
  const { model } = context
  const parts = Object.hasOwn(model.stored.unique, unique) ? model.stored.unique[unique] : undefined
  if (!parts) {
    const known = Object.keys(model.stored.unique).join(', ') || 'none'
    return refuse(
      'invalid-query',
      `${model.name} has no natural key "${String(unique).slice(0, 60)}"; it has: ${known}`,
      {
        entity: model.name,
        part: 'unique',
      },
    )
  }
  const given = (typeof key === 'object' && key !== null ? key : {}) as Row
  for (const name of Object.keys(given)) {
    if (!parts.includes(name)) {
      refuse('invalid-query', `${model.name}: "${name.slice(0, 60)}" is no part of the key ${unique}`, {
        entity: model.name,
        part: name.slice(0, 60),
      })
    }
  }
  const equal: Predicate[] = []
  for (const part of parts) {
    const value = Object.hasOwn(given, part) ? given[part] : undefined
    if (value === undefined) {
      return refuse('invalid-query', `${model.name}: the key ${unique} needs ${part}`, { entity: model.name, part })
    }
    const operand = keyPart(context, part, value)
    if (operand === null) return null
    equal.push({ op: 'eq', field: part, value: operand })
  }
  return { op: 'all', parts: equal }
}

/** The stored form of a part of a key; null when no row can have it there, as a malformed id finds nothing either. */
function keyPart({ model }: RepositoryContext, part: string, value: unknown): Exclude<Scalar, null> | null {
  const field = model.fields.get(part)
  if (!field || value === null) return null
  if (field.kind === 'text' && value !== '' && !isKey(value)) return null
  try {
    return encodeValue(model.name, part, field, value)
  } catch (error) {
    if (isStorageError(error, 'invalid-value')) return null
    throw error
  }
}

export async function getBy(context: RepositoryContext, unique: string, key: unknown): Promise<Row | null> {
  const where = keyPredicate(context, unique, key)
  if (where === null) return null
  const [row] = await selectRows(context, plainSelect(context, where, { limit: 1 }))
  return row ? decodeRow(context, row) : null
}

export async function getMany(context: RepositoryContext, ids: unknown): Promise<Row[]> {
  const { model } = context
  if (!Array.isArray(ids))
    refuse('invalid-query', `${model.name}: getMany takes an array of ids`, { entity: model.name, part: 'ids' })
  const wanted = [...new Set((ids as unknown[]).filter(isKey))]
  if (wanted.length === 0) return []
  const rows = await selectRows(context, plainSelect(context, { op: 'in', field: 'id', values: wanted }))
  const found = new Map(rows.map((row) => [row.id, [decodeRow<Row>(context, row)]]))
  return wanted.flatMap((id) => found.get(id) ?? [])
}

/** What a selection reads: the fields shown, and those that order, cursors and remembered versions need besides. */
function compileSelect(context: RepositoryContext, select: Selection['select'], order: readonly Order[]) {
  const { model } = context
  if (select === undefined) return { shown: undefined, fields: [...model.fields.keys()] }
  if (!Array.isArray(select) || select.length === 0) {
    refuse('invalid-query', `${model.name}: select must name at least one field`, {
      entity: model.name,
      part: 'select',
    })
  }
  for (const name of select) {
    if (typeof name !== 'string' || !model.fields.has(name)) {
      refuse('invalid-query', `${model.name}: select names "${String(name).slice(0, 60)}", which is no field`, {
        entity: model.name,
        part: 'select',
      })
    }
  }
  const remembered = context.operations.inTransaction && model.stored.versioned ? ['version'] : []
  return { shown: select, fields: [...new Set(['id', ...select, ...order.map(({ field }) => field), ...remembered])] }
}

function whereOf(context: RepositoryContext, { where }: Selection): Predicate {
  return where === undefined ? always : compileWhere(context.model, where)
}

export async function find(context: RepositoryContext, query: Selection = {}): Promise<Row[]> {
  const { name } = context.model
  checkOptions(name, 'find', query, ['where', 'orderBy', 'select', 'limit', 'offset'])
  const order = compileOrder(context.model, query.orderBy)
  const { shown, fields } = compileSelect(context, query.select, order)
  const limit = query.limit === undefined ? null : checkLimit(name, query.limit)
  const offset = query.offset === undefined ? 0 : checkOffset(name, query.offset)
  const rows = await selectRows(
    context,
    plainSelect(context, whereOf(context, query), { order, fields, limit, offset }),
  )
  return rows.map((row) => decodeRow(context, row, shown))
}

/** Position and selection in one text: a cursor fits only the list it came from. */
function cursorContext({ model, scope }: RepositoryContext, order: readonly Order[]): string {
  return JSON.stringify([model.name, scope, order.map(({ field, direction }) => [field, direction])])
}

function positionOf(context: RepositoryContext, order: readonly Order[], cursor: unknown): Scalar[] | null {
  if (cursor === undefined || cursor === null) return null
  const { model } = context
  const values = decodeCursor(model.name, cursorContext(context, order), cursor, order.length)
  order.forEach(({ field }, index) => {
    if (fitsField(model.fields.get(field) as never, values[index])) return
    refuse('invalid-cursor', `${model.name}: the cursor does not fit this list; begin again without one`, {
      entity: model.name,
    })
  })
  return values
}

async function nextRows(
  context: RepositoryContext,
  query: Selection,
  limit: number,
  after: Scalar[] | null,
  order: readonly Order[],
) {
  const { shown, fields } = compileSelect(context, query.select, order)
  const plan = plainSelect(context, whereOf(context, query), { order, fields, limit: limit + 1, after })
  const rows = await selectRows(context, plan)
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return {
    items: items.map((row) => decodeRow<Row>(context, row, shown)),
    position: last ? order.map(({ field }) => last[field] ?? null) : null,
  }
}

export async function page(
  context: RepositoryContext,
  query: Selection,
): Promise<{ items: Row[]; nextCursor: string | null }> {
  checkOptions(context.model.name, 'page', query, ['where', 'orderBy', 'select', 'limit', 'cursor'])
  const limit = checkLimit(context.model.name, query?.limit)
  const order = compileOrder(context.model, query.orderBy)
  const { items, position } = await nextRows(context, query, limit, positionOf(context, order, query.cursor), order)
  return { items, nextCursor: position && encodeCursor(cursorContext(context, order), position) }
}

export async function* each(context: RepositoryContext, query: Selection = {}): AsyncGenerator<Row, void, undefined> {
  checkOptions(context.model.name, 'each', query, ['where', 'orderBy', 'select', 'limit'])
  const order = compileOrder(context.model, query.orderBy)
  let left = query.limit === undefined ? Number.POSITIVE_INFINITY : checkLimit(context.model.name, query.limit)
  let after: Scalar[] | null = null
  do {
    const { items, position } = await nextRows(context, query, Math.min(eachPage, left), after, order)
    yield* items
    left -= items.length
    after = position
  } while (after !== null && left > 0)
}

export async function count(context: RepositoryContext, query: Selection = {}): Promise<number> {
  checkOptions(context.model.name, 'count', query, ['where'])
  return await context.operations.count({
    entity: context.model.stored,
    scope: context.scope,
    where: whereOf(context, query),
  })
}
