import { failing } from '@portolan/adapter-kit'
import { isBusy } from './errors.ts'

/** The longest pause between two tries, in milliseconds. */
const longestPause = 20

/**
 * Tries until the database is no longer locked, by timers: SQLite's own wait (busy_timeout) would stop the whole process, and
 * with it the connection that holds the lock, if that is one of this process. At the deadline the last error is thrown.
 */
export async function untilUnlocked<R>(deadline: number, attempt: () => Promise<R>): Promise<R> {
  for (let round = 1; ; round++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
      await pause(round, deadline)
    }
  }
}

function pause(round: number, deadline: number): Promise<void> {
  const longest = Math.min(2 ** Math.min(round, 6), longestPause)
  const milliseconds = Math.max(1, Math.min((0.5 + Math.random() / 2) * longest, deadline - performance.now()))
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** The one writer's place of a database: whoever wants to write waits in line, first come, first served. */
export interface WriterQueue {
  /** Resolves to what gives the place back; rejects with `unavailable` at the deadline. */
  enter(deadline: number): Promise<() => void>
}

function createQueue(onIdle: () => void): WriterQueue {
  let taken = false
  const waiting: (() => void)[] = []
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else {
      taken = false
      onIdle()
    }
  }
  const once = (): (() => void) => {
    let left = false
    return () => {
      if (!left) leave()
      left = true
    }
  }
  return {
    async enter(deadline) {
      if (!taken) {
        taken = true
        return once()
      }
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(start), 1)
          reject(failing('unavailable', neverFree))
        }, deadline - performance.now())
        const start = (): void => {
          clearTimeout(timer)
          resolve(once())
        }
        waiting.push(start)
      })
    },
  }
}

const neverFree =
  'SQLite has one writer, and other transactions of this process held its place until the deadline; make them shorter, or raise timeoutMs'

const queues = new Map<string, WriterQueue>()

/**
 * The queue of a database file: clients of one process share it, so that none of them starves beside another that writes
 * without a pause. Other processes are waited for by trying again. A database without a file has a queue per client.
 */
export function writerQueue(file: string): WriterQueue {
  if (file === '') return createQueue(() => {})
  return {
    enter(deadline) {
      const queue = queues.get(file) ?? createQueue(() => queues.delete(file))
      queues.set(file, queue)
      return queue.enter(deadline)
    },
  }
}
