import type { EntityTypes, Show } from './entity.ts'
import type { FilterableOf, Where } from './filter.ts'
import type { KeyedValuesOf, KeyOf, PatchOf, RowOf, ValuesOf } from './row.ts'

/** One field per object where more than one is given: [{ startsAt: 'asc' }, { roomId: 'desc' }]. */
export type OrderBy<T extends EntityTypes> = { readonly [K in keyof FilterableOf<T>]?: 'asc' | 'desc' }

export interface Query<T extends EntityTypes, K> {
  readonly where?: Where<T> | undefined
  /** Total: ties break by id in the direction of the last entry; without it by id ascending. null sorts first ascending. */
  readonly orderBy?: OrderBy<T> | readonly OrderBy<T>[] | undefined
  /** The fields that rows shall hold. Default: all. */
  readonly select?: readonly K[] | undefined
  /** 1 to 100,000. */
  readonly limit?: number | undefined
}

export interface FindQuery<T extends EntityTypes, K> extends Query<T, K> {
  /** Rows to skip, 0 or more. The store reads what it skips: prefer `page`. */
  readonly offset?: number | undefined
}

export interface PageQuery<T extends EntityTypes, K> extends Query<T, K> {
  readonly limit: number
  /** `nextCursor` of the page before, of the same order. Absent, null or undefined: the first page. */
  readonly cursor?: string | null | undefined
}

export interface Page<Row> {
  readonly items: Row[]
  /** null on the last page. */
  readonly nextCursor: string | null
}

/** The whole row, or the fields that `select` names. */
export type Selected<T extends EntityTypes, K extends keyof RowOf<T>> = [K] extends [never] ? RowOf<T> : Show<Pick<RowOf<T>, K>>

/** Writes only if no other row matches `unless`, serialised on the guard keys with all that hold one of them. */
export type Unless<T extends EntityTypes> =
  | { readonly unless: Where<T>; readonly guard: string | readonly string[] }
  | { readonly unless?: undefined; readonly guard?: undefined }

export type InsertCondition<T extends EntityTypes> = Unless<T>

export type Condition<T extends EntityTypes> = { readonly where?: Where<T> | undefined } & (T['versioned'] extends true
  ? { readonly version?: number | undefined }
  : {}) &
  Unless<T>

/** What a repository offers inside a transaction: everything but `claim`. */
export interface TransactionRepository<T extends EntityTypes> {
  get(id: string): Promise<RowOf<T> | null>
  getBy<N extends keyof T['unique'] & string>(unique: N, key: KeyOf<T, N>): Promise<RowOf<T> | null>
  /** The rows found, each once, at its first mention. */
  getMany(ids: readonly string[]): Promise<RowOf<T>[]>
  /** Without `limit` everything, or `query-too-broad` where the adapter declares a scan bound: never a silent cut. */
  find<K extends keyof RowOf<T> = never>(query?: FindQuery<T, K>): Promise<Selected<T, K>[]>
  /** Keyset pages: each row that stays is visited exactly once, and a page costs the same anywhere in the list. */
  page<K extends keyof RowOf<T> = never>(query: PageQuery<T, K>): Promise<Page<Selected<T, K>>>
  /** Walks keyset pages of 500, without a snapshot: a row whose order fields change meanwhile may come twice or not at all. */
  each<K extends keyof RowOf<T> = never>(query?: Query<T, K>): AsyncIterable<Selected<T, K>>
  /** Exact, or `query-too-broad`. */
  count(query?: { readonly where?: Where<T> | undefined }): Promise<number>
  /** Fails with `duplicate`, `condition-failed` or `overlap`, in this order of precedence. */
  insert(values: ValuesOf<T>, condition?: InsertCondition<T>): Promise<RowOf<T>>
  /** All or none; rows come back in the order given. */
  insertMany(values: readonly ValuesOf<T>[]): Promise<RowOf<T>[]>
  /** Of any number of racers one reports `inserted`, all get the same row. An existing row comes back unchanged. */
  insertOrGet<N extends keyof T['unique'] & string>(
    unique: N,
    values: KeyedValuesOf<T, N>,
  ): Promise<{ row: RowOf<T>; inserted: boolean }>
  /** Only the named key decides between insert and patch; a collision on another is `duplicate`. */
  upsert<N extends keyof T['unique'] & string>(
    unique: N,
    values: KeyedValuesOf<T, N>,
    patch: PatchOf<T>,
    condition?: Condition<T>,
  ): Promise<{ row: RowOf<T>; inserted: boolean }>
  /** The row after the patch, or null when there is none with this id. An unmet condition is an error, never null. */
  update(id: string, patch: PatchOf<T>, condition?: Condition<T>): Promise<RowOf<T> | null>
  updateMany(change: { readonly where: Where<T>; readonly patch: PatchOf<T> }): Promise<number>
  /** Exactly one of several callers gets the row: take a single-use token this way. */
  delete(id: string, condition?: Condition<T>): Promise<RowOf<T> | null>
  deleteMany(selection: { readonly where: Where<T> }): Promise<number>
}

export interface Repository<T extends EntityTypes> extends TransactionRepository<T> {
  /**
   * Takes up to `limit` matching rows that nobody else is taking, patches them and returns them patched, each to one caller.
   * Under contention it may return fewer than there are. The patch must make the rows stop matching, or they come again.
   */
  claim(claim: {
    readonly where: Where<T>
    readonly orderBy?: OrderBy<T> | readonly OrderBy<T>[] | undefined
    readonly limit: number
    readonly patch: PatchOf<T>
  }): Promise<RowOf<T>[]>
}
