import { isStorageError, type Storage } from '@portolan/ports'
import { describeError, fail } from '../assert.ts'
import type { World } from '../case.ts'
import type { NetworkFault } from '../proxied-connection.ts'
import type { FaultProxy } from '../proxy.ts'
import { Account } from '../standard-entities.ts'

/** For calls that are cut: long enough never to be what ends them. */
export const ample = 5_000
/** For calls that nothing answers. */
export const short = 400
/** What a call may take beyond timeoutMs on a machine that is busy, in milliseconds. */
const margin = 1_000
/** How long a client may take until it is well again once its server is, in milliseconds. */
const patience = 3_000

export interface ThroughProxy {
  readonly proxy: FaultProxy
  readonly storage: Storage<unknown>
}

/** A client whose connections go through a proxy, warm: it has a connection. */
export async function throughProxy(world: World, timeoutMs: number): Promise<ThroughProxy> {
  const proxy = await world.proxy()
  const { storage } = await world.open({ via: proxy, timeoutMs })
  await storage.repository(Account).count()
  if (proxy.connections() === 0)
    throw new Error(
      `${world.target.name} opened a client past the proxy: \`open\` must connect through the address \`via\``,
    )
  return { proxy, storage }
}

/** How a call ended. */
export type Ending<R> = { readonly value: R } | { readonly code: string; readonly error: unknown }

/** Fails where the call takes longer than `timeoutMs` and a margin. */
export async function ending<R>(what: string, timeoutMs: number, call: () => Promise<R>): Promise<Ending<R>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs + margin)
  })
  const ended = call().then(
    (value): Ending<R> => ({ value }),
    (error: unknown): Ending<R> =>
      isStorageError(error)
        ? { code: error.code, error }
        : fail(`${what} ended with what is no StorageError: ${describeError(error)}`),
  )
  try {
    const first = await Promise.race([ended, late])
    if (first !== 'late') return first
    ended.catch(() => undefined)
    return fail(`${what} was not over ${margin} ms after its timeoutMs of ${timeoutMs}`)
  } finally {
    clearTimeout(timer)
  }
}

export function told(one: Ending<unknown>): string {
  return 'value' in one ? 'success' : describeError(one.error)
}

/** Until the client works again, as that of a program that calls again where it may: the same client, none is opened. */
export async function wellAgain<R>(call: () => Promise<R>): Promise<R> {
  const began = performance.now()
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isStorageError(error, 'unavailable')) throw error
      if (performance.now() - began > patience)
        return fail(`the server is back for ${patience} ms, and the client is not: ${describeError(error)}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** The same, where any call will do; whatever a client sends by itself after a cut is sent before. */
export async function settled(storage: Storage<unknown>): Promise<void> {
  await wellAgain(() => storage.repository(Account).count())
}

/** Ends a connection that a fault has silenced, so that the server gives up what it holds for it. */
export function letGo(proxy: FaultProxy, fault: NetworkFault): void {
  if (fault === 'swallow-request' || fault === 'swallow-answer') proxy.cut()
}

/**
 * Plays something without the fault to learn how many turns it takes, then with the fault on its last turn, on the one before, and
 * so on to the first. Returns how often the fault came.
 */
export async function onEachTurn(
  { proxy, storage }: ThroughProxy,
  fault: NetworkFault,
  play: (turn: number, arm: () => { readonly fired: boolean }) => Promise<void>,
): Promise<number> {
  let disturbed = 0
  const once = async (turn: number): Promise<number> => {
    await settled(storage)
    let before = 0
    let after = 0
    await play(turn, () => {
      before = proxy.turns()
      const one = turn === 0 ? null : proxy.failAt(turn, fault)
      return {
        // Asked when the call is over: nothing that comes later is to be disturbed.
        get fired() {
          after = proxy.turns()
          one?.cancel()
          if (one?.fired) disturbed++
          return one?.fired ?? false
        },
      }
    })
    return after - before
  }
  for (let turn = await once(0); turn > 0; turn--) await once(turn)
  return disturbed
}
