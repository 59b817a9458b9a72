import { failing } from '@portolan/adapter-kit'
import { conflict } from './errors.ts'
import { atDeadline } from './turns.ts'

/** Exclusive locks on guard keys, first come, first served, each held until its owner ends. */
export interface Locks {
  /**
   * null: the owner holds the key now, or held it before. Otherwise settles when it does; rejects with a conflict at once where
   * the wait would close a ring of waiting owners, and at the deadline.
   */
  acquire(owner: object, key: string, deadline: number): Promise<void> | null
  heldBy(owner: object): Iterable<string>
  /** Gives up everything that the owner holds or waits for. */
  release(owner: object): void
}

interface Wait {
  readonly owner: object
  readonly granted: Promise<void>
  readonly settle: (error: Error | null) => void
}

interface Lock {
  holder: object
  readonly queue: Wait[]
}

export function locks(): Locks {
  const locks = new Map<string, Lock>()
  const held = new Map<object, Set<string>>()
  /** An owner waits for several keys at once when its calls run side by side. */
  const waits = new Map<object, Set<Lock>>()

  const grant = (owner: object, key: string): void => {
    const keys = held.get(owner) ?? new Set()
    held.set(owner, keys.add(key))
  }

  /** Whether `from` waits, directly or through others, for `to`. */
  const waitsFor = (from: object, to: object, seen: Set<object> = new Set()): boolean => {
    if (from === to) return true
    if (seen.has(from)) return false
    seen.add(from)
    for (const { holder, queue } of waits.get(from) ?? []) {
      const ahead = queue.slice(
        0,
        queue.findIndex(({ owner }) => owner === from),
      )
      if ([holder, ...ahead.map(({ owner }) => owner)].some((next) => waitsFor(next, to, seen))) return true
    }
    return false
  }

  const leaveQueue = (lock: Lock, wait: Wait): void => {
    lock.queue.splice(lock.queue.indexOf(wait), 1)
    waits.get(wait.owner)?.delete(lock)
    if (waits.get(wait.owner)?.size === 0) waits.delete(wait.owner)
  }

  const passOn = (key: string, lock: Lock): void => {
    const next = lock.queue[0]
    if (!next) {
      locks.delete(key)
      return
    }
    leaveQueue(lock, next)
    lock.holder = next.owner
    grant(next.owner, key)
    next.settle(null)
  }

  const enqueue = (lock: Lock, owner: object, deadline: number): Wait => {
    let resolve = (): void => {}
    let reject = (_error: Error): void => {}
    const granted = new Promise<void>((...functions) => {
      ;[resolve, reject] = functions
    })
    const callOff = atDeadline(deadline, () => {
      leaveQueue(lock, wait)
      wait.settle(conflict('a guard was held by others until the time was up; begin again, or allow more time'))
    })
    const settle: Wait['settle'] = (error) => {
      callOff()
      error === null ? resolve() : reject(error)
    }
    const wait: Wait = { owner, granted, settle }
    lock.queue.push(wait)
    waits.set(owner, (waits.get(owner) ?? new Set()).add(lock))
    return wait
  }

  return {
    acquire(owner, key, deadline) {
      const lock = locks.get(key)
      if (!lock) {
        locks.set(key, { holder: owner, queue: [] })
        grant(owner, key)
        return null
      }
      if (lock.holder === owner) return null
      const already = lock.queue.find((wait) => wait.owner === owner)
      if (already) return already.granted
      if ([lock.holder, ...lock.queue.map((wait) => wait.owner)].some((other) => waitsFor(other, owner))) {
        return Promise.reject(
          conflict('transactions wait for the guards of one another; this one gives way, begin again'),
        )
      }
      return enqueue(lock, owner, deadline).granted
    },
    heldBy: (owner) => held.get(owner) ?? [],
    release(owner) {
      for (const lock of [...(waits.get(owner) ?? [])]) {
        for (const wait of lock.queue.filter((one) => one.owner === owner)) {
          leaveQueue(lock, wait)
          wait.settle(failing('misuse', 'the transaction ended before this call had its guard: await every call'))
        }
      }
      const keys = held.get(owner) ?? []
      held.delete(owner)
      for (const key of keys) {
        const lock = locks.get(key)
        if (lock?.holder === owner) passOn(key, lock)
      }
    },
  }
}
