import { AsyncLocalStorage } from 'node:async_hooks'
import type { TransactionState } from './state.ts'

interface Frame {
  readonly storage: object
  readonly state: TransactionState
  readonly outer: Frame | undefined
}

/**
 * One for all storages: Node 22 visits every AsyncLocalStorage in use for every promise made, so that one for each storage made
 * a process with a thousand storages (one per tenant, say) a hundred times slower.
 */
const frames = new AsyncLocalStorage<Frame>()

/** Runs the work of a transaction, so that calls made in it, however deep, are known to be inside. */
export function runInside<R>(storage: object, state: TransactionState, work: () => R): R {
  return frames.run({ storage, state, outer: frames.getStore() }, work)
}

/** Whether the caller runs inside a transaction of this storage that has not ended. */
export function isInside(storage: object): boolean {
  for (let frame = frames.getStore(); frame; frame = frame.outer) {
    if (frame.storage === storage && !frame.state.ended) return true
  }
  return false
}
