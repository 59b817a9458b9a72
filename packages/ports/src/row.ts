// biome-ignore-all lint/complexity/noBannedTypes: nothing to add is what it means.
import type { EntityTypes, Show } from './entity.ts'
import type { Instant, InstantInput } from './field.ts'

/** The types that an entity carries: `Repository<TypesIn<typeof Booking>>`. */
export type TypesIn<E> = E extends { readonly '~types'?: infer T }
  ? NonNullable<T> extends infer X extends EntityTypes
    ? X
    : never
  : never

/** A row of the entity, as it comes out: `type Booking = EntityOf<typeof Booking>`. */
export type EntityOf<E extends { readonly '~types'?: EntityTypes }> = RowOf<TypesIn<E>>

/**
 * A row, of an entity's types: id, scope, the fields, and version, createdAt and updatedAt where the entity has them.
 */
export type RowOf<T extends EntityTypes> = Show<
  { id: string } & { [K in T['scope']]: string } & T['fields'] &
    (T['versioned'] extends true ? { version: number } : {}) &
    (T['timestamps'] extends true ? { createdAt: Instant; updatedAt: Instant } : {})
>

/**
 * What an insert takes. Without `id` the store assigns one (UUIDv7 unless the option `generateId` is given). Nullable
 * fields and those with a default may be left out; `undefined` means left out. The scope is the repository's and not
 * given.
 */
export type ValuesOf<T extends EntityTypes> = Show<
  { id?: string | undefined } & {
    [K in Exclude<keyof T['fields'], T['optional']>]: T['fields'][K] | (K extends T['instants'] ? InstantInput : never)
  } & {
    [K in keyof T['fields'] & T['optional']]?:
      | T['fields'][K]
      | (K extends T['instants'] ? InstantInput : never)
      | undefined
  }
>

/** The parts of a natural key: present and not null. */
export type KeyOf<T extends EntityTypes, N extends keyof T['unique']> = {
  [K in T['unique'][N] & keyof T['fields']]:
    | NonNullable<T['fields'][K]>
    | (K extends T['instants'] ? InstantInput : never)
}

/** Values for an insert by natural key: the parts of the key are there and not null. */
export type KeyedValuesOf<T extends EntityTypes, N extends keyof T['unique']> = ValuesOf<T> & KeyOf<T, N>

/**
 * Adds to a number in the store: concurrent increments are all counted. Leaving the safe range is `invalid-value`. Not
 * for nullable fields: what null plus one is would be a guess.
 */
export interface Increment {
  readonly increment: number
}

/** `undefined` leaves a field alone, null clears a nullable one. id, scope, version and createdAt can't be patched. */
export type PatchOf<T extends EntityTypes> = {
  [K in keyof T['fields']]?:
    | T['fields'][K]
    | (K extends T['instants'] ? InstantInput : never)
    | ([T['fields'][K]] extends [number] ? Increment : never)
    | undefined
}
