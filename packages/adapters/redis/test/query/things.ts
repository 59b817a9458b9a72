import {
  all,
  always,
  type Order,
  type Predicate,
  type Scalar,
  type StoredEntity,
  type StoredRow,
  storedEntity,
} from '@portolan/adapter-kit'
import { boolean, defineEntity, float, instant, integer, oneOf, text } from '@portolan/ports'
import fc from 'fast-check'

/** An entity whose values lie where orders and encodings could go wrong, and arbitrary rows, conditions and orders of it. */
export const Thing = defineEntity({
  name: 'thing',
  scope: 'owner',
  fields: {
    kind: oneOf('a', 'b', 'c'),
    name: text().nullable(),
    count: integer().nullable(),
    size: float().nullable(),
    open: boolean().nullable(),
    at: instant().nullable(),
    serial: text().nullable(),
  },
  unique: { bySerial: ['serial'], byPair: ['name', 'at'] },
  indexes: {
    byKind: ['kind', 'name', 'count'],
    byName: ['name', 'at'],
    byCount: ['count'],
    byOpen: ['open', 'kind', 'size', 'at'],
    byAt: ['at', 'name'],
  },
})
export const entity: StoredEntity = storedEntity(Thing)
export const now = Date.parse('2026-05-05T05:05:05.005Z')
export const iso = (plus: number): string => new Date(now + plus).toISOString()
export const scopes = ['x', 'x\u0001', 'y'] as const

const names = ['', 'a', 'A', 'ab', 'aB%_\\', '\u0001', '\u0002', '[x', '\u212a', 'k', 'é', '\ufffd', '\u{1f600}', 'a ']
const value: { readonly [field: string]: fc.Arbitrary<Exclude<Scalar, null>> } = {
  id: fc.oneof(
    fc.constantFrom('\u0001', '\u0002', '\u0002a', 'a', 'ab', '\u{1f600}'),
    fc.string({ minLength: 1, maxLength: 3 }),
  ),
  kind: fc.constantFrom('a', 'b', 'c'),
  name: fc.constantFrom(...names),
  count: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.maxSafeInteger()),
  size: fc.constantFrom(-1.5, 0, 0.25, 1e300, -1e-9),
  open: fc.boolean(),
  at: fc.integer({ min: -2, max: 2 }).map(iso),
  serial: fc.string({ maxLength: 4 }),
}
export const fields: readonly string[] = Object.keys(value)
const nullable = (field: string): boolean => entity.fields[field]?.nullable ?? false
const clean = (text: Scalar): boolean => typeof text !== 'string' || !text.includes('\u0000')
const anyOf = (field: string): fc.Arbitrary<Exclude<Scalar, null>> =>
  (value[field] as fc.Arbitrary<string>).filter(clean)

export const row = fc.record(
  Object.fromEntries(
    fields.map((field) => [field, nullable(field) ? fc.option(anyOf(field), { freq: 4 }) : anyOf(field)]),
  ),
) as fc.Arbitrary<StoredRow>

/** A condition on this field. */
function leafOf(name: string): fc.Arbitrary<Predicate> {
  const field = fc.constant(name)
  const bounds = fc.constantFrom('lt', 'lte', 'gt', 'gte')
  const operand =
    name === 'at' ? fc.oneof(anyOf(name), fc.record({ clock: fc.integer({ min: -2, max: 2 }) })) : anyOf(name)
  const of = (shape: { readonly [key: string]: fc.Arbitrary<unknown> }) =>
    fc.record({ field, ...shape }) as fc.Arbitrary<unknown> as fc.Arbitrary<Predicate>
  const nullOr = of({ op: bounds, value: operand }).map(
    (bounded): Predicate => ({ op: 'any', parts: [{ op: 'isNull', field: name }, bounded] }),
  )
  const values = fc.uniqueArray(anyOf(name), { minLength: 1, maxLength: 4 })
  const search = of({
    op: fc.constantFrom('startsWith', 'startsWith', 'contains', 'containsIgnoringCase'),
    value: fc.constantFrom('a', 'A', '%', '\u0001', '\u{1f600}', 'b', '\u0002'),
    negated: fc.boolean(),
  })
  return fc.oneof(
    { weight: 3, arbitrary: of({ op: fc.constantFrom('eq', 'eq', 'ne'), value: operand }) },
    { weight: 3, arbitrary: of({ op: bounds, value: operand }) },
    { weight: 3, arbitrary: of({ op: fc.constantFrom('in', 'in', 'notIn'), values }) },
    { weight: 2, arbitrary: of({ op: fc.constantFrom('isNull', 'isNotNull') }) },
    ...(nullable(name) ? [nullOr] : []),
    ...(['name', 'serial', 'id'].includes(name) ? [search] : []),
  )
}

const leaf = fc.constantFrom(...fields).chain(leafOf)
/** Two conditions on one field: they may say the same end, or contradict each other. */
const twice = fc.constantFrom('name', 'count', 'at', 'id').chain((field) => fc.tuple(leafOf(field), leafOf(field)))
const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      op: fc.constantFrom('all' as const, 'all' as const, 'any' as const),
      parts: fc.array(tie('predicate'), { maxLength: 3 }),
    }),
  ),
}))
export const where: fc.Arbitrary<Predicate> = fc.oneof(
  predicate,
  fc.constant(always),
  twice.map((pair) => all(...pair)),
  fc.array(leaf, { maxLength: 4 }).map((parts) => all(...parts)),
)

function total(list: readonly string[], directions: readonly ('asc' | 'desc')[]): Order[] {
  const used = list.includes('id') ? list.slice(0, list.indexOf('id') + 1) : list
  const entries = used.map(
    (field, at): Order => ({ field, direction: directions[at] ?? 'asc', nullable: nullable(field) }),
  )
  if (used.at(-1) === 'id') return entries
  return [...entries, { field: 'id', direction: entries.at(-1)?.direction ?? 'asc', nullable: false }]
}

function on(field: string): fc.Arbitrary<Predicate> {
  const value = anyOf(field)
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ op: fc.constant('eq' as const), field: fc.constant(field), value }) },
    fc.record({
      op: fc.constant('in' as const),
      field: fc.constant(field),
      values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }),
    }),
    fc.constant({ op: 'isNull' as const, field }),
    fc.record({ values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }) }).map(({ values }) => ({
      op: 'any' as const,
      parts: [
        { op: 'in' as const, field, values },
        { op: 'isNull' as const, field },
      ],
    })),
  )
}

const indexed = Object.values(entity.indexes)
export const order: fc.Arbitrary<Order[]> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...indexed, ['name', 'id'], ['count', 'id']),
      fc.subarray([...fields], { maxLength: 3 }).chain((some) => fc.shuffledSubarray(some)),
    ),
    fc.array(fc.constantFrom('asc' as const, 'desc' as const), { minLength: 5, maxLength: 5 }),
    fc.constantFrom('asc' as const, 'desc' as const, null),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([list, directions, one, from]) => {
    const used = list.slice(Math.min(from, list.length))
    return total(used, one ? directions.map(() => one) : directions)
  })

/** Conditions on the first fields of an index, and the order of the rest: what indexes are made for. */
export const served: fc.Arbitrary<{ where: Predicate; order: Order[] }> = fc
  .tuple(fc.constantFrom(...indexed), fc.nat({ max: 3 }), fc.boolean())
  .chain(([list, count, whole]) => {
    const leading = list.slice(0, count)
    return fc.record({
      where: fc
        .tuple(fc.tuple(...leading.map((field) => on(field))), fc.oneof(fc.constant([]), fc.tuple(leaf), twice))
        .map(([equal, more]) => all(...equal, ...more)),
      order: fc
        .array(fc.constantFrom('asc' as const, 'desc' as const), { minLength: 5, maxLength: 5 })
        .map((directions) => total(whole ? list : list.slice(count), directions)),
    })
  })

/** Where the page begins: at a stored row, or at any other. */
const at = fc.option(fc.tuple(fc.nat(), fc.option(row, { freq: 3 })), { freq: 3 })

export const query = fc
  .record({
    scope: fc.constantFrom(...scopes),
    asked: fc.oneof(fc.record({ where, order }), served),
    at,
    limit: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 3 }),
    offset: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 6 })),
    fields: fc.subarray([...fields]).map((some) => [...new Set(['id', ...some])]),
  })
  .map(({ asked, ...rest }) => ({ ...asked, ...rest }))

/** Rows of each scope that keep the natural keys. */
export function storedRows(): Map<string, StoredRow[]> {
  const rows = fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 200, maxLength: 240 })
  return new Map(
    scopes.map((scope) => {
      const taken = new Set<string>()
      const kept = (fc.sample(rows, 1)[0] ?? []).filter((each) => {
        const keys = Object.values(entity.unique)
          .map((parts) => parts.map((part) => each[part]))
          .filter((parts) => !parts.includes(null))
          .map((parts) => JSON.stringify(parts))
        const free = keys.every((key) => !taken.has(key))
        if (free) for (const key of keys) taken.add(key)
        return free
      })
      return [scope, kept.map((each) => ({ ...each, owner: scope }))]
    }),
  )
}
