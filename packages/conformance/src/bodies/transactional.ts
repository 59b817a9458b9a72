import { guardedSeat } from '../cases/guards-transactions.ts'
import { bookSlot } from '../cases/overlap-races.ts'
import { deathBodies } from '../cases/transactions-death.ts'
import type { Body } from '../process-bodies.ts'

/** What second processes run for guards, overlap rules and transactions. */
export const transactionalBodies: { readonly [name: string]: Body } = {
  'guarded-seat': ({ storage, input }) => guardedSeat(storage, input),
  'book-slot': ({ storage, input }) => bookSlot(storage, input),
  ...deathBodies,
}
