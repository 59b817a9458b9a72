import type { Engine, Guards } from './engine.ts'
import { failing } from './errors.ts'
import { paused } from './pause.ts'
import { holdGuards, releaseGuards, renewGuards } from './scripts/guards.ts'
import type { Script } from './scripts/script.ts'

/**
 * How long a guard is held after it was last renewed, in milliseconds: so long others wait for a process that has died, and so
 * long a process may stand still before its commit finds its guards lost.
 */
const lease = 2_000
const renewal = 500

/** Guards as leases: every commit checks its own, so one that has run out is a conflict and never a broken promise. */
export function guardsOn({ connection, keyspace }: Pick<Engine, 'connection' | 'keyspace'>): Guards {
  const held = new Map<string, { readonly keys: Set<string>; readonly timer: NodeJS.Timeout }>()
  const keysOf = (guards: Iterable<string>): string[] => [...guards].map((guard) => keyspace.guard(guard))
  const soon = (): number => performance.now() + lease
  const run = (script: Script, guards: Iterable<string>, call: readonly (string | number)[], deadline: number) =>
    connection.run(script, keysOf(guards), call, deadline)

  const remember = (token: string, guards: readonly string[]): void => {
    const known = held.get(token)
    if (known) {
      for (const guard of guards) known.keys.add(guard)
      return
    }
    const keys = new Set(guards)
    const timer = setInterval(() => {
      run(renewGuards, keys, [token, lease], soon()).catch(() => undefined)
    }, renewal)
    timer.unref()
    held.set(token, { keys, timer })
  }

  const forget = (token: string): readonly string[] => {
    const known = held.get(token)
    clearInterval(known?.timer)
    held.delete(token)
    return [...(known?.keys ?? [])]
  }

  return {
    async hold(token, guards, patience, deadline) {
      // Before the answer, which may be lost: whoever lets go lets go of these as well.
      remember(token, guards)
      for (;;) {
        if (Number(await run(holdGuards, guards, [token, lease], deadline)) === 1) return
        if (!(await paused(patience)))
          throw failing('transaction-conflict', 'a guard is held by others; begin again, or allow more time')
      }
    },
    release(token) {
      const guards = forget(token)
      if (guards.length > 0) run(releaseGuards, guards, [token], soon()).catch(() => undefined)
    },
    forget(token) {
      forget(token)
    },
  }
}
