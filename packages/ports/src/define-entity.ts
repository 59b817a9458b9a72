// biome-ignore-all lint/complexity/noBannedTypes: no keys is what it means.
import type { EntityInput, KeyField, Refuse, TypesFrom } from './definition.ts'
import type { Entity, OverlapData } from './entity.ts'
import { StorageError } from './error.ts'
import type { Field, FieldData } from './field.ts'

const baseline = ['text', 'integer', 'float', 'boolean', 'instant', 'one-of', 'json']
const reserved = ['id', 'version', 'createdat', 'updatedat', 'and', 'or', 'not']

/**
 * Defines an entity: plain, deeply frozen data, which shares nothing with what was given but the schemas of json
 * fields. At module level, or at run time from data that nobody has checked.
 *
 * Throws `invalid-definition` with the entity's name and the reason: a name that is no identifier, is Portolan's own or
 * differs from another only in case, an unknown option, a key, index or rule that names no field or a json field, a
 * nullable part of a rule, a value of oneOf that is not text. Values are the adapter's to check, as it checks those of
 * every insert: other defaults, and what a rule's `where` compares with.
 *
 * @example
 * const Room = defineEntity({
 *   name: 'room',
 *   scope: 'tenantId',
 *   fields: { number: text(), seats: integer().default(2) },
 *   unique: { number: ['number'] },
 * })
 * type Room = EntityOf<typeof Room>
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
  const { fields: givenFields, ...given }: Named<unknown> = { ...(definition as object) }
  const refuse: Refusal = (why) => {
    throw new StorageError('invalid-definition', `Entity ${quoted(given.name)}: ${why}`, {
      entity: isText(given.name) ? given.name : '',
    })
  }
  const { name, scope = null, versioned = false, timestamps = false, ...rest } = frozen(given)
  const { unique = {}, indexes = {}, noOverlap = {}, ...more } = rest
  const identifier = (what: string, given: unknown, taken: Set<string> = new Set()): void => {
    if (!isText(given) || !/^[a-z][a-z0-9_]{0,62}$/i.test(given))
      refuse(`${what} ${quoted(given)} must be 1 to 63 letters, digits and _, beginning with a letter`)
    if (taken.size === taken.add(given.toLowerCase()).size)
      refuse(`${what} ${quoted(given)} is taken: by Portolan, the scope, or a name that differs only in case`)
  }
  const list = (label: string, given: unknown, what: string, orNone = false): Names => {
    if (!Array.isArray(given) || !(given.length || orNone) || new Set(given).size < given.length)
      refuse(`${label} must list one ${what} or more, none twice`)
    return given as Names
  }
  const only = (where: string, more: object): void => {
    for (const option of Object.keys(more)) refuse(`unknown option ${quoted(option)}${where}`)
  }
  /** Null-prototype data: a look-up by a name from outside finds nothing inherited. */
  const named = <R>(
    what: string,
    given: unknown,
    taken: Iterable<string>,
    read: (label: string, value: unknown) => R,
  ): Named<R> => {
    if (tagOf(given) !== '[object Object]') refuse(`${what} must be an object`)
    const result: Record<string, R> = Object.create(null)
    const used = new Set(taken)
    for (const [name, value] of Object.entries(given as object)) {
      identifier(`${what}: the name`, name, used)
      result[name] = read(`${what}.${name}`, value)
    }
    return Object.freeze(result)
  }

  identifier('the name', name)
  only('', more)
  const taken = new Set(reserved)
  if (scope !== null) identifier('the scope', scope, taken)
  if (typeof versioned !== 'boolean' || typeof timestamps !== 'boolean')
    refuse('versioned and timestamps must be true or false')

  const fields = named('fields', givenFields, taken, (label, given): FieldData => {
    const { schema, ...data } = { ...(given as Partial<Field> | null)?.['~field'] } as FieldData
    const { kind, values } = data
    if (!isText(kind)) refuse(`${label} is not made by text(), integer() ...`)
    if (kind === 'one-of') {
      if (!list(label, values, 'text').every(isStorable)) refuse(`${label} lists what is not valid Unicode text`)
      if ('default' in data && !values?.includes(data.default as string))
        refuse(`the default of ${label} is none of its values`)
    }
    return Object.freeze({ ...frozen(data, kind !== 'json'), ...(schema && { schema }) })
  })

  const check = (label: string, given: unknown, system: readonly unknown[] = [], strict?: boolean): Names => {
    for (const field of list(label, given, 'field', strict)) {
      const data = isText(field) ? fields[field] : undefined
      const why = isText(field) && field === scope ? 'the scope, which is part of it anyway' : 'which is no field'
      if (!data && !system.includes(field)) refuse(`${label} names ${quoted(field)}, ${why}`)
      if (data?.kind === 'json') refuse(`${label} names ${quoted(field)}: a json field can't be compared`)
      if (data?.nullable && strict) refuse(`${label} names ${quoted(field)}, which may be null`)
    }
    return given as Names
  }
  const filter = (label: string, given: unknown): void => {
    for (const [name, value] of Object.entries({ ...(given as object) }))
      if (name === 'and' || name === 'or' || name === 'not') for (const part of [value].flat()) filter(label, part)
      else check(label, [name])
  }

  return Object.freeze({
    format: 1,
    needs: Object.freeze([...new Set(Object.values(fields).flatMap(needsOf))]),
    name,
    scope,
    fields,
    unique: named('unique', unique, ['id'], (label, parts) => check(label, parts)),
    indexes: named('indexes', indexes, [], (label, parts) =>
      check(label, parts, ['id', versioned && 'version', ...(timestamps ? ['createdAt', 'updatedAt'] : [])]),
    ),
    noOverlap: named('noOverlap', noOverlap, [], (label, given): OverlapData => {
      const { within, from, until, where, ...more } = { ...(given as OverlapData) }
      only(` in ${label}`, more)
      check(`${label}.within`, within, [], true)
      check(label, [...within, from, until], [], true)
      if (fields[from]?.kind !== 'instant' || fields[until]?.kind !== 'instant')
        refuse(`${label}: from and until must be instants`)
      filter(`${label}.where`, where)
      return given as OverlapData
    }),
    versioned,
    timestamps,
  }) as never
}

type Named<R> = { readonly [name: string]: R }
type Names = readonly string[]
type Refusal = (why: string) => never

const tagOf = (given: unknown): string => Object.prototype.toString.call(given)
const isText = (given: unknown): given is string => typeof given === 'string'
const isStorable = (given: unknown): boolean => isText(given) && !/[\0\p{Cs}]/u.test(given)
const quoted = (given: unknown): string => (isText(given) ? JSON.stringify(given) : `(${typeof given})`)

/** A copy that nobody can change, with dates as text. Objects of classes stay as they are. */
function frozen<R>(value: R, dates = true): R {
  const tag = tagOf(value)
  if (dates && tag === '[object Date]') return ((value as Date).toJSON() ?? value) as R
  if (tag !== '[object Object]' && tag !== '[object Array]') return value
  const part = (given: unknown): unknown => frozen(given, dates)
  if (Array.isArray(value)) return Object.freeze(Array.from(value, part)) as R
  return Object.freeze(
    Object.fromEntries(Object.entries(value as object).map(([key, given]) => [key, part(given)])),
  ) as R
}

/**
 * A field made by a newer copy of this package may be of a kind, or say of an option, that only a newer adapter knows.
 */
const needsOf = ({ kind, needs = [] }: FieldData): Names =>
  baseline.includes(kind) ? needs : [`field:${kind}`, ...needs]
