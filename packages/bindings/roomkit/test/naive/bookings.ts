import {
  type Booking,
  BookingConflictError,
  type BookingStateTransition,
  IdempotencyConflictError,
  type PaginatedResult,
  type Pagination,
  PartitionConflictError,
  RoomNotFoundError,
  StaleVersionError,
} from '../../src/index.ts'
import type { HostStorages } from '../../src/suite/index.ts'
import type { Tables } from './storages.ts'
import type { Row } from './table.ts'

const ended = ['cancelled', 'completed']

/** As upstream: the extra row is popped, its id becomes the cursor, and the next call skips it. Limit 50 unless given. */
export function pageOf<R extends Row>(
  rows: readonly R[],
  { cursor, limit = 50 }: Partial<Pagination> = {},
): PaginatedResult<R> {
  const from = cursor === undefined ? 0 : rows.findIndex(({ id }) => id === cursor) + 1
  const fetched = cursor !== undefined && from === 0 ? [] : rows.slice(from, from + limit + 1)
  const more = fetched.length > limit ? fetched.pop() : undefined
  return { items: fetched, ...(more && { nextCursor: more.id }) }
}

/** Faults 1, 3, 4, 6 to 9 and 11 to 17: each call reads, decides and then writes, and nobody is kept out in between. */
export function naiveBookings({ bookings, rooms, partitions, transitions }: Tables): HostStorages['booking'] {
  const meets = (roomId: string, from: Date, until: Date) => (row: Booking) =>
    row.roomId === roomId && !ended.includes(row.status) && row.startsAt < until && row.endsAt > from
  return {
    async createWithConflictCheck(data, { checkPartitions, checkBuffers }) {
      const { roomId, startsAt, endsAt } = data
      const room = await rooms.get(roomId)
      if (!room) throw new RoomNotFoundError({ roomId })
      const minutes = checkBuffers ? 60_000 : 0
      const from = new Date(startsAt.getTime() - room.setupBufferMinutes * minutes)
      const until = new Date(endsAt.getTime() + room.teardownBufferMinutes * minutes)
      const [inTheWay] = await bookings.find(meets(roomId, from, until))
      if (inTheWay)
        throw new BookingConflictError({
          roomId,
          startsAt: startsAt.toISOString(),
          endsAt: endsAt.toISOString(),
          conflictingBookingId: inTheWay.id,
        })
      const related = await partitions.find((row) => row.parentRoomId === roomId || row.childRoomId === roomId)
      for (const { parentRoomId, childRoomId } of checkPartitions ? related : []) {
        const partitionRoomId = parentRoomId === roomId ? childRoomId : parentRoomId
        const [other] = await bookings.find(meets(partitionRoomId, from, until))
        if (other) throw new PartitionConflictError({ roomId, partitionRoomId, conflictingBookingId: other.id })
      }
      const { idempotencyKey = null } = data
      const [twin] = idempotencyKey === null ? [] : await bookings.find((row) => row.idempotencyKey === idempotencyKey)
      if (twin) throw new IdempotencyConflictError({ idempotencyKey: idempotencyKey ?? '', existingBookingId: twin.id })
      const moment = new Date()
      return await bookings.insert({ ...(data as Booking), version: 1, createdAt: moment, updatedAt: moment })
    },
    findOverlapping: (roomId, startsAt, endsAt, exclude) =>
      bookings.find((row) => row.id !== exclude && meets(roomId, startsAt, endsAt)(row)),
    async updateWithVersion(id, changes, expectedVersion) {
      const before = await bookings.get(id)
      if (before?.version !== expectedVersion)
        throw new StaleVersionError({ bookingId: id, expectedVersion, actualVersion: before?.version ?? -1 })
      return await bookings.update(id, { ...changes, version: expectedVersion + 1, updatedAt: new Date() })
    },
    findByIdempotencyKey: async (key) => (await bookings.find((row) => row.idempotencyKey === key))[0] ?? null,
    async transition(id, status, { triggeredBy, reason }) {
      const before = await bookings.get(id)
      const booking = await bookings.update(id, { status, version: (before?.version ?? 0) + 1 })
      const row = { bookingId: id, fromStatus: booking.status, toStatus: status, triggeredBy, reason: reason ?? null }
      const transition: BookingStateTransition = await transitions.insert({ ...row, timestamp: new Date() })
      return { booking, transition }
    },
    findByPerson: async (personId, { startsAt, endsAt }, pagination) => {
      const own = await bookings.find(
        (row) => row.requesterId === personId && row.startsAt < endsAt && row.endsAt > startsAt,
      )
      return pageOf(own, pagination)
    },
    findByRoom: async (roomId, { startsAt, endsAt }, pagination) => {
      const of = await bookings.find((row) => row.roomId === roomId && row.startsAt < endsAt && row.endsAt > startsAt)
      return pageOf(of, pagination)
    },
    findById: (id) => bookings.get(id),
  }
}
