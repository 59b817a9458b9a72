// biome-ignore-all lint/complexity/noBannedTypes: nothing to add is what it means.
import type { EntityTypes, Show } from './entity.ts'
import type { FilterableOf, Where } from './filter.ts'
import type { KeyedValuesOf, KeyOf, PatchOf, RowOf, ValuesOf } from './row.ts'

/** One field per object where more than one is given: [{ startsAt: 'asc' }, { roomId: 'desc' }]. */
export type OrderBy<T extends EntityTypes> = { readonly [K in keyof FilterableOf<T>]?: 'asc' | 'desc' }

/** What `find`, `page` and `each` have in common. An unknown name or operator anywhere in it is `invalid-query`. */
export interface Query<T extends EntityTypes, K> {
  /** Absent: every row of the scope. */
  readonly where?: Where<T> | undefined
  /**
   * The order is always total: ties break by id in the direction of the last entry; without orderBy by id ascending.
   * Text is ordered by Unicode code point. null sorts first ascending and last descending.
   */
  readonly orderBy?: OrderBy<T> | readonly OrderBy<T>[] | undefined
  /** The fields that rows shall hold. Default: all. */
  readonly select?: readonly K[] | undefined
  /** Rows at most, a whole number from 1 to 100,000; any other is `invalid-query`. */
  readonly limit?: number | undefined
}

/** What `find` takes. */
export interface FindQuery<T extends EntityTypes, K> extends Query<T, K> {
  /** Rows to skip, 0 or more. Default 0. The store reads what it skips: prefer `page`. */
  readonly offset?: number | undefined
}

/** What `page` takes: a query with a limit. */
export interface PageQuery<T extends EntityTypes, K> extends Query<T, K> {
  /** Rows per page, a whole number from 1 to 100,000. */
  readonly limit: number
  /**
   * `nextCursor` of the page before, of the same query. Absent, null or undefined: the first page. One that is damaged
   * or belongs to another query is `invalid-cursor`.
   */
  readonly cursor?: string | null | undefined
}

/** One page of a list. */
export interface Page<Row> {
  readonly items: Row[]
  /** Opaque text for the next call; null on the last page. */
  readonly nextCursor: string | null
}

/** The whole row, or the fields that `select` names. */
export type Selected<T extends EntityTypes, K extends keyof RowOf<T>> = [K] extends [never]
  ? RowOf<T>
  : Show<Pick<RowOf<T>, K>>

/**
 * Writes only if no row of the scope but the one being written matches `unless`. All writers that name one of the guard
 * keys are serial, so of any number of racers that exclude each other exactly one writes; the others fail with
 * `condition-failed`, whose data names at most ten rows in the way. `unless` protects only against writers that hold
 * the same guard.
 */
export type Unless<T extends EntityTypes> =
  | { readonly unless: Where<T>; readonly guard: string | readonly string[] }
  | { readonly unless?: undefined; readonly guard?: undefined }

/** A condition on an insert. */
export type InsertCondition<T extends EntityTypes> = Unless<T>

/**
 * A condition on an update, an upsert or a delete: checked and written in one step. `version` that is no longer the
 * row's is `stale-version`; a row that does not match `where` is `condition-failed`.
 */
export type Condition<T extends EntityTypes> = { readonly where?: Where<T> | undefined } & (T['versioned'] extends true
  ? { readonly version?: number | undefined }
  : {}) &
  Unless<T>

/**
 * What a repository offers inside a transaction: everything but `claim`.
 *
 * Rows that come back are fresh plain objects. Where several refusals apply, the first of this order is reported:
 * invalid, missing row (null), `stale-version`, `where`, `duplicate`, `unless`, `overlap`; nothing was written then.
 * Beside the codes named below every call may fail with `unavailable`, `access-denied`, `schema-mismatch`,
 * `unexpected`, and every write with `transaction-conflict` (not applied, may be repeated), `commit-unknown` (the
 * answer was lost: read before repeating) and `too-large`. A call that returns rows may fail with
 * `invalid-stored-value`.
 */
export interface TransactionRepository<T extends EntityTypes> {
  /** The row, or null when this scope has none with this id; an id that can't exist is not found either. */
  get(id: string): Promise<RowOf<T> | null>
  /** The row with this natural key, or null. `getBy('number', { number: '12b' })`. */
  getBy<N extends keyof T['unique'] & string>(unique: N, key: KeyOf<T, N>): Promise<RowOf<T> | null>
  /** The rows found, each once, at its first mention in `ids`; what is not found is left out. */
  getMany(ids: readonly string[]): Promise<RowOf<T>[]>
  /** Without `limit` everything, or `query-too-broad` where the adapter declares a scan bound: never a silent cut. */
  find<K extends keyof RowOf<T> = never>(query?: FindQuery<T, K>): Promise<Selected<T, K>[]>
  /**
   * Keyset pages: each row that stays is visited exactly once, in order, also when the row that the cursor came from is
   * deleted, and a page costs the same anywhere in the list. A row whose order fields change between two pages may come
   * twice or not at all.
   */
  page<K extends keyof RowOf<T> = never>(query: PageQuery<T, K>): Promise<Page<Selected<T, K>>>
  /**
   * Walks keyset pages of 500 without a snapshot, up to `limit` rows: what is said of `page` about changing rows holds
   * here.
   */
  each<K extends keyof RowOf<T> = never>(query?: Query<T, K>): AsyncIterable<Selected<T, K>>
  /** Exact, or `query-too-broad`. In a transaction a count is not a read that is protected: use a guard. */
  count(query?: { readonly where?: Where<T> | undefined }): Promise<number>
  /**
   * The row as stored, with its id, version 1 and times. `invalid-value` names the field that does not fit. Of racers
   * with one natural key or id exactly one inserts, the others fail with `duplicate`, which names the key and the row
   * in the way; of racers whose intervals overlap one inserts, the others fail with `overlap`.
   */
  insert(values: ValuesOf<T>, condition?: InsertCondition<T>): Promise<RowOf<T>>
  /**
   * All or none: the first refusal is thrown and nothing is stored. Rows come back in the order given; of none, none.
   */
  insertMany(values: readonly ValuesOf<T>[]): Promise<RowOf<T>[]>
  /**
   * Inserts, or returns the row that already has this natural key, unchanged. Of any number of racers one reports
   * `inserted`, all get the same row and nobody fails. A collision on another key is `duplicate`.
   */
  insertOrGet<N extends keyof T['unique'] & string>(
    unique: N,
    values: KeyedValuesOf<T, N>,
  ): Promise<{ row: RowOf<T>; inserted: boolean }>
  /**
   * Inserts `values`, or patches the row that already has this natural key; racers all succeed and no increment is
   * lost. Only the named key decides; a collision on another is `duplicate`. `version` and `where` of the condition
   * bind the patch alone, `unless` both.
   */
  upsert<N extends keyof T['unique'] & string>(
    unique: N,
    values: KeyedValuesOf<T, N>,
    patch: PatchOf<T>,
    condition?: Condition<T>,
  ): Promise<{ row: RowOf<T>; inserted: boolean }>
  /**
   * The row after the patch, or null when this scope has none with this id. An unmet condition is an error, never null:
   * of racers with one expected version exactly one succeeds, the others fail with `stale-version`, which tells the
   * actual one. An empty patch still raises the version. May fail with `duplicate` and `overlap` like an insert.
   */
  update(id: string, patch: PatchOf<T>, condition?: Condition<T>): Promise<RowOf<T> | null>
  /**
   * Patches every row that matches, each atomically, and tells how many. An empty `where` means every row of the scope.
   * The patch may not touch `within`, `from` or `until` of a noOverlap rule (`unsupported`).
   */
  updateMany(change: { readonly where: Where<T>; readonly patch: PatchOf<T> }): Promise<number>
  /**
   * The row as it was, or null when there is none with this id. Exactly one of several callers gets the row: take a
   * single-use token this way.
   */
  delete(id: string, condition?: Condition<T>): Promise<RowOf<T> | null>
  /** Deletes every row that matches, and tells how many. An empty `where` means every row of the scope. */
  deleteMany(selection: { readonly where: Where<T> }): Promise<number>
}

/** The rows of one entity, within one scope where the entity has one; each call is atomic by itself. */
export interface Repository<T extends EntityTypes> extends TransactionRepository<T> {
  /**
   * Takes up to `limit` (1 to 100,000) matching rows that nobody else is taking, patches them and returns them patched,
   * in order, each to one caller. Under contention it may return fewer than there are, but not none for ever. The patch
   * must make the rows stop matching, or they come again. A row that an increment would take out of the range of numbers
   * is passed over. Never inside a transaction; `unsupported` where the adapter declares no `claim`.
   */
  claim(claim: {
    readonly where: Where<T>
    readonly orderBy?: OrderBy<T> | readonly OrderBy<T>[] | undefined
    readonly limit: number
    readonly patch: PatchOf<T>
  }): Promise<RowOf<T>[]>
}
