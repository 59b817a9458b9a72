import type { Instant } from './field.ts'
import type { Json } from './json.ts'

/** Names a request, and says for how long it may run and its result is kept. */
export interface Reservation {
  /** What kind of request, such as 'POST /bookings': text of 1 to 512 bytes. */
  readonly namespace: string
  /** The caller's idempotency key: text of any length but empty, compared whole and exactly. */
  readonly key: string
  /** A flat record of text, such as { tenant, actor }; the order of its properties is irrelevant. Default: none. */
  readonly scope?: { readonly [part: string]: string } | undefined
  /** Of the request's content: the same key with another fingerprint is a `mismatch`. */
  readonly fingerprint: string
  /** Milliseconds, 1 or more, after which another caller of the same fingerprint may take over. */
  readonly leaseMs: number
  /** Milliseconds, 1 or more, for which the result is kept, counted from complete. Absent: for ever. */
  readonly keepMs?: number | undefined
}

/** What became of a reservation. */
export type Reserved =
  /** Run the request, then `complete` with the token. */
  | { readonly state: 'reserved'; readonly token: string }
  /** It ran before: answer with its result, null where it had none. */
  | { readonly state: 'replay'; readonly result: Json }
  /** Somebody runs it: ask again at `until`, of the store's clock, or tell the caller to. */
  | { readonly state: 'in-progress'; readonly until: Instant }
  /** The key was used for another request: refuse this one. */
  | { readonly state: 'mismatch' }

/**
 * Remembers which requests run and what they answered. In a transaction all of it commits or vanishes with the work.
 */
export interface IdempotencyStore {
  /**
   * Of any number of racers one is `reserved`; the others learn that it runs, or its result. A racer may wait for the
   * end of a transaction that reserves the same key, never for a lease.
   */
  reserve(reservation: Reservation): Promise<Reserved>
  /** Stores the result (absent: null) for replay. `lease-lost` when the token was completed, released or taken over. */
  complete(token: string, result?: Json): Promise<void>
  /** Lets the lease end `leaseMs` milliseconds from now by the store's clock. `lease-lost` as with complete. */
  extend(token: string, leaseMs: number): Promise<void>
  /** Forgets the reservation, so that the next caller runs. `lease-lost` as with complete. */
  release(token: string): Promise<void>
}
