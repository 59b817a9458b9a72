import type { EntityTypes, Show } from './entity.ts'
import type { InstantInput } from './field.ts'

/** Comparisons and `in` never match null; `ne` and `notIn` do, unless null is what they exclude. */
export interface Compare<V> {
  readonly eq?: V
  readonly ne?: V
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
  readonly contains?: string
  /** Folds the ASCII letters A-Z only. */
  readonly containsIgnoringCase?: string
}

/** Every condition given must hold. `undefined` is refused at run time with `invalid-query`: it would widen a delete. */
export type Filter<R> = {
  readonly [K in keyof R]?: R[K] | (NonNullable<R[K]> extends string ? CompareText<R[K]> : Compare<R[K]>)
} & {
  readonly and?: readonly Filter<R>[]
  readonly or?: readonly Filter<R>[]
  readonly not?: Filter<R>
}

/** What a filter may name: every field but json ones, and id, version, createdAt, updatedAt where the entity has them. */
export type FilterableOf<T extends EntityTypes> = Show<
  { id: string } & {
    [K in Exclude<keyof T['fields'], T['json']>]: T['fields'][K] | (K extends T['instants'] ? InstantInput : never)
  } & (T['versioned'] extends true ? { version: number } : {}) &
    (T['timestamps'] extends true ? { createdAt: InstantInput; updatedAt: InstantInput } : {})
>

export type Where<T extends EntityTypes> = Filter<FilterableOf<T>>
