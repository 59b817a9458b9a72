import type { Predicate } from './predicate.ts'

export interface StoredField {
  readonly kind: 'text' | 'integer' | 'float' | 'boolean' | 'instant' | 'one-of' | 'json'
  readonly nullable: boolean
  /** Of 'one-of'. */
  readonly values: readonly string[] | null
}

export interface OverlapRule {
  readonly name: string
  readonly within: readonly string[]
  readonly from: string
  readonly until: string
  readonly where: Predicate
}

/** An entity as a driver sees it: the system's own fields are fields like any other. */
export interface StoredEntity {
  readonly name: string
  /** The field that holds the scope, part of every key; null without. */
  readonly scope: string | null
  /** In this order: the scope, id, the entity's own, version, createdAt, updatedAt - each where the entity has it. */
  readonly fields: { readonly [field: string]: StoredField }
  /** Natural keys, without the scope, which belongs to each of them. */
  readonly unique: { readonly [key: string]: readonly string[] }
  /** Without the scope, which precedes each of them, and without the id, which ends each of them. */
  readonly indexes: { readonly [index: string]: readonly string[] }
  readonly rules: readonly OverlapRule[]
  readonly versioned: boolean
  readonly timestamps: boolean
}
