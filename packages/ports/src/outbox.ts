import type { Instant, InstantInput } from './field.ts'
import type { Json } from './json.ts'
import type { Page } from './repository.ts'

/** A message to deliver. */
export interface NewMessage {
  /**
   * A caller-given id makes a repeated enqueue harmless: the first message stays, nothing fails. Default: one is made.
   */
  readonly id?: string | undefined
  /** May be left out of messages enqueued through `outbox(topic)`. */
  readonly topic?: string | undefined
  readonly payload: Json
  /** Milliseconds from now by the store's clock, 0 or more. Default 0. */
  readonly delayMs?: number | undefined
  /** An absolute wish, compared with the store's clock. Not together with `delayMs`. */
  readonly at?: InstantInput | undefined
  /** How often the message may be claimed in all, 1 or more. Default 10. */
  readonly maxAttempts?: number | undefined
}

/** A message as stored. */
export interface Message {
  readonly id: string
  readonly topic: string
  readonly payload: Json
  /** Claims so far, counted when claimed: 1 for whoever claims it first. */
  readonly attempt: number
  /** When that many claims have ended without an acknowledgement, the message is dead. */
  readonly maxAttempts: number
  /** When it may be claimed, by the store's clock. */
  readonly availableAt: Instant
  /** When it was enqueued, by the store's clock. */
  readonly createdAt: Instant
  /** Of the last failed attempt, cut at 2,000 characters, which then says so. */
  readonly lastError: string | null
}

/**
 * What proves a lease: a claimed message is one. The token is new with each claim, so a late worker's has lost
 * (fencing).
 */
export interface Lease {
  readonly id: string
  readonly token: string
}

/** A message that this worker alone may work on, until the lease ends. */
export interface ClaimedMessage extends Message, Lease {
  /** At this moment of the store's clock another worker may claim the message, and `token` has lost. */
  readonly leasedUntil: Instant
}

/**
 * due: waits for a worker, now or at availableAt. leased: a worker holds it. dead: buried, or its last lease ran out
 * with its attempts used up. delivered: acknowledged, and kept until `purge`.
 */
export type MessageState = 'due' | 'leased' | 'dead' | 'delivered'

/** A message in a list, with its state at that moment. */
export interface ListedMessage extends Message {
  readonly state: MessageState
  readonly leasedUntil: Instant | null
}

/** The ids, split by whether the lease was still held. A lost lease is an answer, never an error. */
export interface Settled {
  readonly succeeded: string[]
  /** Another worker may have these messages: leave them alone. */
  readonly leaseLost: string[]
}

/** What an outbox offers inside a transaction. */
export interface TransactionOutbox {
  /**
   * The messages as stored, in the order given, all or none. In a transaction they are stored, and claimable, only once
   * it has committed. A topic that is missing, or is not that of `outbox(topic)`, is `invalid-value`.
   */
  enqueue(messages: readonly NewMessage[]): Promise<Message[]>
  /** Marks messages as delivered; they never come again. In a transaction: delivered exactly when it commits. */
  acknowledge(leases: readonly Lease[]): Promise<Settled>
  /**
   * Gives dead messages a fresh set of attempts, due now. Returns the ids of those that were dead; of racers one gets
   * each.
   */
  requeue(ids: readonly string[]): Promise<string[]>
}

/**
 * Messages to deliver at least once: handlers must bear a repeat. `outbox()` spans every topic, `outbox(topic)` one.
 */
export interface Outbox extends TransactionOutbox {
  /**
   * Leases up to `limit` (1 to 10,000) due messages for `leaseMs` milliseconds (1 or more), oldest first (availableAt,
   * then id). Of any number of racers each message goes to one, and to no other before its lease ends. Nothing due: an
   * empty array.
   */
  claim(options: { readonly limit: number; readonly leaseMs: number }): Promise<ClaimedMessage[]>
  /**
   * Gives the messages back for a later attempt, after `delayMs` milliseconds (default 0) or at `at`, with `error` as
   * `lastError`; one whose attempts are used up is dead.
   */
  retry(
    leases: readonly Lease[],
    options?: {
      readonly delayMs?: number | undefined
      readonly at?: InstantInput | undefined
      readonly error?: string | undefined
    },
  ): Promise<Settled>
  /** Buries messages, whatever attempts they have left; only `requeue` brings them back. */
  deadLetter(leases: readonly Lease[], options?: { readonly error?: string | undefined }): Promise<Settled>
  /** Lets the leases end `leaseMs` milliseconds from now by the store's clock. */
  extend(leases: readonly Lease[], leaseMs: number): Promise<Settled>
  /** Pages of the messages in one state, oldest first. `limit` is 1 to 10,000. A foreign cursor is `invalid-cursor`. */
  list(options: {
    readonly state: MessageState
    readonly limit: number
    readonly cursor?: string | null | undefined
  }): Promise<Page<ListedMessage>>
  /** Removes messages delivered before that moment; returns how many. Their ids may then be enqueued afresh. */
  purge(options: { readonly deliveredBefore: InstantInput }): Promise<number>
}
