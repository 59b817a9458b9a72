import { failing } from '@portolan/adapter-kit'
import type { Client } from './client.ts'

/** The longest delay that a timer takes, in milliseconds. */
const longestDelay = 2 ** 31 - 1

/**
 * What `running` brings, or the error of `late` when the deadline comes first: then `running` goes on by itself. Where `late`
 * returns null it is waited for nevertheless.
 */
export async function byDeadline<R>(running: Promise<R>, deadline: number, late: () => Error | null): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      const error = late()
      if (error) reject(error)
    }
    timer = setTimeout(giveUp, Math.min(longestDelay, Math.max(0, deadline - performance.now())))
  })
  try {
    return await Promise.race([running, timeout])
  } finally {
    clearTimeout(timer)
  }
}

export interface Late {
  /** What `unavailable` says when no connection came free. */
  readonly neverFree: string
  /** The error for work that has begun and not ended; null: it is waited for. */
  readonly working: (() => Error) | null
}

/** Runs work on a connection of its own. Work that has none by the deadline never begins. */
export async function onConnection<R>(
  client: Client,
  deadline: number,
  { neverFree, working }: Late,
  work: (connected: Client) => Promise<R>,
): Promise<R> {
  let state: 'waiting' | 'working' | 'late' = 'waiting'
  const running = client.connection().execute(async (connected) => {
    if (state === 'late') throw failing('unavailable', neverFree)
    state = 'working'
    return await work(connected)
  })
  return await byDeadline(running, deadline, () => {
    if (state === 'working') return working?.() ?? null
    state = 'late'
    return failing('unavailable', neverFree)
  })
}
