import { afterPosition, all, type Order, type Predicate, type Scalar } from '@portolan/adapter-kit'
import type { Candidate, Find, QueryPlan, Range, Way } from '../calls.ts'
import type { KnownDefinition } from '../definition.ts'
import { component, components, rowKey } from '../encoding/members.ts'
import { encodeValue, type StoredText } from '../encoding/values.ts'
import { type Constraints, conditionsOf, constraintsOf, isValueSet, type Values } from './bounds.ts'
import { type Constant, courseOf, rangeOf } from './ranges.ts'
import { tokensOf } from './tokens.ts'

export interface Query {
  readonly scope: string | null
  readonly where: Predicate
  /** Total, or empty: any order will do. */
  readonly order: readonly Order[]
  readonly after: readonly Scalar[] | null
  readonly limit: number | null
  readonly offset: number
}

/** More values, or combinations of them, are tested row by row instead of being looked up by a key or index. */
const mostLookups = 10_000
/** Alternatives of an `or` that are looked up each by itself. */
const mostBranches = 8

/**
 * A query as Lua answers it: all ways to its rows that may pay. Lua counts what lies on each (ZLEXCOUNT, O(log n)) and takes the
 * one that reads least. Nothing here depends on what is stored.
 */
export function findOf(known: KnownDefinition, entity: number, query: Query, bound: number): Find {
  const { scope, where, order, after, limit, offset } = query
  const tested = after === null ? where : all(where, afterPosition(order, after))
  const place = (field: string): number => known.places.get(field) ?? 0
  return [
    entity,
    scopeText(scope),
    plansOf(known, query),
    tested.op === 'all' && tested.parts.length === 0 ? false : tokensOf(known, tested),
    order.length > 0 && order.map(({ field, direction }) => [place(field), direction === 'desc' ? 1 : 0]),
    limit ?? false,
    offset,
    bound,
  ]
}

/** What keys and members of a scope begin with. */
export function scopeText(scope: string | null): string {
  return scope === null ? '' : component(scope)
}

function plansOf(known: KnownDefinition, query: Query): readonly QueryPlan[] {
  const conditions = conditionsOf(query.where)
  const direct = candidatesOf(known, conditions, query)
  const single = direct.find(({ lookups }) => lookups !== null && lookups <= 1)
  if (single) return [[[single.candidate]]]
  const plans = [[direct]]
  const nameOf = ({ candidate: [way] }: Considered): string => JSON.stringify(way)
  conditions.forEach((condition, position) => {
    if (condition.op !== 'any' || condition.parts.length < 2 || condition.parts.length > mostBranches) return
    if (isValueSet(known, condition)) return
    const others = conditions.filter((_, other) => other !== position)
    const branches = condition.parts.map((part) =>
      candidatesOf(known, [...others, ...conditionsOf(part)], query).filter(({ narrows }) => narrows),
    )
    // A branch without a way of its own reads as much as the whole query would.
    const knownWays = new Set(direct.map(nameOf))
    if (branches.every((branch) => branch.some((one) => !knownWays.has(nameOf(one))))) plans.push(branches)
  })
  return plans.map((branches) => branches.map((branch) => branch.map(({ candidate }) => candidate)))
}

interface Considered {
  readonly candidate: Candidate
  /** Of single rows; null for an index. */
  readonly lookups: number | null
  /** It leaves out rows that can't match. */
  readonly narrows: boolean
}

function candidatesOf(known: KnownDefinition, conditions: readonly Predicate[], query: Query): Considered[] {
  const constraints = constraintsOf(known, conditions)
  const impossible = [...constraints.values.values()].some(({ values }) => values.length === 0)
  if (impossible || conditions.some((one) => one.op === 'any' && one.parts.length === 0))
    return [{ candidate: [['rows', []], 1, 1], lookups: 0, narrows: true }]
  const whole = (says: Iterable<number>): 0 | 1 => (new Set(says).size === conditions.length ? 1 : 0)
  const found = [
    byId(constraints, query, whole),
    ...byKeys(known, constraints, query, whole),
    ...known.definition.indexes.map(({ fields, state }, index) =>
      state === 'ready' ? byIndex(known, index + 2, fields, constraints, query, whole) : null,
    ),
  ].filter((one) => one !== null)
  if (constraints.values.has('id')) return found
  const all = byIndex(known, 1, [], constraints, query, whole, true)
  return all && (found.length === 0 || all.narrows || all.candidate[2]) ? [...found, all] : found
}

type Whole = (says: Iterable<number>) => 0 | 1

function byId({ values }: Constraints, { scope, order, after }: Query, whole: Whole): Considered | null {
  const ids = values.get('id')
  if (!ids) return null
  const keys = ids.values.flatMap((id) => (id === false ? [] : rowKey(scope, id)))
  const ordered = keys.length <= 1 || order[0]?.field === 'id'
  if (order[0]?.direction === 'desc') keys.reverse()
  return {
    candidate: [['rows', keys], after ? 0 : whole(ids.says), ordered ? 1 : 0],
    lookups: keys.length,
    narrows: true,
  }
}

/** By natural keys. A row with a null part has no key, so null leads nowhere. */
function byKeys(
  { definition }: KnownDefinition,
  { values }: Constraints,
  { scope, after }: Query,
  whole: Whole,
): (Considered | null)[] {
  return definition.unique.map(({ fields, state }, index) => {
    const sets = boundValues(fields, values)
    if (state !== 'ready' || sets.length < fields.length || sets.some((set) => set.values.includes(false))) return null
    const texts = combinations(sets).map((parts) => scopeText(scope) + components(parts))
    const exact = after ? 0 : whole(sets.flatMap(({ says }) => says))
    const way: Way = ['key', index + 1, texts]
    return { candidate: [way, exact, texts.length <= 1 ? 1 : 0], lookups: texts.length, narrows: true }
  })
}

/** The values of the leading fields that have some, as far as their combinations may be looked up. */
function boundValues(fields: readonly string[], values: Constraints['values']): Values[] {
  const bound: Values[] = []
  let count = 1
  for (const field of fields) {
    const set = values.get(field)
    count *= set?.values.length ?? 0
    if (!set || count > mostLookups) break
    bound.push(set)
  }
  return bound
}

function combinations(sets: readonly Pick<Values, 'values'>[]): StoredText[][] {
  return sets.reduce<StoredText[][]>(
    (all, { values }) => all.flatMap((parts) => values.map((value) => [...parts, value])),
    [[]],
  )
}

/** null: the index says nothing of these rows or their order. */
function byIndex(
  known: KnownDefinition,
  number: number,
  own: readonly string[],
  { values, intervals }: Constraints,
  { scope, order, after, limit }: Query,
  whole: Whole,
  always = false,
): Considered | null {
  const fields = [...own, 'id']
  const leading = boundValues(own, values)
  const interval = intervals.get(fields[leading.length] ?? '')
  const single: Constant = (field) => {
    const set = values.get(field)?.values
    return set?.length === 1 ? set[0] : undefined
  }
  const inRange = (field: string): boolean =>
    fields.slice(0, leading.length).includes(field) || single(field) !== undefined
  const course = courseOf(fields, leading.length, inRange, order, scope !== null)
  const narrows = leading.length > 0 || interval !== undefined
  if (!narrows && !course && !always) return null

  // Ranges follow one another in the order asked where what differs between them comes first in it.
  const several = leading.flatMap(({ values: each }, index) => (each.length > 1 ? [fields[index] ?? ''] : []))
  const varying = order.filter(({ field }) => single(field) === undefined)
  const inOrder = course !== null && several.every((field, index) => varying[index]?.field === field)
  const sets = leading.map(({ values: ascending }, index) => {
    const down = inOrder && order.find(({ field }) => field === fields[index])?.direction === 'desc'
    return { values: down ? ascending.toReversed() : ascending }
  })
  const position = after?.map((value, index) => encodeValue(kindOf(known, order[index]?.field ?? ''), value))
  const pointed = course && position ? { course, order, after: position } : null
  const ranges: Range[] = combinations(sets).flatMap((parts) => {
    const constant: Constant = (field) => {
      const index = fields.indexOf(field)
      return index < parts.length && index >= 0 ? parts[index] : single(field)
    }
    const range = rangeOf(scopeText(scope) + components(parts), interval, constant, pointed)
    return range ? [range] : []
  })
  const walk = course && (inOrder || limit !== null || pointed) ? course.walk : false
  const says = [...leading.flatMap((set) => set.says), ...(interval?.says ?? [])]
  return {
    candidate: [['index', number, ranges, walk], after && !pointed ? 0 : whole(says), inOrder ? 1 : 0],
    lookups: null,
    narrows,
  }
}

function kindOf({ definition, places }: KnownDefinition, field: string) {
  return definition.fields[(places.get(field) ?? 0) - 2]?.kind ?? 'text'
}
