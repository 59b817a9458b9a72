import { isStorageError, type StorageError, type Transaction, type TransactionOptions } from '@portolan/ports'
import { type Core, checkCallable, report } from '../core.ts'
import { fromNative, refuse, storageError } from '../errors.ts'
import { checkGuardsPossible, inOneOrder, sortGuards } from '../guards.ts'
import { checkOptions } from '../queries/limits.ts'
import type { Phase, Reads } from '../spi/index.ts'
import { runInside } from './ambient.ts'
import { runHooks } from './hooks.ts'
import { maximumRuns, pause, ranOutOfTime } from './pause.ts'
import { doomed, type TransactionState } from './state.ts'
import { createTransaction, openState } from './transaction.ts'

interface Options {
  readonly reads: Reads
  readonly guards: readonly string[]
  readonly retries: number
  readonly timeoutMs: number
}

function checkTransactionOptions(core: Core, given: TransactionOptions = {}): Options {
  checkOptions('transaction', 'transaction', given, ['reads', 'guards', 'retries', 'timeoutMs'])
  const { reads = 'latest', guards = [], retries = maximumRuns, timeoutMs = core.timeoutMs } = given
  const bad = (part: string, why: string): never =>
    refuse('invalid-query', `transaction: ${part} ${why}`, { entity: 'transaction', part })
  if (reads !== 'latest' && reads !== 'snapshot') bad('reads', "must be 'latest' or 'snapshot'")
  if (!Number.isInteger(retries) || retries < 0) bad('retries', 'must be a whole number, 0 or more')
  if (!(timeoutMs > 0)) bad('timeoutMs', 'must be a number of milliseconds above 0')
  const { capabilities, name } = core.driver
  if (!capabilities.transactions) refuse('unsupported', `${name} has no transactions`, { what: 'transactions' })
  if (reads === 'snapshot' && !capabilities.snapshot)
    refuse('unsupported', `${name} has no snapshot transactions`, { what: 'snapshot' })
  const keys = Array.isArray(guards) && guards.length === 0 ? [] : sortGuards(guards, 'transaction')
  if (keys.length > 0) checkGuardsPossible(core, reads, 'transaction')
  return { reads, guards: keys, retries: Math.min(retries, maximumRuns), timeoutMs }
}

/**
 * Runs the work until it commits, fails by itself, or the runs or the time are used up. Each run holds from its beginning the
 * guards that the former ones asked for: works that take them one by one in opposite orders meet at most once.
 */
export async function runTransaction<Native, R>(
  core: Core<Native>,
  work: (tx: Transaction<Native>) => Promise<R>,
  given?: TransactionOptions,
): Promise<R> {
  const options = checkTransactionOptions(core, given)
  checkCallable(core, 'transaction')
  const began = performance.now()
  const deadline = began + options.timeoutMs
  const guards = new Set(options.guards)
  let conflict: StorageError | null = null
  for (let attempt = 1; ; attempt++) {
    const { state, result, error } = await runOnce(core, work, { ...options, guards }, attempt, deadline)
    report(core, {
      operation: 'transaction',
      entity: null,
      inTransaction: false,
      durationMs: performance.now() - began,
      attempts: attempt,
      outcome: error === null ? 'ok' : isStorageError(error.thrown) ? error.thrown.code : 'rejected',
    })
    if (error === null) return await runHooks(state.hooks ?? [], result as R)
    if (isStorageError(error.thrown, 'transaction-conflict')) conflict = error.thrown
    else if (!conflict || !ranOutOfTime(error.thrown, deadline)) throw error.thrown
    if (attempt > options.retries || attempt >= maximumRuns || !(await pause(attempt, deadline))) {
      throw storageError(
        'transaction-conflict',
        `The transaction met conflicts in ${attempt} runs and gave up; begin it again later. Last: ${conflict.message}`,
        { attempts: attempt },
        conflict.cause,
      )
    }
  }
}

interface Run<R> {
  readonly state: Pick<TransactionState, 'hooks'>
  readonly result: R | undefined
  readonly error: { readonly thrown: unknown } | null
}

async function runOnce<Native, R>(
  core: Core<Native>,
  work: (tx: Transaction<Native>) => Promise<R>,
  { reads, guards }: Pick<Options, 'reads'> & { readonly guards: Set<string> },
  attempt: number,
  deadline: number,
): Promise<Run<R>> {
  let phase = 'begin' as Phase
  let state: TransactionState | undefined
  let failure: { readonly thrown: unknown } | undefined
  try {
    const result = await core.driver.transaction(
      async (session) => {
        phase = 'write'
        const opened = openState(core, session, {
          reads,
          attempt,
          guards,
          deadline,
          hooks: [],
          holdsReads: core.driver.holdsReads[reads],
        })
        state = opened
        try {
          return await runWork(core, opened, work)
        } catch (thrown) {
          failure = { thrown }
          throw thrown
        } finally {
          phase = 'commit'
        }
      },
      { reads, guards: inOneOrder(guards), deadline },
    )
    return { state: state ?? { hooks: [] }, result, error: null }
  } catch (native) {
    const thrown =
      failure && native === failure.thrown
        ? native
        : fromNative(native, (error, at) => core.driver.classify(error, at), {
            what: phase === 'commit' ? 'commit' : 'begin of a transaction',
            entity: '',
            phase,
            attempts: attempt,
          })
    return { state: { hooks: [] }, result: undefined, error: { thrown } }
  } finally {
    if (state) state.ended = true
  }
}

/**
 * The work, and then everything that it left running. A conflict that the work swallowed, or hid behind an error of its own,
 * still makes it run again; any other end that it swallowed is told as `transaction-doomed`.
 */
export async function runWork<Native, R>(
  core: Core<Native>,
  state: TransactionState,
  work: (tx: Transaction<Native>) => Promise<R>,
): Promise<R> {
  let result: R
  try {
    result = await runInside(core, state, async () => await work(createTransaction(core, state)))
  } catch (thrown) {
    await settlePending(state)
    state.ended = true
    throw state.doom?.conflict ?? thrown
  }
  await settlePending(state)
  state.ended = true
  if (state.doom) throw state.doom.conflict ?? doomed(state.doom)
  return result
}

async function settlePending(state: TransactionState): Promise<void> {
  while (state.pending.size > 0) await Promise.allSettled(state.pending)
}
