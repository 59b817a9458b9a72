import { isStorageError, type StorageError } from '@portolan/ports'
import { isSurvivable, refuse, storageError } from '../errors.ts'
import type { Reads } from '../spi/index.ts'
import type { ReadRecord } from './read-record.ts'

/** One run of a transaction's work. */
export interface TransactionState {
  readonly session: unknown
  /** On the scale of `performance.now()`. */
  readonly deadline: number
  readonly reads: Reads
  readonly record: ReadRecord
  readonly attempt: number
  /** The guards asked for so far, had or not: the next run takes them in one order before the work starts. */
  readonly guards: Set<string>
  ended: boolean
  /** Why the transaction can no longer commit. */
  doom: Doom | null
  /** Calls that have not settled: the end waits for them, or they would escape it. */
  readonly pending: Set<Promise<unknown>>
  /** null: hooks are refused. */
  readonly hooks: (() => void | Promise<void>)[] | null
}

export interface Doom {
  /** The code of the first failure, or 'rejected' for an error of the user's own. */
  readonly first: string
  readonly message: string
  /** Set when running the work again may help. */
  readonly conflict: StorageError | null
}

/** Only the first failure counts. */
export function doom(state: TransactionState, error: unknown): void {
  const known = isStorageError(error) ? (error as StorageError) : null
  state.doom ??= {
    first: known?.code ?? 'rejected',
    message: known?.message ?? 'an inner transaction rejected with an error of its own',
    conflict: known?.code === 'transaction-conflict' ? known : null,
  }
}

export function checkUsable(state: TransactionState, call: string): void {
  if (state.ended) refuse('misuse', `${call}: this transaction has ended; begin a new one`, {})
  if (state.doom) throw doomed(state.doom)
}

export function doomed({ first, message }: Doom): StorageError {
  return storageError(
    'transaction-doomed',
    `The transaction had already failed (${first}) and cannot go on; nothing of it is stored. First failure: ${message}`,
    { first },
  )
}

/**
 * The methods of a port, so that the end of the transaction waits for the whole of each call: one that nobody awaited may be
 * between two of its operations then.
 */
export function tracked<P extends object>(state: TransactionState, port: P): P {
  const methods = Object.entries(port).map(([name, method]) => [
    name,
    (...given: readonly unknown[]) => {
      const result: unknown = method(...given)
      if (result instanceof Promise) {
        const settled: Promise<unknown> = result.then(
          () => state.pending.delete(settled),
          () => state.pending.delete(settled),
        )
        state.pending.add(settled)
      }
      return result
    },
  ])
  return Object.fromEntries(methods) as P
}

/** Runs a call of the transaction, and ends the transaction when the call fails in a way that it cannot survive. */
export async function within<R>(state: TransactionState, call: string, run: () => Promise<R>): Promise<R> {
  checkUsable(state, call)
  const pending = run()
  state.pending.add(pending)
  try {
    return await pending
  } catch (error) {
    if (!isSurvivable(error)) doom(state, error)
    throw error
  } finally {
    state.pending.delete(pending)
  }
}

/** What the work has read was changed by another commit: the work must run again. */
export function conflict(state: TransactionState, what: string): never {
  const error = storageError(
    'transaction-conflict',
    `${what} was changed by another commit after this transaction had read it; run the work again`,
    { attempts: state.attempt },
  )
  doom(state, error)
  throw error
}
