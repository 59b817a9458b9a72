import { refuse } from '../errors.ts'
import { isPlainObject } from '../queries/where.ts'
import type { Changes, Operand, Predicate, Scalar, StoredRow } from '../spi/index.ts'
import { applySchema, decodeValue, encodeValue } from '../values/field-value.ts'
import { checkKey, describe } from '../values/text.ts'
import type { RepositoryContext } from './context.ts'

type Context = Pick<RepositoryContext, 'model' | 'scope' | 'generateId' | 'callerNow'>

const systemFields: ReadonlySet<string> = new Set(['version', 'createdAt', 'updatedAt'])

/** The fields of natural keys and of `within`, which databases index and so bound. */
function isKeyField({ model: { stored } }: Context, field: string): boolean {
  return (
    Object.values(stored.unique).some((parts) => parts.includes(field)) ||
    stored.rules.some(({ within }) => within.includes(field))
  )
}

/** Takes the value at once, so that what the caller does to it later changes nothing; only a schema may take its time. */
function encodeField(context: Context, name: string, value: unknown): Scalar | Promise<Scalar> {
  const { model } = context
  const field = model.fields.get(name)
  if (!field) return refuseUnknown(context, name)
  const data = model.own.get(name)
  if (field.kind === 'json' && data?.schema && value !== null)
    return applySchema(model.name, name, data, value).then((given) => encodeValue(model.name, name, field, given))
  if (field.kind === 'text' && value !== null && value !== '' && isKeyField(context, name))
    return checkKey(model.name, name, value)
  return encodeValue(model.name, name, field, value)
}

/** Puts values as they come, and says when those that schemas are at work on have come too. */
function collector(put: (name: string, value: Scalar) => void) {
  const waiting: Promise<void>[] = []
  return {
    add(name: string, value: Scalar | Promise<Scalar>): void {
      if (!(value instanceof Promise)) {
        put(name, value)
        return
      }
      const done = value.then((settled) => put(name, settled))
      // Another field may be refused first; this one's refusal must not count as unhandled then.
      done.catch(() => undefined)
      waiting.push(done)
    },
    all: () => Promise.all(waiting),
  }
}

function refuseUnknown({ model, scope }: Context, name: string): never {
  const shown = name.slice(0, 60)
  const why =
    name === model.stored.scope && scope !== null
      ? `is the scope, which the repository was given`
      : systemFields.has(name)
        ? 'is kept by the store and cannot be written'
        : `is no field of ${model.name}`
  return refuse('invalid-value', `${model.name}: "${shown}" ${why}`, { entity: model.name, field: shown })
}

function checkObject(context: Context, values: unknown, what: string): asserts values is Record<string, unknown> {
  if (isPlainObject(values)) return
  refuse('invalid-value', `${context.model.name}: ${what} must be a plain object, but is ${describe(values)}`, {
    entity: context.model.name,
    field: '',
  })
}

/** The whole row of an insert: every field, with defaults, id and what the store keeps. */
export async function encodeRow(context: Context, values: unknown): Promise<StoredRow> {
  checkObject(context, values, 'values')
  const { model, scope } = context
  for (const name of Object.keys(values)) if (name !== 'id' && !model.own.has(name)) refuseUnknown(context, name)
  const row: StoredRow = {}
  if (model.stored.scope !== null) row[model.stored.scope] = scope
  const id = Object.hasOwn(values, 'id') ? values.id : undefined
  row.id = checkKey(model.name, 'id', id === undefined ? context.generateId() : id)
  const fields = collector((name, value) => {
    row[name] = value
  })
  for (const [name, data] of model.own) {
    const given = Object.hasOwn(values, name) ? values[name] : undefined
    const value =
      given !== undefined ? given : data.default !== undefined ? data.default : data.nullable ? null : undefined
    if (value === undefined) {
      return refuse('invalid-value', `${model.name}.${name} is missing`, { entity: model.name, field: name })
    }
    row[name] = null
    fields.add(name, encodeField(context, name, value))
  }
  if (model.stored.versioned) row.version = 1
  if (model.stored.timestamps) row.createdAt = row.updatedAt = context.callerNow()
  checkIntervals(context, row)
  await fields.all()
  return row
}

export function checkIntervals({ model }: Context, row: { readonly [field: string]: unknown }): void {
  for (const { name, from, until } of model.stored.rules) {
    const [begin, end] = [row[from], row[until]]
    if (typeof begin === 'string' && typeof end === 'string' && begin >= end) {
      refuse('invalid-value', `${model.name}: ${from} must be before ${until} (rule ${name})`, {
        entity: model.name,
        field: until,
      })
    }
  }
}

/** A patch as changes to store; version and updatedAt go with every update, an empty one included. */
export async function encodePatch(context: Context, patch: unknown): Promise<Changes> {
  checkObject(context, patch, 'patch')
  const { model } = context
  const set: { [field: string]: Operand | { readonly increment: number } } = {}
  const fields = collector((name, value) => {
    set[name] = value
  })
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue
    const field = model.fields.get(name)
    if (!field || !model.own.has(name)) {
      if (name !== 'id') refuseUnknown(context, name)
      refuse('invalid-value', `${model.name}: the id of a row can't be changed`, { entity: model.name, field: 'id' })
    }
    const counts = field?.kind === 'integer' || field?.kind === 'float'
    if (counts && isPlainObject(value) && Object.keys(value).join() === 'increment')
      set[name] = { increment: checkIncrement(model.name, name, field.kind, field.nullable, value.increment) }
    else fields.add(name, encodeField(context, name, value))
  }
  if (model.stored.versioned) set.version = { increment: 1 }
  if (model.stored.timestamps) set.updatedAt = context.callerNow()
  checkIntervals(context, set)
  await fields.all()
  return set
}

function checkIncrement(entity: string, field: string, kind: string, nullable: boolean, by: unknown): number {
  if (nullable)
    refuse('invalid-value', `${entity}.${field} may be null, and null can't be incremented`, { entity, field })
  if (kind === 'integer' ? Number.isSafeInteger(by) : Number.isFinite(by)) return (by as number) + 0
  return refuse(
    'invalid-value',
    `${entity}.${field} must be incremented by a ${kind === 'integer' ? 'safe integer' : 'finite number'}`,
    {
      entity,
      field,
    },
  )
}

/** What a row must be so that a patch of only one end of an interval leaves it an interval. */
export function requirementOf({ model }: Context, set: Changes): Predicate | null {
  const parts = model.stored.rules.flatMap(({ from, until }): Predicate[] => {
    const [begin, end] = [set[from], set[until]]
    if (typeof begin === 'string' && end === undefined) return [{ op: 'gt', field: until, value: begin }]
    if (typeof end === 'string' && begin === undefined) return [{ op: 'lt', field: from, value: end }]
    return []
  })
  return parts.length > 0 ? { op: 'all', parts } : null
}

/** A fresh plain object as users see it, or the fields selected of it. */
export function decodeRow<R>(
  { model }: Pick<RepositoryContext, 'model'>,
  row: StoredRow,
  fields?: readonly string[],
): R {
  const id = String(row.id)
  const decoded: Record<string, unknown> = {}
  for (const name of fields ?? model.fields.keys()) {
    const field = model.fields.get(name)
    if (field) decoded[name] = decodeValue(model.name, id, name, field, row[name] === undefined ? null : row[name])
  }
  return decoded as R
}
