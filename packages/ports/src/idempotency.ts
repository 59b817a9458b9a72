import type { Instant } from './field.ts'
import type { Json } from './json.ts'

export interface Reservation {
  readonly namespace: string
  readonly key: string
  /** A flat record of text, such as { tenant, actor }; the order of its properties is irrelevant. */
  readonly scope?: { readonly [part: string]: string } | undefined
  /** Of the request's content: the same key with another fingerprint is a `mismatch`. */
  readonly fingerprint: string
  /** Milliseconds after which another caller of the same fingerprint may take over. */
  readonly leaseMs: number
  /** Milliseconds for which the result is kept, counted from complete. Absent: for ever. */
  readonly keepMs?: number | undefined
}

export type Reserved =
  | { readonly state: 'reserved'; readonly token: string }
  | { readonly state: 'replay'; readonly result: Json }
  | { readonly state: 'in-progress'; readonly until: Instant }
  | { readonly state: 'mismatch' }

/** Remembers which requests run and what they answered. Keys of any length, compared whole. */
export interface IdempotencyStore {
  /** Of any number of racers one is `reserved`. */
  reserve(reservation: Reservation): Promise<Reserved>
  /** Stores the result (absent: null) for replay. A token that was taken over or released is `lease-lost`. */
  complete(token: string, result?: Json): Promise<void>
  extend(token: string, leaseMs: number): Promise<void>
  /** Forgets the reservation, so that the next caller runs. */
  release(token: string): Promise<void>
}
