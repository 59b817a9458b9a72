import type { JoinOptions, Transaction } from '@portolan/ports'
import { type Core, checkCallable } from '../core.ts'
import { fromNative, refuse } from '../errors.ts'
import { checkOptions } from '../queries/limits.ts'
import type { Phase } from '../spi/index.ts'
import { runHooks } from './hooks.ts'
import { runWork } from './run.ts'
import type { TransactionState } from './state.ts'
import { openState } from './transaction.ts'

/** Runs the work inside the caller's own transaction, once: only the caller can begin again. */
export async function runJoined<Native, R>(
  core: Core<Native>,
  native: Native,
  work: (tx: Transaction<Native>) => Promise<R>,
  options: JoinOptions = {},
): Promise<R> {
  checkOptions('join', 'join', options, ['afterCommit'])
  checkCallable(core as Core, 'join')
  const { driver } = core
  if (!driver.capabilities.join) {
    refuse(
      'unsupported',
      `${driver.name} cannot take part in a transaction of the client's own; use storage.transaction`,
      { what: 'join' },
    )
  }
  if (options.afterCommit && !driver.capabilities.hooksInJoin) {
    refuse('unsupported', `${driver.name} has no afterCommit hooks in join`, { what: 'hooksInJoin' })
  }
  const deadline = performance.now() + core.timeoutMs
  const hooks: TransactionState['hooks'] = options.afterCommit ? [] : null
  let phase: Phase = 'begin'
  let state: TransactionState | undefined
  let failure: { readonly thrown: unknown } | undefined
  let result: R
  try {
    result = await driver.join(
      native,
      async (session) => {
        phase = 'write'
        state = openState(core, session, {
          reads: 'latest',
          attempt: 1,
          guards: new Set(),
          deadline,
          hooks,
          holdsReads: driver.holdsReads.join,
        })
        try {
          return await runWork(core, state, work)
        } catch (thrown) {
          failure = { thrown }
          throw thrown
        }
      },
      { deadline },
    )
  } catch (thrown) {
    if (failure && failure.thrown === thrown) throw thrown
    const occasion = { what: 'join', entity: '', phase, attempts: 1 }
    throw fromNative(thrown, (error, at) => driver.classify(error, at), occasion)
  } finally {
    if (state) state.ended = true
  }
  options.afterCommit?.(once(() => runHooks(hooks ?? [], undefined)))
  return result
}

/** Hooks run once, also when the caller calls twice. */
function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= run()
    return running
  }
}
