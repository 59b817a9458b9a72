import { type AnyEntity, type FieldData, isStorageError } from '@portolan/ports'
import { refuse } from '../errors.ts'
import { compileWhere } from '../queries/where.ts'
import type { OverlapRule, StoredEntity, StoredField } from '../spi/index.ts'
import { encodeValue } from '../values/field-value.ts'

/** A definition, checked and compiled once. */
export interface Model {
  readonly name: string
  readonly stored: StoredEntity
  /** As in `stored`, but safe to look up with any text, such as 'constructor'. */
  readonly fields: ReadonlyMap<string, StoredField>
  /** The entity's own fields, those that users give values for. */
  readonly own: ReadonlyMap<string, FieldData>
}

const newestFormat = 1
const kinds: ReadonlySet<string> = new Set(['text', 'integer', 'float', 'boolean', 'instant', 'one-of', 'json'])
const models = new WeakMap<AnyEntity, Model>()

/** Refuses with `unsupported`, naming what to update, whatever of the definition this version does not know. */
export function modelOf(entity: AnyEntity): Model {
  const known = models.get(entity)
  if (known) return known
  const { name, format, needs, scope } = entity
  if (typeof name !== 'string' || typeof format !== 'number' || typeof entity.fields !== 'object') {
    refuse('invalid-definition', 'an entity must be made by defineEntity of @portolan/ports', { entity: String(name) })
  }
  const unsupported = (what: string): never =>
    refuse('unsupported', `Entity ${name} needs ${what}, which this adapter does not know: update the adapter`, {
      what,
    })
  if (format > newestFormat) unsupported(`definition format ${format}`)
  for (const need of needs) if (!need.startsWith('field:') || !kinds.has(need.slice(6))) unsupported(need)

  const system = (kind: StoredField['kind']): StoredField => ({ kind, nullable: false, values: null })
  const fields = new Map<string, StoredField>()
  if (scope !== null) fields.set(scope, system('text'))
  fields.set('id', system('text'))
  for (const [field, { kind, nullable, values }] of Object.entries(entity.fields)) {
    if (!kinds.has(kind)) unsupported(`field:${kind}`)
    fields.set(field, { kind: kind as StoredField['kind'], nullable, values: values ?? null })
  }
  if (entity.versioned) fields.set('version', system('integer'))
  if (entity.timestamps) fields.set('createdAt', system('instant')).set('updatedAt', system('instant'))

  const bare: StoredEntity = {
    name,
    scope,
    fields: Object.fromEntries(fields),
    unique: entity.unique,
    indexes: entity.indexes,
    rules: [],
    versioned: entity.versioned,
    timestamps: entity.timestamps,
  }
  const own = new Map(Object.entries(entity.fields))
  for (const [field, data] of own) {
    const stored = fields.get(field)
    const { default: fallback } = data
    if (stored && fallback !== undefined)
      asDefinition(name, `the default of ${field}`, () => encodeValue(name, field, stored, fallback))
  }
  const rules = Object.entries(entity.noOverlap).map(([rule, { within, from, until, where = {} }]): OverlapRule => {
    const compile = () => compileWhere({ name, stored: bare, fields, own }, where, `noOverlap.${rule}.where`)
    return { name: rule, within, from, until, where: asDefinition(name, `the rule ${rule}`, compile) }
  })
  const model: Model = { name, stored: { ...bare, rules }, fields, own }
  models.set(entity, model)
  return model
}

/** What is wrong with a part of a definition is told when the storage is made, not at the first write. */
function asDefinition<R>(entity: string, part: string, check: () => R): R {
  try {
    return check()
  } catch (error) {
    if (!isStorageError(error)) throw error
    return refuse('invalid-definition', `Entity "${entity}": ${part} is not valid. ${error.message}`, { entity })
  }
}

/** The compiled form of a definition, for drivers' own tests and for pure functions such as schema statements. */
export function storedEntity(entity: AnyEntity): StoredEntity {
  return modelOf(entity).stored
}
