import { AsyncLocalStorage } from 'node:async_hooks'
import type { TransactionState } from './state.ts'

type Caller = { readonly driver: { readonly partOf?: object | undefined } }

interface Frame {
  readonly storage: object
  readonly whole: object | undefined
  readonly state: TransactionState
  readonly outer: Frame | undefined
}

/**
 * One for all storages: Node 22 visits every AsyncLocalStorage in use for every promise made, so that one for each storage made
 * a process with a thousand storages (one per tenant, say) a hundred times slower.
 */
const frames = new AsyncLocalStorage<Frame>()

/** Runs the work of a transaction, so that calls made in it, however deep, are known to be inside. */
export function runInside<R>(storage: Caller, state: TransactionState, work: () => R): R {
  return frames.run({ storage, whole: storage.driver.partOf, state, outer: frames.getStore() }, work)
}

/** Of the transactions that the caller runs inside of, whether one that has not ended is this storage's own or another part's. */
export function isInside(storage: Caller): 'its own' | 'another part' | null {
  const whole = storage.driver.partOf
  for (let frame = frames.getStore(); frame; frame = frame.outer) {
    if (frame.state.ended) continue
    if (frame.storage === storage) return 'its own'
    if (whole !== undefined && frame.whole === whole) return 'another part'
  }
  return null
}
