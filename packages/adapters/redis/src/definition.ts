import type { OverlapRule, StoredEntity, StoredField } from '@portolan/adapter-kit'

/** Part of a definition that takes time to fill: kept by every writer from the start, used by queries once it is ready. */
export interface Part {
  readonly name: string
  /** The end of its keys' names: never given twice, so that what is left of a removed part is never taken for a new one. */
  readonly number: number
  readonly state: 'filling' | 'ready'
}

interface NamedFields {
  readonly name: string
  readonly fields: readonly string[]
}

/**
 * What is stored of an entity, next to its rows: the union of what its clients have declared. Every writer keeps all of it,
 * whatever it declared itself (M1). A field's place is its place in a row, so fields are only ever added at the end.
 */
export interface Definition {
  readonly layout: 1
  readonly name: string
  /** The number that the next part will have. */
  readonly next: number
  readonly scope: string | null
  readonly versioned: boolean
  readonly timestamps: boolean
  readonly fields: readonly (StoredField & { readonly name: string })[]
  /** Of the user's own, numbered from 1; number 0 is by id. */
  readonly indexes: readonly (Part & NamedFields)[]
  readonly unique: readonly (Part & NamedFields)[]
  readonly rules: readonly (Part & OverlapRule)[]
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
  const { name, scope, versioned, timestamps } = entity
  const empty = { fields: [], indexes: [], unique: [], rules: [] }
  return grown({ layout: 1, name, next: 1, scope, versioned, timestamps, ...empty }, entity, 'ready')
}

/** With what the entity has more: fields at the end, and parts of fresh numbers in this state. */
export function grown(definition: Definition, entity: StoredEntity, state: Part['state']): Definition {
  let next = definition.next
  const joined = <P extends { readonly name: string }>(
    there: readonly (P & Part)[],
    all: readonly P[],
  ): (P & Part)[] => [
    ...there,
    ...all
      .filter(({ name }) => !there.some((one) => one.name === name))
      .map((part) => ({ ...part, number: next++, state })),
  ]
  const named = (keys: { readonly [name: string]: readonly string[] }): NamedFields[] =>
    Object.entries(keys).map(([name, fields]) => ({ name, fields }))
  const known = placesOf(definition)
  const fields = Object.entries(entity.fields).map(([name, field]) => ({ name, ...field }))
  const parts = {
    indexes: joined<NamedFields>(definition.indexes, named(entity.indexes)),
    unique: joined<NamedFields>(definition.unique, named(entity.unique)),
    rules: joined<OverlapRule>(definition.rules, entity.rules),
  }
  return {
    ...definition,
    ...parts,
    fields: [...definition.fields, ...fields.filter(({ name }) => !known.has(name))],
    next,
  }
}

export type PartKind = 'index' | 'key' | 'rule'

/** One part, and where it is: among its kind in a layout, counted as Lua does, and among the keys of the entity. */
export interface PlacedPart {
  readonly kind: PartKind
  readonly part: Part
  readonly place: number
  readonly key: number
}

export function partsOf({ indexes, unique, rules }: Definition): PlacedPart[] {
  // Before them: the definition, rows and the index by id, which is the first one of a layout.
  const before = { index: 3, key: 3 + indexes.length, rule: 3 + indexes.length + unique.length }
  const placed = (kind: PartKind, parts: readonly Part[], first: number): PlacedPart[] =>
    parts.map((part, at) => ({ kind, part, place: first + at, key: before[kind] + at }))
  return [...placed('index', indexes, 2), ...placed('key', unique, 1), ...placed('rule', rules, 1)]
}

/** 'anew': filled once more, under a fresh number. */
export type Fate = 'as it is' | 'ready' | 'anew' | 'removed'

export function changed(definition: Definition, fateOf: (kind: PartKind, part: Part) => Fate): Definition {
  let next = definition.next
  const all = <P extends Part>(kind: PartKind, parts: readonly P[]): P[] =>
    parts.flatMap((part): P[] => {
      const fate = fateOf(kind, part)
      if (fate === 'removed') return []
      if (fate === 'anew') return [{ ...part, number: next++, state: 'filling' }]
      return [fate === 'ready' ? { ...part, state: 'ready' } : part]
    })
  const parts = {
    indexes: all('index', definition.indexes),
    unique: all('key', definition.unique),
    rules: all('rule', definition.rules),
  }
  return { ...definition, ...parts, next }
}

/** With the parts alone that are filled in to their end, which hold every row there is. */
export function ready(definition: Definition): Definition {
  const filled = <P extends Part>(parts: readonly P[]): P[] => parts.filter(({ state }) => state === 'ready')
  const { indexes, unique, rules } = definition
  return { ...definition, indexes: filled(indexes), unique: filled(unique), rules: filled(rules) }
}

/** The entity that the definition was stored for, with all that it has gained since. */
export function entityOf(definition: Definition): StoredEntity {
  const named = (parts: readonly NamedFields[]) => Object.fromEntries(parts.map(({ name, fields }) => [name, fields]))
  return {
    name: definition.name,
    scope: definition.scope,
    fields: Object.fromEntries(definition.fields.map(({ name, ...field }) => [name, field])),
    unique: named(definition.unique),
    indexes: named(definition.indexes),
    rules: definition.rules.map(({ number, state, ...rule }) => rule),
    versioned: definition.versioned,
    timestamps: definition.timestamps,
  }
}
