// biome-ignore-all lint/complexity/noBannedTypes: nothing to add is what it means.
import type { EntityTypes, Show } from './entity.ts'
import type { InstantInput } from './field.ts'

/**
 * The operators of every field; several in one object must all hold. Comparisons and `in` never match null; `ne` and
 * `notIn` do, unless null is what they exclude.
 */
export interface Compare<V> {
  readonly eq?: V
  readonly ne?: V
  /** 5,000 values and more work. Of none: matches no row. */
  readonly in?: readonly V[]
  readonly notIn?: readonly V[]
  readonly lt?: NonNullable<V>
  readonly lte?: NonNullable<V>
  readonly gt?: NonNullable<V>
  readonly gte?: NonNullable<V>
}

/** Text is compared by Unicode code point. The searched text is plain text: %, _ and \ mean themselves. */
export interface CompareText<V> extends Compare<V> {
  readonly startsWith?: string
  /** Exact, by code point. */
  readonly contains?: string
  /** Folds the ASCII letters A-Z only. */
  readonly containsIgnoringCase?: string
}

/**
 * A value, or operators, per field; every condition given must hold, and an empty filter matches every row. null as a
 * value matches null. `undefined` is refused at run time with `invalid-query`: it would widen a delete.
 */
export type Filter<R> = {
  readonly [K in keyof R]?: R[K] | (NonNullable<R[K]> extends string ? CompareText<R[K]> : Compare<R[K]>)
} & {
  readonly and?: readonly Filter<R>[]
  readonly or?: readonly Filter<R>[]
  readonly not?: Filter<R>
}

/**
 * What a filter may name: every field but json ones, and id, version, createdAt, updatedAt where the entity has them.
 */
export type FilterableOf<T extends EntityTypes> = Show<
  { id: string } & {
    [K in Exclude<keyof T['fields'], T['json']>]: T['fields'][K] | (K extends T['instants'] ? InstantInput : never)
  } & (T['versioned'] extends true ? { version: number } : {}) &
    (T['timestamps'] extends true ? { createdAt: InstantInput; updatedAt: InstantInput } : {})
>

/** A filter on the rows of an entity. */
export type Where<T extends EntityTypes> = Filter<FilterableOf<T>>
