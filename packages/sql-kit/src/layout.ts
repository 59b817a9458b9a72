import { byteLength, type OverlapRule, refuse, type StoredEntity, type StoredField } from '@portolan/adapter-kit'
import type { SqlDialect } from './dialect.ts'

/** Where an entity lies in a database that exists already. What is left out keeps the entity's own names. */
export interface EntityMapping {
  readonly table?: string | undefined
  /** Columns by field; the scope, id, version, createdAt and updatedAt are fields like any other. */
  readonly fields?: { readonly [field: string]: string } | undefined
  /** false: the table's primary key is the id alone, so an id that another scope uses is `duplicate`. Default true. */
  readonly idsPerScope?: boolean | undefined
}

export interface Mapping {
  readonly [entity: string]: EntityMapping
}

export interface UniqueKey {
  /** As `duplicate` tells it: the key's name, or 'id'. */
  readonly name: string
  /** With the scope where it belongs to the key. */
  readonly fields: readonly string[]
}

/** An entity and the names that it has in the database. */
export interface EntityLayout {
  readonly entity: StoredEntity
  readonly dialect: SqlDialect
  readonly table: string
  readonly fields: ReadonlyMap<string, StoredField>
  readonly columns: ReadonlyMap<string, string>
  readonly idsPerScope: boolean
  /** The primary key first. */
  readonly keys: readonly UniqueKey[]
  /** Declared indexes with the scope before and the id behind. */
  readonly indexes: readonly { readonly name: string; readonly fields: readonly string[] }[]
}

export function columnOf(layout: EntityLayout, field: string): string {
  const column = layout.columns.get(field)
  if (column === undefined) throw new TypeError(`${layout.entity.name} has no field ${field}`)
  return column
}

export function fieldOf(layout: EntityLayout, field: string): StoredField {
  const found = layout.fields.get(field)
  if (found === undefined) throw new TypeError(`${layout.entity.name} has no field ${field}`)
  return found
}

/** Names of what belongs to a table. Two that come out alike are refused where layouts are made. */
export const objectNames = {
  key: (layout: EntityLayout, key: string): string => objectName(layout, key, 'key'),
  index: (layout: EntityLayout, index: string): string => objectName(layout, index, 'index'),
  /** Of what keeps a rule: an index on SQLite, a constraint on Postgres. */
  ruleIndex: (layout: EntityLayout, rule: OverlapRule): string => objectName(layout, rule.name, 'rule'),
  ruleTrigger: (layout: EntityLayout, rule: OverlapRule, event: 'insert' | 'update'): string =>
    objectName(layout, rule.name, event),
} as const

/** A name that is too long ends in a hash of the whole: databases that cut names would let two of them become one. */
function objectName({ table, dialect }: EntityLayout, part: string, kind: string): string {
  const name = `${table}_${part}_${kind}`
  if (byteLength(name) <= dialect.maximumNameBytes) return name
  const end = `_${hashOf(name)}_${kind}`
  let start = ''
  for (const letter of name) {
    if (byteLength(start + letter + end) > dialect.maximumNameBytes) break
    start += letter
  }
  return start + end
}

/** FNV-1a over UTF-16: short, and the same everywhere. Names that come out alike all the same are refused. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function invalid(entity: string, why: string): never {
  return refuse('invalid-definition', `Entity ${entity}: ${why}`, { entity })
}

function checkName(entity: string, what: string, name: unknown, dialect: SqlDialect): string {
  if (typeof name !== 'string' || name === '') return invalid(entity, `the name of ${what} must be text, and not empty`)
  if (name.includes('\0') || !name.isWellFormed())
    invalid(entity, `the name of ${what} holds NUL or half of a surrogate pair`)
  if (byteLength(name) > dialect.maximumNameBytes)
    invalid(entity, `the name of ${what} is longer than the ${dialect.maximumNameBytes} bytes that it may have`)
  return name
}

const known = ['table', 'fields', 'idsPerScope']

function checkMapping(entity: StoredEntity, mapping: EntityMapping): void {
  for (const option of Object.keys(mapping)) {
    if (!known.includes(option)) invalid(entity.name, `mapping has no option "${option}"; it knows ${known.join(', ')}`)
  }
  for (const field of Object.keys(mapping.fields ?? {})) {
    if (!Object.hasOwn(entity.fields, field)) invalid(entity.name, `mapping names "${field}", which is no field`)
  }
  const { idsPerScope } = mapping
  if (idsPerScope !== undefined && typeof idsPerScope !== 'boolean')
    invalid(entity.name, 'idsPerScope of its mapping must be true or false')
  if (idsPerScope === true && entity.scope === null)
    invalid(entity.name, 'idsPerScope of its mapping is true, but the entity has no scope')
}

export function layoutOf(entity: StoredEntity, mapping: Mapping, dialect: SqlDialect): EntityLayout {
  const { name, scope } = entity
  const given = Object.hasOwn(mapping, name) ? (mapping[name] ?? {}) : {}
  checkMapping(entity, given)
  const table = checkName(name, 'its table', given.table ?? name, dialect)
  const why = dialect.refusesTable(table)
  if (why !== null) invalid(name, `its table cannot have that name: ${why}`)
  const columns = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const field of Object.keys(entity.fields)) {
    const mapped = given.fields && Object.hasOwn(given.fields, field) ? given.fields[field] : field
    const column = checkName(name, `the column of ${field}`, mapped, dialect)
    const unfit = dialect.refusesColumn(column)
    if (unfit !== null) invalid(name, `the column of ${field} cannot have that name: ${unfit}`)
    const folded = foldName(column, dialect)
    const other = taken.get(folded)
    if (other !== undefined) invalid(name, `the fields ${other} and ${field} would share one column; map one of them`)
    taken.set(folded, field)
    columns.set(field, column)
  }
  const idsPerScope = scope !== null && (given.idsPerScope ?? true)
  const scoped = (fields: readonly string[]): string[] => (scope === null ? [...fields] : [scope, ...fields])
  return {
    entity,
    dialect,
    table,
    fields: new Map(Object.entries(entity.fields)),
    columns,
    idsPerScope,
    keys: [
      { name: 'id', fields: idsPerScope ? scoped(['id']) : ['id'] },
      ...Object.entries(entity.unique).map(([key, fields]) => ({ name: key, fields: scoped(fields) })),
    ],
    indexes: Object.entries(entity.indexes).map(([index, fields]) => ({
      name: index,
      fields: [...scoped(fields), ...(fields.includes('id') ? [] : ['id'])],
    })),
  }
}

/** The layouts of all entities of a storage. Refuses with `invalid-definition` what no database of this dialect could hold. */
export function layoutsOf(
  entities: readonly StoredEntity[],
  mapping: Mapping,
  dialect: SqlDialect,
): Map<string, EntityLayout> {
  for (const name of Object.keys(mapping)) {
    if (!entities.some((entity) => entity.name === name))
      invalid(name, 'mapping names it, but it is not among the entities of this storage')
  }
  const layouts = entities.map((entity) => layoutOf(entity, mapping, dialect))
  checkDistinct(layouts, dialect)
  return new Map(layouts.map((layout) => [layout.entity.name, layout]))
}

function checkDistinct(layouts: readonly EntityLayout[], dialect: SqlDialect): void {
  const owners = new Map<string, string>()
  const claim = (kind: string, name: string, { entity }: EntityLayout): void => {
    const folded = `${kind} ${foldName(name, dialect)}`
    const owner = owners.get(folded)
    if (owner !== undefined)
      invalid(entity.name, `the ${kind} "${name}" has the name of one of ${owner}; rename one, or map to another table`)
    owners.set(folded, entity.name)
  }
  for (const layout of layouts) claim('table or index', layout.table, layout)
  for (const layout of layouts) {
    const { unique, indexes, rules } = layout.entity
    for (const key of Object.keys(unique)) claim('table or index', objectNames.key(layout, key), layout)
    for (const index of Object.keys(indexes)) claim('table or index', objectNames.index(layout, index), layout)
    for (const rule of rules) {
      claim('table or index', objectNames.ruleIndex(layout, rule), layout)
      for (const event of ['insert', 'update'] as const)
        claim('trigger', objectNames.ruleTrigger(layout, rule, event), layout)
    }
  }
}

/** One form for all names that the database takes for the same. */
export function foldName(name: string, dialect: SqlDialect): string {
  return dialect.foldsNames ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : name
}
