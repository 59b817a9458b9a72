/** One missing or unfit thing in a database. */
export interface SchemaProblem {
  readonly entity: string | null
  /** 'table', 'column', 'precision', 'collation', 'index', 'trigger', 'primary-key', 'extension' ... */
  readonly kind: string
  readonly name: string
  /** A sentence: what is wrong and what to do. */
  readonly message: string
}

/** What each code tells besides the message. Ids appear in errors by design; values, keys and guards never do. */
export interface StorageErrorData {
  'invalid-definition': { entity: string }
  'invalid-value': { entity: string; field: string }
  'invalid-query': { entity: string; part: string }
  'invalid-cursor': { entity: string }
  'invalid-stored-value': { entity: string; id: string; field: string }
  'too-large': { entity: string; limit: number; actual: number }
  /** `unique` is the natural key's name, or 'id'. `id` is the row in the way; null where it may not be revealed. */
  duplicate: { entity: string; unique: string; id: string | null }
  'stale-version': { entity: string; id: string; expected: number; actual: number }
  'condition-failed': { entity: string; failed: 'where' | 'unless'; ids: readonly string[] }
  overlap: { entity: string; rule: string; id: string }
  'query-too-broad': { entity: string; limit: number }
  'lease-lost': { ids: readonly string[] }
  'transaction-conflict': { attempts: number }
  'transaction-doomed': { first: string }
  'commit-unknown': {}
  'after-commit-failed': { result: unknown; failures: readonly unknown[] }
  unavailable: {}
  'access-denied': {}
  'schema-mismatch': { problems: readonly SchemaProblem[] }
  unsupported: { what: string }
  misuse: {}
  unexpected: {}
}
export type StorageErrorCode = keyof StorageErrorData

const retryable = ['unavailable', 'transaction-conflict']

/** The one error class. Recognise it by {@link isStorageError}: several copies of this package may be installed. */
export class StorageError<C extends StorageErrorCode = StorageErrorCode> extends Error {
  override readonly name: string = 'StorageError'
  readonly '~portolan': string = 'error'
  readonly code: C
  readonly data: StorageErrorData[C]
  /** Whether the same call may succeed later. The stable part: codes may grow. */
  readonly retryable: boolean
  constructor(code: C, message: string, data: StorageErrorData[C], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.data = data
    this.retryable = retryable.includes(code)
  }
}

/** One of the errors: `switch (error.code)` narrows its data. */
export type AnyStorageError = { [C in StorageErrorCode]: StorageError<C> }[StorageErrorCode]

/** Recognises the errors of any copy of this package. */
export function isStorageError(error: unknown): error is AnyStorageError
export function isStorageError<C extends StorageErrorCode>(error: unknown, code: C): error is StorageError<C>
export function isStorageError(error: unknown, code?: string): boolean {
  const candidate = error as Partial<StorageError> | null | undefined
  return candidate?.['~portolan'] === 'error' && (code === undefined || candidate.code === code)
}
