import type { EntityTypes, Show } from './entity.ts'
import type { Field, FieldTypes } from './field.ts'
import type { Filter } from './filter.ts'

/**
 * What `defineEntity` takes. Every name in it (of the entity, its scope, fields, keys, indexes and rules) is 1 to 63
 * ASCII letters, digits and _, beginning with a letter, and differs from its neighbours in more than upper and lower
 * case: so each can be a column, a key of a document and a part of an index name on every database.
 */
export interface EntityInput<Name extends string, F, Scope extends string, U, V extends boolean, T extends boolean> {
  /** The default name of the table or collection; an adapter's `mapping` gives it another. */
  readonly name: Name
  /**
   * The name of the field that separates tenants. Present: `repository(Booking, { tenantId })` is the only form that
   * types.
   */
  readonly scope?: Scope
  /** The entity's own fields. `id`, the scope, `version`, `createdAt` and `updatedAt` are Portolan's and not listed. */
  readonly fields: F
  /**
   * Natural keys by name, each unique per scope. A row whose key has a null part collides with none. json fields can't
   * be parts. A write that would collide is `duplicate`.
   */
  readonly unique?: U
  /** Indexes by name. The scope precedes the fields of each and the id follows them: neither is listed. */
  readonly indexes?: { readonly [index: string]: readonly NoInfer<KeyField<F> | SystemField<V, T>>[] }
  /**
   * Half-open intervals [from, until) that may not intersect among the rows that match `where` and agree in `within`
   * and scope. No part may be nullable. Of racing writes that would overlap one is stored, the others fail with
   * `overlap`.
   */
  readonly noOverlap?: {
    readonly [rule: string]: {
      readonly within: readonly NoInfer<OrAny<F, Exclude<KeyField<F>, NullableKey<F>>>>[]
      readonly from: NoInfer<OrAny<F, Extract<keyof F & string, KeysOf<F, { kind: 'instant'; value: string }>>>>
      readonly until: NoInfer<OrAny<F, Extract<keyof F & string, KeysOf<F, { kind: 'instant'; value: string }>>>>
      readonly where?: NoInfer<Filter<{ [K in KeyField<F>]: TypesOf<F[K]>['input'] }>> | undefined
    }
  }
  /** Rows carry `version`: 1 when inserted, exactly 1 more with each update, whoever makes it. Default false. */
  readonly versioned?: V
  /** Rows carry `createdAt` and `updatedAt`, by the caller's clock. They decide nothing. Default false. */
  readonly timestamps?: T
}

type TypesOf<F> = F extends Field<infer T extends FieldTypes> ? T : never
type KeysOf<F, What extends Partial<FieldTypes>> = {
  [K in keyof F & string]: TypesOf<F[K]> extends What ? K : never
}[keyof F & string]
type NullableKey<F> = { [K in keyof F & string]: null extends TypesOf<F[K]>['value'] ? K : never }[keyof F & string]
/** Of fields that are known at run time only, every name may be given: defineEntity checks it then. */
type OrAny<F, K> = string extends keyof F ? string : K

/** What a key, an index or a rule may name. */
export type KeyField<F> = Exclude<keyof F & string, KeysOf<F, { kind: 'json' }>>
type SystemField<V, T> =
  | 'id'
  | (V extends true ? 'version' : never)
  | (T extends true ? 'createdAt' | 'updatedAt' : never)

type ReservedInLowerCase = 'id' | 'version' | 'createdat' | 'updatedat' | 'and' | 'or' | 'not'
/** Turns the type of a field that may not be called so into the sentence that the compiler then shows. */
export type Refuse<F, Scope> = {
  [K in keyof F]: Lowercase<K & string> extends ReservedInLowerCase
    ? `${K & string} is a name that Portolan uses itself`
    : string extends Scope
      ? F[K]
      : K extends Scope
        ? `${K & string} is the scope: leave it out of fields`
        : F[K]
}

/** The resolved types of a definition, with `name` first, because errors show it first. */
export type TypesFrom<Name, F, Scope, U, V, T> =
  Show<{
    name: Name
    fields: { -readonly [K in keyof F]: TypesOf<F[K]>['value'] }
    optional: keyof { [K in keyof F as TypesOf<F[K]> extends { optional: true } ? K : never]: 1 } & string
    instants: keyof { [K in keyof F as TypesOf<F[K]> extends { kind: 'instant' } ? K : never]: 1 } & string
    json: keyof { [K in keyof F as TypesOf<F[K]> extends { kind: 'json' } ? K : never]: 1 } & string
    scope: Scope
    unique: { -readonly [N in keyof U]: U[N][number & keyof U[N]] }
    versioned: V
    timestamps: T
  }> extends infer X extends EntityTypes
    ? X
    : never
