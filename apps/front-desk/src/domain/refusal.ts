/** What the domain itself refuses. What a storage refuses (overlap, stale-version ...) stays a StorageError. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}

export type RefusalCode = 'room-not-found' | 'booking-not-found' | 'day-full'
