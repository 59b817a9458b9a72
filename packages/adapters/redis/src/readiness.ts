import type { RedisClient } from './client.ts'
import { failing, notLetIn, notReady } from './errors.ts'

/** Clients that calls wait for, so that all of them listen as one: Node warns of more than ten listeners. */
const awaited = new WeakMap<RedisClient, Promise<void>>()

/**
 * Commands are handed over only to a client that is connected: what waits in its offline queue could be sent at any time, and
 * nobody could say that it was not.
 */
export async function untilReady(client: RedisClient, deadline: number): Promise<void> {
  if (client.status === 'ready') return
  if (client.status === 'end') throw failing('unavailable', 'the Redis client has been closed; open it anew')
  if (client.status === 'wait') client.connect().catch(() => undefined)
  const waiting = awaited.get(client) ?? listen(client)
  await byDeadline(waiting, deadline, notReady)
}

function listen(client: RedisClient): Promise<void> {
  const waiting = new Promise<void>((resolve, reject) => {
    const done = (): void => {
      awaited.delete(client)
      client.removeListener('ready', connected)
      client.removeListener('end', ended)
      client.removeListener('error', failed)
    }
    const connected = (): void => {
      done()
      resolve()
    }
    const ended = (): void => {
      done()
      reject(failing('unavailable', 'the Redis client gave up connecting; open it anew'))
    }
    // The client goes on trying, and somebody may let it in one day; those who wait are told now.
    const failed = (event: unknown): void => {
      const denied = notLetIn(event)
      if (denied === null) return
      done()
      reject(denied)
    }
    client.on('ready', connected)
    client.on('end', ended)
    client.on('error', failed)
  })
  // Nobody may be waiting any more by then.
  waiting.catch(() => undefined)
  awaited.set(client, waiting)
  return waiting
}

/** The longest delay that a timer takes, in milliseconds. */
const longestDelay = 2 ** 31 - 1

export async function byDeadline<R>(running: Promise<R>, deadline: number, late: () => Error): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.min(longestDelay, Math.max(0, deadline - performance.now())))
  })
  try {
    return await Promise.race([running, timeout])
  } finally {
    clearTimeout(timer)
  }
}
