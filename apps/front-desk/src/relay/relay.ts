import { setTimeout as delay } from 'node:timers/promises'
import type { ClaimedMessage, Outbox } from '@portolan/ports'

export type Deliver = (message: ClaimedMessage) => void | Promise<void>

export interface RelayOptions {
  readonly deliver: Deliver
  /** A sentence about what went wrong; the relay itself goes on. */
  readonly report: (sentence: string) => void
  /** Messages per claim, acknowledged together. Default 50. */
  readonly batch?: number
  /** For how long a claimed message is nobody else's. A relay that dies keeps its messages that long. Default 30,000. */
  readonly leaseMs?: number
  /** The wait after an empty claim. Default 200. */
  readonly pollMs?: number
}

export interface Relay {
  /** Resolves when the batch at hand is delivered and acknowledged. */
  stop(): Promise<void>
}

/**
 * Delivers what the outbox holds, at least once: it acknowledges after delivering, so a relay that dies in between leaves
 * the message to be delivered again when the lease has run out. Receivers tell repeats by the message's id.
 */
export function startRelay(outbox: Outbox, options: RelayOptions): Relay {
  const { report, pollMs = 200 } = options
  const stopping = new AbortController()
  const pause = (ms: number) => delay(ms, undefined, { signal: stopping.signal }).catch(() => {})
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        if ((await relayBatch(outbox, options)) === 0) await pause(pollMs)
      } catch (error) {
        report(`The outbox does not answer, next attempt in a second: ${messageOf(error)}`)
        await pause(1000)
      }
    }
  })()
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}

async function relayBatch(outbox: Outbox, options: RelayOptions): Promise<number> {
  const { deliver, report, batch = 50, leaseMs = 30_000 } = options
  const messages = await outbox.claim({ limit: batch, leaseMs })
  const delivered: ClaimedMessage[] = []
  for (const message of messages) {
    try {
      await deliver(message)
      delivered.push(message)
    } catch (error) {
      report(
        `${message.topic} ${message.id}: attempt ${message.attempt} of ${message.maxAttempts} failed: ${messageOf(error)}`,
      )
      await outbox.retry([message], { delayMs: backoffMs(message.attempt), error: messageOf(error) })
    }
  }
  if (delivered.length > 0) {
    const { leaseLost } = await outbox.acknowledge(delivered)
    if (leaseLost.length > 0) report(`${leaseLost.length} messages took longer than their lease and will come again.`)
  }
  return messages.length
}

/** 1 s, 2 s, 4 s ... at most a minute. */
function backoffMs(attempt: number): number {
  return Math.min(60_000, 1000 * 2 ** (attempt - 1))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
