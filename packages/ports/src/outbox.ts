import type { Instant, InstantInput } from './field.ts'
import type { Json } from './json.ts'
import type { Page } from './repository.ts'

export interface NewMessage {
  /** A caller-given id makes a repeated enqueue harmless: the first message stays, nothing fails. */
  readonly id?: string | undefined
  /** May be left out of messages enqueued through `outbox(topic)`. */
  readonly topic?: string | undefined
  readonly payload: Json
  /** Milliseconds from now by the store's clock. Default 0. */
  readonly delayMs?: number | undefined
  /** An absolute wish, compared with the store's clock. Not together with `delayMs`. */
  readonly at?: InstantInput | undefined
  /** How often the message may be claimed in all. Default 10. */
  readonly maxAttempts?: number | undefined
}

export interface Message {
  readonly id: string
  readonly topic: string
  readonly payload: Json
  /** Claims so far, counted when claimed. */
  readonly attempt: number
  readonly maxAttempts: number
  readonly availableAt: Instant
  readonly createdAt: Instant
  /** Of the last failed attempt, cut at 2,000 characters. */
  readonly lastError: string | null
}

/** What proves a lease. */
export interface Lease {
  readonly id: string
  readonly token: string
}

export interface ClaimedMessage extends Message, Lease {
  /** After this moment of the store's clock another worker may claim the message, and `token` has lost. */
  readonly leasedUntil: Instant
}

/** due: waits for a worker, now or at availableAt. dead: buried, or its last lease ran out with its attempts used up. */
export type MessageState = 'due' | 'leased' | 'dead' | 'delivered'

export interface ListedMessage extends Message {
  readonly state: MessageState
  readonly leasedUntil: Instant | null
}

/** The ids, split by whether the lease was still held. */
export interface Settled {
  readonly succeeded: string[]
  readonly leaseLost: string[]
}

/** What an outbox offers inside a transaction. */
export interface TransactionOutbox {
  /** The messages as stored, in the order given. Claimable only once the transaction has committed. */
  enqueue(messages: readonly NewMessage[]): Promise<Message[]>
  acknowledge(leases: readonly Lease[]): Promise<Settled>
  /** Gives dead messages a fresh set of attempts, due now. Returns the ids of those that were dead. */
  requeue(ids: readonly string[]): Promise<string[]>
}

/** Messages to deliver at least once. `outbox()` spans every topic, `outbox(topic)` one. */
export interface Outbox extends TransactionOutbox {
  /** Leases up to `limit` due messages, each to one claimer, oldest first (availableAt, then id). */
  claim(options: { readonly limit: number; readonly leaseMs: number }): Promise<ClaimedMessage[]>
  /** Gives the messages back for a later attempt; one whose attempts are used up is dead. */
  retry(
    leases: readonly Lease[],
    options?: { readonly delayMs?: number | undefined; readonly at?: InstantInput | undefined; readonly error?: string | undefined },
  ): Promise<Settled>
  deadLetter(leases: readonly Lease[], options?: { readonly error?: string | undefined }): Promise<Settled>
  extend(leases: readonly Lease[], leaseMs: number): Promise<Settled>
  list(options: {
    readonly state: MessageState
    readonly limit: number
    readonly cursor?: string | null | undefined
  }): Promise<Page<ListedMessage>>
  /** Removes delivered messages; returns how many. */
  purge(options: { readonly deliveredBefore: InstantInput }): Promise<number>
}
