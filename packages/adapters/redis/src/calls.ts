import type { KnownDefinition } from './definition.ts'
import type { StoredText } from './encoding/values.ts'
import type { Keyspace } from './keys.ts'
import { tokensOf } from './query/tokens.ts'

/*
 * What travels between TypeScript and Lua. A call is [header, layouts, operation ...]; Lua reads it by position, counted from 1.
 * Replies begin with a word: 'ok' and the operation's own parts, or one of `Detour`.
 */

/** [the option `clock` now, or false for the server's own; when a write comes too late, on the server's clock, or false]. */
export type Header = readonly [now: number | false, notAfter: number | false]

/** An instant of the store's clock is a number: so many milliseconds from now. Everything else is stored text. */
export type StoredOperand = StoredText | number

/**
 * A predicate in prefix order. `all n` and `any n` are followed by n predicates; a field by its place in the row.
 * eq ne lt lte gt gte: place, operand. in notIn: place, n, n texts. isNull isNotNull: place. startsWith contains
 * containsIgnoringCase: place, text, 1 where negated, else 0.
 */
export type Tokens = readonly (StoredText | number)[]

/** One entity of a call: the stored definition in numbers. `firstKey` is the place of its first key among KEYS. */
export type Layout = readonly [
  revision: string,
  firstKey: number,
  idPlace: number,
  /** Places of fields; the first one, by id, has none. Ready and filling ones alike: writers keep all. */
  indexes: readonly (readonly number[])[],
  unique: readonly (readonly number[])[],
  rules: readonly (readonly [within: readonly number[], from: number, until: number, where: Tokens])[],
]

/** [prefix, milliseconds of an instant that follows it or false, 1 for beyond all that begins so, else 0]. */
export type Bound = readonly [at: string, clock: number | false, beyond: 0 | 1]

/** Members from the first bound on, up to the second one and without it. */
export type Range = readonly [from: Bound, to: Bound]

/**
 * The fields of an order, from where the equalities of a range end, as runs of one direction: how many components, and 1 for
 * descending. More than one run is walked group by group.
 */
export type Walk = readonly (readonly [components: number, descending: 0 | 1])[]

/** How rows are reached. Row keys and key texts are whole (scope included); index numbers count from 1 in the layout. */
export type Way =
  | readonly ['rows', readonly string[]]
  | readonly ['key', unique: number, text: string]
  /** `after`: for each run of the walk the components of a position, or false to begin at the beginning. */
  | readonly ['index', index: number, ranges: readonly Range[], walk: Walk, after: readonly string[] | false]

/** A place and 1 for descending. */
export type Sort = readonly (readonly [place: number, descending: 0 | 1])[]

/** What `find` of the fragment `find` takes. */
export type Find = readonly [
  entity: number,
  /** The scope as a component; '' without. Rows of no other one are ever reached. */
  scope: string,
  way: Way,
  /** What is left to be tested; false: nothing. */
  where: Tokens | false,
  /** false: the way gives the order, or none is asked for. */
  sort: Sort | false,
  limit: number | false,
  offset: number,
  /** Rows that may be read. */
  bound: number,
]

/** A question of a reading call. */
export type Question = readonly ['rows', Find] | readonly ['count', Find]

/** What a reading transaction remembers of a question, and what the commit checks: the question again, where `writes` differs. */
export interface Seen {
  readonly entity: string
  readonly writes: string
  readonly digest: string
  readonly question: Question
}

/** Answers that are no answer: to be dealt with by whoever sent the call. */
export type Detour =
  /** The stored definition is another one than the call was made for; both empty: there is none. Make the call anew. */
  | { readonly kind: 'definition'; readonly entity: number; readonly revision: string; readonly definition: string }
  | { readonly kind: 'wrongtype'; readonly entity: number; readonly part: string; readonly number: number }
  | { readonly kind: 'late' }
  /** Question number n would have read more rows than it may. */
  | { readonly kind: 'broad'; readonly question: number }
  /** Guards are held by another session. */
  | { readonly kind: 'held' }

export function layoutOf(known: KnownDefinition, firstKey: number): Layout {
  const { definition, places, revision } = known
  const place = (field: string): number => places.get(field) ?? 0
  const all = (fields: readonly string[]): number[] => fields.map(place)
  return [
    revision,
    firstKey,
    place('id'),
    [[], ...definition.indexes.map(({ fields }) => all(fields))],
    definition.unique.map(({ fields }) => all(fields)),
    definition.rules.map((rule) => [
      all(rule.within),
      place(rule.from),
      place(rule.until),
      tokensOf(known, rule.where),
    ]),
  ]
}

/** KEYS and layouts for these entities; `more` keys follow, the last of them the operation's own in a writing call. */
export function addressed(
  keyspace: Keyspace,
  known: readonly KnownDefinition[],
  more: readonly string[],
): { readonly keys: readonly string[]; readonly layouts: readonly Layout[] } {
  const keys: string[] = []
  const layouts = known.map((one) => {
    const layout = layoutOf(one, keys.length + 1)
    keys.push(...keyspace.entity(one.definition))
    return layout
  })
  return { keys: [...keys, ...more], layouts }
}

/** The definitions as stored, kept per storage. */
export interface Definitions {
  /**
   * Known ones, read once for the whole storage before the first call (with the check of the server's settings). Rejects with
   * `schema-mismatch` for an entity that is not there, or, for a writer, that lacks what this client declares.
   */
  of(entities: readonly string[], use: 'read' | 'write', deadline: number): Promise<readonly KnownDefinition[]>
  /** After the detour 'definition'. */
  learn(entity: string, revision: string, definition: string): void
}
