import { refuse } from '@portolan/adapter-kit'
import { ownerIsReady } from './cluster.ts'
import type { Message } from './encoding/message.ts'
import { encodeMessage } from './encoding/message.ts'
import { commandFailure, notReady, unanswered } from './errors.ts'
import { byDeadline, untilReady } from './readiness.ts'
import type { Script } from './scripts/script.ts'
import { serverClock } from './server-clock.ts'

/** What is used of ioredis: its Redis and its Cluster, 5.4 and later, fit both. Nothing of it is imported. */
export interface RedisClient {
  /** 'wait', 'connecting', 'connect', 'ready', 'close', 'reconnecting', 'end' ... */
  readonly status: string
  readonly options?:
    | {
        readonly keyPrefix?: string | undefined
        /** Of a Redis. */
        readonly host?: string | undefined
        readonly port?: number | undefined
        /** Of a Cluster. */
        readonly scaleReads?: unknown
      }
    | undefined
  connect(): Promise<unknown>
  callBuffer(command: string, ...given: (string | Buffer | number)[]): Promise<unknown>
  /** Of a Cluster alone: its nodes, each of them a client. */
  nodes?(role: 'master'): RedisClient[]
  /** Of a Cluster alone: the addresses of the nodes of each slot, first the one that takes writes. */
  readonly slots?: readonly (readonly string[] | undefined)[] | undefined
  on(event: string, listener: (...given: unknown[]) => void): unknown
  removeListener(event: string, listener: (...given: unknown[]) => void): unknown
}

/** What a script answers: bytes, numbers and lists of them. */
export type Reply = Buffer | number | null | readonly Reply[]

export interface Connection {
  /**
   * Runs a script with this call (a plain one with these texts), in one round trip once the server knows it. Rejects with failures that carry their own
   * classification, never later than the deadline (on the scale of `performance.now()`).
   */
  run(script: Script, keys: readonly string[], call: readonly Message[], deadline: number): Promise<Reply>
  /** A reading command of Redis' own, such as mget, where no script is needed. Keys and values as bytes. */
  read(command: string, given: readonly string[], deadline: number): Promise<Reply>
  /** The same of every node that takes writes: settings, which differ by node. */
  readEach(command: string, given: readonly string[], deadline: number): Promise<Reply[]>
  /** The server's clock at this deadline, as far as known; else false: the call is never late. */
  notAfter(deadline: number): number | false
  /** Told of the server's clock by answers that carry it, in epoch milliseconds, and when that was asked (`performance.now()`). */
  learnClock(now: number, askedAt: number): void
}

export function checkClient(client: RedisClient): void {
  if (typeof client?.callBuffer !== 'function' || typeof client.status !== 'string')
    refuse('misuse', 'redisStorage takes a Redis or Cluster of ioredis as its first argument', {})
  if (/[{}]/.test(client.options?.keyPrefix ?? ''))
    refuse('misuse', 'redisStorage: the keyPrefix of the client must hold no braces; they would end the hash tag', {})
  if ((client.options?.scaleReads ?? 'master') !== 'master')
    refuse(
      'misuse',
      'redisStorage: the Cluster must read from masters (scaleReads): what a replica answers may be long outdated',
      {},
    )
}

export function connectionOn(client: RedisClient): Connection {
  const { at, learn } = serverClock()
  return {
    async run({ sha, source, writes, plain }, keys, call, deadline) {
      const given = [keys.length, ...keys, ...(plain ? (call as readonly string[]) : [encodeMessage(call)])]
      await untilReady(client, deadline)
      const [key] = keys
      if (writes && key !== undefined) await untilOwnerIsReady(client, key, deadline)
      const send = async (): Promise<Reply> => {
        try {
          return (await client.callBuffer('evalsha', sha, ...given)) as Reply
        } catch (error) {
          if (!isUnknownScript(error)) throw error
        }
        return (await client.callBuffer('eval', source, ...given)) as Reply
      }
      const running = whileMoving(client, send, deadline).catch((error: unknown) => {
        throw commandFailure(error, writes)
      })
      return await byDeadline(running, deadline, () => unanswered(writes))
    },
    read: (command, given, deadline) => readFrom(client, command, given, deadline),
    async readEach(command, given, deadline) {
      await untilReady(client, deadline)
      const nodes = client.nodes?.('master') ?? [client]
      return await Promise.all(nodes.map((node) => readFrom(node, command, given, deadline)))
    },
    notAfter: at,
    learnClock: learn,
  }
}

async function readFrom(
  client: RedisClient,
  command: string,
  given: readonly string[],
  deadline: number,
): Promise<Reply> {
  await untilReady(client, deadline)
  const send = () => client.callBuffer(command, ...given)
  const answering = whileMoving(client, send, deadline).catch((error: unknown) => {
    throw commandFailure(error, false)
  })
  return (await byDeadline(answering, deadline, () => unanswered(false))) as Reply
}

/** Only a command that reads is handed over for a node that is not connected: it makes the Cluster look for it. */
async function untilOwnerIsReady(client: RedisClient, key: string, deadline: number): Promise<void> {
  if (ownerIsReady(client, key)) return
  const answering = client.callBuffer('exists', key).catch((error: unknown) => {
    throw commandFailure(error, false)
  })
  await byDeadline(answering, deadline, notReady)
}

/**
 * A Cluster gives up a command after so many redirections (`maxRedirections`, of which a slot on its way takes ten a second), and
 * then nobody knows whether one of them was carried out. Sent again the command changes nothing twice, so its answer tells.
 */
async function whileMoving<R>(client: RedisClient, send: () => Promise<R>, deadline: number): Promise<R> {
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (!isRedirectedTooOften(error) || performance.now() + betweenTries >= deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, betweenTries))
      // What the first one left unknown stays so where there is nobody to ask any more.
      await untilReady(client, deadline).catch(() => {
        throw error
      })
    }
  }
}

/** Milliseconds; a Cluster that was told not to pause between redirections would ask without end. */
const betweenTries = 50

function isRedirectedTooOften(error: unknown): boolean {
  return String((error as { message?: unknown } | null)?.message).startsWith('Too many Cluster redirections')
}

function isUnknownScript(error: unknown): boolean {
  return String((error as { message?: unknown } | null)?.message).startsWith('NOSCRIPT')
}
