// This is the usual code. DO NOT COPY IT: it double-books. It is here to be shown on the race page, next to the ports.

import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Slot } from '../domain/bookings.ts'
import type { UsualTable } from './check-then-insert.ts'

interface UsualBooking extends Slot {
  readonly id: string
  readonly guest: string
}

/** A hash of bookings per room. Redis runs one command at a time; between two commands of one caller it runs those of others. */
export function checkThenInsertOnRedis(client: Redis, keysBegin: string): UsualTable {
  const bookingsOf = (roomId: string) => `${keysBegin}:usual-bookings:${roomId}`
  const overlapping = async ({ roomId, startsAt, endsAt }: Slot) => {
    const bookings = (await client.hvals(bookingsOf(roomId))).map((json): UsualBooking => JSON.parse(json))
    return bookings.filter((other) => other.startsAt < endsAt && other.endsAt > startsAt)
  }
  return {
    remark:
      'A hash for each room, two commands on one connection. Redis does one at a time, and still answers all who look before the first one writes.',
    file: 'src/storages/check-then-insert-on-redis.ts',
    create: async () => {},
    book: async (slot, guest) => {
      const [taken] = await overlapping(slot)
      if (taken) return { booked: false, bookingId: taken.id }
      const id = randomUUID()
      const booking: UsualBooking = { ...slot, id, guest }
      await client.hset(bookingsOf(slot.roomId), id, JSON.stringify(booking))
      return { booked: true, bookingId: id }
    },
    count: async (slot) => (await overlapping(slot)).length,
  }
}
