// This is the usual code. DO NOT COPY IT: it double-books. It is here to be shown on the race page, next to the ports.

import { randomUUID } from 'node:crypto'
import type { Slot } from '../domain/bookings.ts'
import type { UsualTable } from './check-then-insert.ts'

interface UsualBooking extends Slot {
  readonly id: string
  readonly guest: string
}

/** A repository over an array. Each call is a promise, as in front of a database, and so are the moments in between. */
export function checkThenInsertInMemory(): UsualTable {
  const bookings: UsualBooking[] = []
  const overlapping = async ({ roomId, startsAt, endsAt }: Slot) =>
    bookings.filter((other) => other.roomId === roomId && other.startsAt < endsAt && other.endsAt > startsAt)
  const insert = async (booking: UsualBooking) => void bookings.push(booking)
  return {
    remark:
      'An array behind a repository. Nobody waits for a disk here, and still all of them look before the first one writes.',
    file: 'src/storages/check-then-insert-in-memory.ts',
    create: async () => {},
    book: async (slot, guest) => {
      const [taken] = await overlapping(slot)
      if (taken) return { booked: false, bookingId: taken.id }
      const id = randomUUID()
      await insert({ ...slot, id, guest })
      return { booked: true, bookingId: id }
    },
    count: async (slot) => (await overlapping(slot)).length,
  }
}
