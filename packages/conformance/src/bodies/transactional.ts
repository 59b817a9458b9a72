import { guardedSeat } from '../cases/guards-transactions.ts'
import { hostClockBodies } from '../cases/host-clocks.ts'
import { reserve } from '../cases/idempotency.ts'
import { drain } from '../cases/outbox-leases.ts'
import { bookSlot } from '../cases/overlap-races.ts'
import { deathBodies } from '../cases/transactions-death.ts'
import type { Body } from '../process-bodies.ts'

/** What second processes run for guards, overlap rules, transactions, leases and reservations. */
export const transactionalBodies: { readonly [name: string]: Body } = {
  'guarded-seat': ({ storage, input }) => guardedSeat(storage, input),
  'book-slot': ({ storage, input }) => bookSlot(storage, input),
  'drain-outbox': ({ storage }) => drain(storage.outbox('topic')),
  reserve: async ({ storage, input }) => (await reserve(storage, { key: String(input) })).state,
  ...deathBodies,
  ...hostClockBodies,
}
