import { isStorageError, StorageError, type StorageErrorCode, type StorageErrorData } from '@portolan/ports'
import type { Failure, Phase } from './spi/index.ts'

export function storageError<C extends StorageErrorCode>(
  code: C,
  message: string,
  data: StorageErrorData[C],
  cause?: unknown,
): StorageError<C> {
  return new StorageError(code, message, data, cause)
}

export function refuse<C extends StorageErrorCode>(code: C, message: string, data: StorageErrorData[C]): never {
  throw storageError(code, message, data)
}

/** What a transaction survives: the call was refused and nothing of it was written. Every other code ends the transaction. */
const survivable: ReadonlySet<string> = new Set<StorageErrorCode>([
  'invalid-definition',
  'invalid-value',
  'invalid-query',
  'invalid-cursor',
  'invalid-stored-value',
  'duplicate',
  'stale-version',
  'condition-failed',
  'overlap',
  'query-too-broad',
  'too-large',
  'lease-lost',
  'unsupported',
  'misuse',
])

export function isSurvivable(error: unknown): boolean {
  return isStorageError(error) && survivable.has(error.code)
}

/** The native error as a plain copy without its message, which may hold values, or a password in a URL. */
function plainCause(error: unknown, failure: Failure | null): object {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown
    code?: unknown
  }
  return {
    name: typeof name === 'string' ? name : typeof error,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(failure?.constraint !== undefined && { constraint: failure.constraint }),
    ...(failure?.table !== undefined && { table: failure.table }),
  }
}

export interface Occasion {
  /** Such as 'insert into booking'. */
  readonly what: string
  readonly entity: string
  readonly phase: Phase
  readonly attempts: number
}

/** The StorageError for whatever a driver threw. StorageErrors, of any copy of the ports, pass as they are. */
export function fromNative(
  error: unknown,
  classify: (error: unknown, phase: Phase) => Failure | null,
  occasion: Occasion,
): StorageError {
  if (isStorageError(error)) return error as StorageError
  const failure = classify(error, occasion.phase)
  const cause = plainCause(error, failure)
  if (failure === null) {
    const { name, code } = cause as { name: string; code?: string }
    const known = code === undefined ? name : `${name}, ${code}`
    return storageError(
      'unexpected',
      `${occasion.what}: the database client failed in a way unknown here (${known})`,
      {},
      cause,
    )
  }
  const message = `${occasion.what}: ${failure.message}`
  switch (failure.code) {
    case 'transaction-conflict':
      return storageError(failure.code, message, { attempts: occasion.attempts }, cause)
    case 'schema-mismatch':
      return storageError(failure.code, message, { problems: failure.problems ?? [] }, cause)
    case 'too-large':
      return storageError(failure.code, message, { entity: occasion.entity, limit: 0, actual: 0 }, cause)
    case 'unsupported':
      return storageError(failure.code, message, { what: occasion.what }, cause)
    default:
      return storageError(failure.code, message, {}, cause)
  }
}
