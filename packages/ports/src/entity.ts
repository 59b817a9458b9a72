// biome-ignore-all lint/complexity/noBannedTypes: nothing to add is what it means.
import type { FieldData } from './field.ts'

/** All that the compiler knows of an entity, resolved: one plain bag, so that errors and hovers stay short. */
export interface EntityTypes {
  readonly name: string
  /** What a row holds, per field. */
  readonly fields: object
  /** Fields that an insert may leave out. */
  readonly optional: string
  /** Fields that also take a Date or anything with `epochMilliseconds`. */
  readonly instants: string
  /** Fields that no filter, order or key may name. */
  readonly json: string
  /** The name of the scope; never without. */
  readonly scope: string
  /** Per natural key, the fields it consists of. */
  readonly unique: object
  readonly versioned: boolean
  readonly timestamps: boolean
}

/**
 * A definition: plain data, made by `defineEntity`, at module level or at run time from data. Deeply frozen; its
 * records of fields, keys, indexes and rules have no prototype, so that looking up a name from outside finds nothing
 * inherited.
 */
export interface Entity<T extends EntityTypes> {
  /** The format of this definition: an adapter refuses one that is newer than it knows with `unsupported`. */
  readonly format: number
  /** Features beyond the baseline, such as 'field:decimal': an adapter that lacks one refuses at start, naming it. */
  readonly needs: readonly string[]
  readonly name: T['name']
  readonly scope: [T['scope']] extends [never] ? null : T['scope']
  readonly fields: { readonly [K in keyof T['fields']]: FieldData }
  readonly unique: { readonly [key: string]: readonly string[] }
  readonly indexes: { readonly [index: string]: readonly string[] }
  readonly noOverlap: { readonly [rule: string]: OverlapData }
  readonly versioned: T['versioned']
  readonly timestamps: T['timestamps']
  readonly '~types'?: T
  /** Makes T exact, both ways: a description by hand that differs from the definition in anything is an error. */
  readonly '~exact'?: (types: T) => void
}

/** Any entity, for code that is not generic over one. */
export interface AnyEntity {
  readonly format: number
  readonly needs: readonly string[]
  readonly name: string
  readonly scope: string | null
  readonly fields: { readonly [field: string]: FieldData }
  readonly unique: { readonly [key: string]: readonly string[] }
  readonly indexes: { readonly [index: string]: readonly string[] }
  readonly noOverlap: { readonly [rule: string]: OverlapData }
  readonly versioned: boolean
  readonly timestamps: boolean
}

/** No two rows that match `where` and agree in `within` may have intersecting half-open intervals [from, until). */
export interface OverlapData {
  readonly within: readonly string[]
  readonly from: string
  readonly until: string
  readonly where?: object | undefined
}

/** The types of an entity written by hand, for `isolatedDeclarations`: what is left out is empty. */
export type Describe<T extends { readonly name: string; readonly fields: object } & Partial<EntityTypes>> = Show<{
  name: T['name']
  fields: T['fields']
  optional: Part<T, 'optional', never>
  instants: Part<T, 'instants', never>
  json: Part<T, 'json', never>
  scope: Part<T, 'scope', never>
  unique: Part<T, 'unique', {}>
  versioned: Part<T, 'versioned', false>
  timestamps: Part<T, 'timestamps', false>
}>
type Part<T, K extends keyof EntityTypes, Otherwise> = K extends keyof T ? T[K] : Otherwise

/** Flattens a type so that an editor shows its members. */
export type Show<T> = { [K in keyof T]: T[K] } & {}
