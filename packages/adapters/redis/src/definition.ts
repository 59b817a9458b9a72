import type { Predicate, StoredEntity, StoredField } from '@portolan/adapter-kit'

/** Part of a definition that takes time to fill: kept by every writer from the start, used by queries once it is ready. */
interface Part {
  readonly name: string
  /** The end of its keys' names: never given twice, so that what is left of a removed part is never taken for a new one. */
  readonly number: number
  readonly state: 'filling' | 'ready'
}

/**
 * What is stored of an entity, next to its rows: the union of what its clients have declared. Every writer keeps all of it,
 * whatever it declared itself (M1). A field's place is its place in a row, so fields are only ever added at the end.
 */
export interface Definition {
  readonly layout: 1
  readonly name: string
  readonly scope: string | null
  readonly versioned: boolean
  readonly timestamps: boolean
  readonly fields: readonly (StoredField & { readonly name: string })[]
  /** Of the user's own, numbered from 1; number 0 is by id. */
  readonly indexes: readonly (Part & { readonly fields: readonly string[] })[]
  readonly unique: readonly (Part & { readonly fields: readonly string[] })[]
  readonly rules: readonly (Part & {
    readonly within: readonly string[]
    readonly from: string
    readonly until: string
    readonly where: Predicate
  })[]
}

/** A definition as it was read, and the revision that a call names so that Lua can tell whether it is still the stored one. */
export interface KnownDefinition {
  readonly revision: string
  readonly definition: Definition
  /** The place of each field in a row, as Lua counts: 1 is the row's revision, so the first field is 2. */
  readonly places: ReadonlyMap<string, number>
}

export function placesOf({ fields }: Pick<Definition, 'fields'>): Map<string, number> {
  return new Map(fields.map(({ name }, index) => [name, index + 2]))
}

/** The stored form of what one client declares; parts are ready, as they are where there are no rows yet. */
export function definitionOf(entity: StoredEntity): Definition {
  const numbered = <P extends object>(parts: readonly P[], first: number) =>
    parts.map((part, index) => ({ ...part, number: first + index, state: 'ready' as const }))
  const named = (keys: { readonly [name: string]: readonly string[] }) =>
    Object.entries(keys).map(([name, fields]) => ({ name, fields }))
  return {
    layout: 1,
    name: entity.name,
    scope: entity.scope,
    versioned: entity.versioned,
    timestamps: entity.timestamps,
    fields: Object.entries(entity.fields).map(([name, field]) => ({ name, ...field })),
    indexes: numbered(named(entity.indexes), 1),
    unique: numbered(named(entity.unique), 1),
    rules: numbered(entity.rules, 1),
  }
}
