import type { StorageErrorCode } from '@portolan/ports'
import type { Model } from './entities/model.ts'
import { refuse } from './errors.ts'
import type { Driver } from './spi/index.ts'
import { isInside } from './transactions/ambient.ts'

/** One call of the driver, for tracing and metrics: names, never values. */
export interface OperationEvent {
  readonly adapter: string
  /** 'select', 'insert', 'update', 'transaction', 'commit' ... */
  readonly operation: string
  readonly entity: string | null
  readonly inTransaction: boolean
  readonly durationMs: number
  /** Runs of the same call: more than 1 after conflicts. */
  readonly attempts: number
  /** 'ok', the kind of an expected refusal such as 'duplicate', or an error's code. */
  readonly outcome: string | StorageErrorCode
}

/** What all parts of one storage share. */
export interface Core<Native = unknown> {
  readonly driver: Driver<Native, unknown>
  readonly models: ReadonlyMap<string, Model>
  readonly timeoutMs: number
  readonly generateId: () => string
  readonly callerNow: () => string
  readonly onOperation: ((event: OperationEvent) => void) | null
  closed: boolean
}

/** A listener that fails must not fail the operation it listens to. */
export function report(core: Core, event: Omit<OperationEvent, 'adapter'>): void {
  try {
    core.onOperation?.({ adapter: core.driver.name, ...event })
  } catch {
    // Tracing has no say in what happens.
  }
}

/**
 * Refuses calls of the storage itself after close, and inside its own transaction or another part's, which they would escape or
 * wait for.
 */
export function checkCallable(core: Core, call: string): void {
  if (core.closed) refuse('misuse', `${call}: this storage has been closed`, {})
  const inside = isInside(core)
  if (inside === 'its own')
    refuse(
      'misuse',
      `${call}: the storage itself was called inside its own transaction; use the transaction (tx) that the work was given`,
      {},
    )
  if (inside === 'another part')
    refuse(
      'misuse',
      `${call}: the storage of one partition was called inside a transaction of another, which can't span both; call it before or after, or keep what belongs together in one partition`,
      {},
    )
}
