// biome-ignore-all lint/complexity/noBannedTypes: no data is what it means.
/** One missing or unfit thing in a database. */
export interface SchemaProblem {
  /** The entity concerned; null where it is the whole database, such as a setting. */
  readonly entity: string | null
  /** 'table', 'column', 'precision', 'collation', 'index', 'trigger', 'primary-key', 'extension' ... */
  readonly kind: string
  /** The thing's name in the database. */
  readonly name: string
  /** A sentence: what is wrong and what to do. */
  readonly message: string
}

/**
 * What each code tells besides the message. Ids appear in errors by design; values, keys and guards never do. When each
 * comes up and what to do then: docs/errors.md.
 */
export interface StorageErrorData {
  /** An entity's definition contradicts itself. `entity` is empty where it has no name. */
  'invalid-definition': { entity: string }
  /**
   * A value does not fit its field, a field is unknown or missing, from is not before until, a key or duration is
   * malformed.
   */
  'invalid-value': { entity: string; field: string }
  /** A query, condition or option: a limit out of range, undefined in a where, an unknown name or operator. */
  'invalid-query': { entity: string; part: string }
  /** A cursor is damaged or belongs to another query. */
  'invalid-cursor': { entity: string }
  /** What the database holds does not fit the field: something else wrote it. */
  'invalid-stored-value': { entity: string; id: string; field: string }
  /** More bytes, or rows, than the store takes. Both numbers are 0 where it does not tell. */
  'too-large': { entity: string; limit: number; actual: number }
  /** `unique` is the natural key's name, or 'id'. `id` is the row in the way; null where it may not be revealed. */
  duplicate: { entity: string; unique: string; id: string | null }
  /** Another update came first. */
  'stale-version': { entity: string; id: string; expected: number; actual: number }
  /** The row does not match `where` (`ids`: it), or rows match `unless` (`ids`: at most ten of them). */
  'condition-failed': { entity: string; failed: 'where' | 'unless'; ids: readonly string[] }
  /** The interval intersects that of another row; `rule` is the name in noOverlap. */
  overlap: { entity: string; rule: string; id: string }
  /** More rows would have to be read, or remembered, than the store allows. */
  'query-too-broad': { entity: string; limit: number }
  /** An idempotency token that was completed, released or taken over. `ids` is empty for what never was a token. */
  'lease-lost': { ids: readonly string[] }
  /** Others kept changing the same rows. Nothing was written. */
  'transaction-conflict': { attempts: number }
  /** The transaction had been ended by an error that the work swallowed; `first` is that error's code. */
  'transaction-doomed': { first: string }
  /** The answer to a commit, or to a write outside a transaction, was lost. */
  'commit-unknown': {}
  /** The transaction has committed; hooks failed. `result` is what its work returned. */
  'after-commit-failed': { result: unknown; failures: readonly unknown[] }
  /** The database did not answer in time. Nothing was written. */
  unavailable: {}
  /** Credentials or rights are missing, or the database is read-only. */
  'access-denied': {}
  /** A table, column, index or setting is missing or unfit. `problems` may be empty where only the statement failed. */
  'schema-mismatch': { problems: readonly SchemaProblem[] }
  /** The adapter or its database can't do it; `what` is the capability, feature or option. */
  unsupported: { what: string }
  /** A call that is a mistake in the program, such as one on a transaction that has ended. */
  misuse: {}
  /** The database client failed in a way that the adapter does not know; `cause` has its name and code. */
  unexpected: {}
}

/** The codes of this version; a newer copy of this package may have more. */
export type StorageErrorCode = keyof StorageErrorData

const retryable = ['unavailable', 'transaction-conflict']

/**
 * The one error class. Recognise it by {@link isStorageError}, not by instanceof: several copies of this package may be
 * installed. The message says what happened, to which entity and id, and what to do next; it holds no value, key or
 * guard. `cause` is a plain copy { name, code, constraint?, table? } of what the database client threw.
 */
export class StorageError<C extends StorageErrorCode = StorageErrorCode> extends Error {
  override readonly name: string = 'StorageError'
  /** What isStorageError recognises, in every copy of this package. */
  readonly '~portolan': string = 'error'
  readonly code: C
  readonly data: StorageErrorData[C]
  /** Whether the same call may succeed later, and repeating it does no harm. The stable part: codes may grow. */
  readonly retryable: boolean
  constructor(code: C, message: string, data: StorageErrorData[C], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.data = data
    this.retryable = retryable.includes(code)
  }
}

/** One of the errors: `switch (error.code)` narrows its data. Keep a default branch, for codes of newer versions. */
export type AnyStorageError = { [C in StorageErrorCode]: StorageError<C> }[StorageErrorCode]

/**
 * Whether this is a StorageError, of any copy of this package, and has the code where one is given. Takes anything that
 * can be thrown.
 *
 * @example
 * if (isStorageError(error, 'duplicate')) return { taken: error.data.unique }
 */
export function isStorageError(error: unknown): error is AnyStorageError
export function isStorageError<C extends StorageErrorCode>(error: unknown, code: C): error is StorageError<C>
export function isStorageError(error: unknown, code?: string): boolean {
  const candidate = error as Partial<StorageError> | null | undefined
  return candidate?.['~portolan'] === 'error' && (code === undefined || candidate.code === code)
}
