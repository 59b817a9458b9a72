import type { AnyEntity, Entity, EntityTypes, Show } from './entity.ts'
import { StorageError } from './error.ts'
import type { Field, FieldData, FieldTypes } from './field.ts'
import type { Filter } from './filter.ts'

type TypesOf<F> = F extends Field<infer T extends FieldTypes> ? T : never
type KeysOf<F, What extends Partial<FieldTypes>> = {
  [K in keyof F & string]: TypesOf<F[K]> extends What ? K : never
}[keyof F & string]

type ReservedName = 'id' | 'version' | 'createdAt' | 'updatedAt' | 'and' | 'or' | 'not'
type Refuse<F, Scope> = {
  [K in keyof F]: K extends ReservedName
    ? `"${K}" is a name that Portolan uses itself`
    : K extends Scope
      ? `"${K & string}" is the scope: leave it out of fields`
      : F[K]
}
type KeyField<F> = Exclude<keyof F & string, KeysOf<F, { kind: 'json' }>>
type SystemField<V, T> = 'id' | (V extends true ? 'version' : never) | (T extends true ? 'createdAt' | 'updatedAt' : never)

export interface EntityInput<Name extends string, F, Scope extends string, U, V extends boolean, T extends boolean> {
  /** Letters, digits and _, beginning with a letter. The default name of the table or collection. */
  readonly name: Name
  /** The name of the field that separates tenants. Present: `repository(Booking, { tenantId })` is the only form that types. */
  readonly scope?: Scope
  readonly fields: F
  /** Natural keys, each unique per scope. A key with a null part never collides. */
  readonly unique?: U
  readonly indexes?: { readonly [index: string]: readonly NoInfer<KeyField<F> | SystemField<V, T>>[] }
  /** Half-open intervals that may not intersect, per `within` (and scope), among the rows that match `where`. */
  readonly noOverlap?: {
    readonly [rule: string]: {
      readonly within: readonly NoInfer<Exclude<KeyField<F>, NullableKey<F>>>[]
      readonly from: NoInfer<KeysOf<F, { kind: 'instant'; value: string }>>
      readonly until: NoInfer<KeysOf<F, { kind: 'instant'; value: string }>>
      readonly where?: NoInfer<Filter<{ [K in KeyField<F>]: TypesOf<F[K]>['input'] }>> | undefined
    }
  }
  /** Rows carry `version`: 1 when inserted, exactly 1 more with each update. Default false. */
  readonly versioned?: V
  /** Rows carry `createdAt` and `updatedAt`, by the caller's clock. They decide nothing. Default false. */
  readonly timestamps?: T
}
type NullableKey<F> = { [K in keyof F & string]: null extends TypesOf<F[K]>['value'] ? K : never }[keyof F & string]

const baseline = ['text', 'integer', 'float', 'boolean', 'instant', 'one-of', 'json']

/**
 * Defines an entity. Throws `invalid-definition` with the entity's name and the reason: a name that is no identifier or is
 * used by Portolan itself, a key, index or rule that names no field, a json field in one of them, a nullable part of a rule.
 */
export function defineEntity<
  const Name extends string,
  F extends { readonly [field: string]: Field },
  const Scope extends string = never,
  const U extends { readonly [key: string]: readonly KeyField<F>[] } = {},
  const V extends boolean = false,
  const T extends boolean = false,
>(
  definition: EntityInput<Name, F & Refuse<F, Scope>, Scope, U, V, T>,
): Entity<TypesFrom<Name, F, NoInfer<Scope>, U, NoInfer<V>, NoInfer<T>>> {
  const { name, scope = null, unique = {}, indexes = {}, noOverlap = {}, versioned, timestamps, ...rest } =
    definition as unknown as Partial<AnyEntity> & { readonly name: string; readonly fields: { readonly [field: string]: unknown } }
  const refuse = (why: string): never => {
    throw new StorageError('invalid-definition', `Entity ${name}: ${why}`, { entity: name })
  }
  const identifier = (what: string, given: string): void => {
    if (!/^[a-zA-Z][a-zA-Z0-9_]*$/.test(given)) refuse(`${what} "${given}" must be letters, digits and _, beginning with a letter`)
  }
  for (const option of Object.keys(rest)) if (option !== 'fields') refuse(`unknown option "${option}"`)
  identifier('the name', name)
  if (scope !== null) identifier('the scope', scope)
  const reserved = ['id', 'version', 'createdAt', 'updatedAt', 'and', 'or', 'not', scope]
  const fields: Record<string, FieldData> = {}
  for (const [field, given] of Object.entries(rest.fields)) {
    identifier('the field', field)
    if (reserved.includes(field)) refuse(`no field may be called "${field}": Portolan uses that name itself`)
    const data = (given as Partial<Field> | null)?.['~field'] ?? refuse(`field "${field}" is not made by text(), integer() ...`)
    if (data.kind === 'one-of' && new Set(data.values).size !== data.values?.length) refuse(`field "${field}" lists a value twice, or none`)
    fields[field] = data
  }
  if (scope && reserved.indexOf(scope) < 7) refuse(`the scope may not be called "${scope}"`)
  const system = ['id', ...(versioned ? ['version'] : []), ...(timestamps ? ['createdAt', 'updatedAt'] : [])]
  const check = (where: string, names: readonly string[], allowed: readonly string[], strict?: boolean): void => {
    identifier('the key, index or rule', where.slice(where.indexOf('.') + 1))
    if (!strict && !names.length) refuse(`${where} names no field`)
    for (const field of names) {
      const data = fields[field]
      if (!data && !allowed.includes(field)) refuse(`${where} names "${field}", which is no field`)
      if (data?.kind === 'json') refuse(`${where} names "${field}": a json field can't be compared`)
      if (strict && data?.nullable) refuse(`${where} names "${field}", which may be null`)
    }
    if (new Set(names).size < names.length) refuse(`${where} names a field twice`)
  }
  for (const [key, parts] of Object.entries(unique)) check(`unique.${key}`, parts, [])
  if ('id' in unique) refuse('unique.id is the name of the primary key')
  for (const [index, parts] of Object.entries(indexes)) check(`indexes.${index}`, parts, system)
  for (const [rule, { within, from, until }] of Object.entries(noOverlap)) {
    check(`noOverlap.${rule}`, [...within, from, until], [], true)
    if (fields[from]?.kind !== 'instant' || fields[until]?.kind !== 'instant') refuse(`noOverlap.${rule}: from and until must be instants`)
  }
  const needs = [...new Set(Object.values(fields).map(({ kind }) => kind))].filter((kind) => !baseline.includes(kind))
  return Object.freeze({
    format: 1,
    needs: needs.map((kind) => `field:${kind}`),
    name,
    scope,
    fields,
    unique,
    indexes,
    noOverlap,
    versioned: !!versioned,
    timestamps: !!timestamps,
  }) as never
}

type TypesFrom<Name, F, Scope, U, V, T> = Show<{
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
