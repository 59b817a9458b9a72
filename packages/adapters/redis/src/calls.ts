import type { KnownDefinition } from './definition.ts'
import type { StoredText } from './encoding/values.ts'
import type { Asked } from './engine.ts'
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

/**
 * A position in a range: for each run of the walk the text of a member up to the run's end. Members that begin with the last
 * text come after it where `inclusive` is 1, else before. Fewer texts than runs: the rest is decided by what the range itself says.
 */
export type Position = readonly [inclusive: 0 | 1, ...texts: string[]]

/** Members from the first bound on, up to the second one and without it, and of these what comes after the position. */
export type Range = readonly [from: Bound, to: Bound, after: Position | false]

/**
 * The order within a range as runs of one direction: how many components a member has up to the run's end, and 1 for
 * descending. More than one run is walked group by group.
 */
export type Walk = readonly (readonly [components: number, descending: 0 | 1])[]

/** How rows are reached. Row keys and key texts are whole (scope included); index and key numbers count from 1 in the layout. */
export type Way =
  | readonly ['rows', keys: readonly string[]]
  | readonly ['key', unique: number, texts: readonly string[]]
  /** With a walk each range is read in the order asked, and no further than it is needed. */
  | readonly ['index', index: number, ranges: readonly Range[], walk: Walk | false]

/**
 * `exact`: all rows on the way match, none needs to be tested. `ordered`: it gives the whole order, ranges one after another.
 */
export type Candidate = readonly [way: Way, exact: 0 | 1, ordered: 0 | 1]

/** The branches of a plan together reach every row that may match; each has several ways, of which Lua takes the shortest. */
export type QueryPlan = readonly (readonly Candidate[])[]

/** A place and 1 for descending. */
export type Sort = readonly (readonly [place: number, descending: 0 | 1])[]

/** What `find` of the fragment `find` takes. Made by `findOf` (query/choose.ts). */
export type Find = readonly [
  entity: number,
  /** The scope as a component; '' without. Rows of no other one are ever reached. */
  scope: string,
  /** Different ones to the same rows, of which Lua takes the one that reads least. */
  plans: readonly QueryPlan[],
  /** What rows are tested by, a position included; false: nothing. */
  where: Tokens | false,
  /** false: any order will do. */
  sort: Sort | false,
  limit: number | false,
  offset: number,
  /** Rows that may be read. */
  bound: number,
]

/** Rows under a rule whose intervals meet one: those of a group (scope and `within`, as a member begins), last first. */
export type Meeting = readonly [
  entity: number,
  scope: string,
  rule: number,
  group: string,
  from: string,
  until: string,
  limit: number,
]

/** A question of a reading call; of rows these places are answered, or with false the row as it is stored. */
export type Question =
  | readonly ['rows', Find, places: readonly number[] | false]
  | readonly ['meeting', Meeting, places: readonly number[] | false]
  | readonly ['count', Find]

/** An earlier read as Lua checks it: the entity's number, `writes` then, the digest, and the question anew. */
export type Earlier = readonly [entity: number, writes: string, digest: string, question: Question]

/**
 * What a reading transaction remembers of a question, and what the commit checks: the question again, where `writes` differs.
 * It is made anew for each call (`questionOf` in reads.ts), since numbers of indexes may have changed meanwhile.
 */
export interface Seen {
  readonly entity: string
  readonly writes: string
  readonly digest: string
  readonly asked: Asked
}

/** Answers that are no answer: to be dealt with by whoever sent the call. */
export type Detour =
  /** The stored definition is another one than the call was made for; both empty: there is none. Make the call anew. */
  | { readonly kind: 'definition'; readonly entity: number; readonly revision: string; readonly definition: string }
  | { readonly kind: 'wrongtype'; readonly entity: number; readonly part: string; readonly number: number }
  /** By the server's clock, which it tells: whoever still waits for the answer was wrong about that. */
  | { readonly kind: 'late'; readonly now: number }
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

/** A commit writes what was asked for by 'write' before; of what it has only read no more is demanded than by a reader. */
export type Use = 'read' | 'write' | 'commit'

/** The definitions as stored, kept per storage. */
export interface Definitions {
  /**
   * Known ones, read once for the whole storage before the first call (with the check of the server's settings). Rejects with
   * `schema-mismatch` for an entity that is not there, or, for a writer, that lacks what this client declares; for one who writes or
   * commits with `access-denied` where the user may not run all that scripts do.
   */
  of(entities: readonly string[], use: Use, deadline: number): Promise<readonly KnownDefinition[]>
  /** After the detour 'definition'. */
  learn(entity: string, revision: string, definition: string): void
}
