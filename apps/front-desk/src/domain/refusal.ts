import type { StorageErrorCode } from '@portolan/ports'

/** What the domain refuses. What a storage refuses for reasons of its own (an outage, a damaged cursor) stays a StorageError. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  /** What a program needs to act on it. */
  readonly members: { readonly [member: string]: string | number }
  constructor(code: RefusalCode, message: string, members: Refusal['members'] = {}) {
    super(message)
    this.code = code
    this.members = members
  }
}

/** Of the domain alone. */
export type OwnRefusalCode = 'room-not-found' | 'booking-not-found' | 'day-full'

/** Where a storage has a word for the same, it is that one. */
export type RefusalCode =
  | OwnRefusalCode
  | Extract<StorageErrorCode, 'overlap' | 'stale-version' | 'condition-failed' | 'invalid-value'>
