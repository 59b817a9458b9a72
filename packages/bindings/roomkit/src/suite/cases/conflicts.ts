import type { Room } from '../../model.ts'
import type { RoomKitCase } from '../case.ts'
import { ok, refused, same } from '../expect.ts'
import { at, checked, hall, oneRoom, request, rooms, wholeDay } from '../given.ts'

/** What `createWithConflictCheck` promises to one caller. */
export const conflictCases: readonly RoomKitCase[] = [
  {
    id: 'booking.as-stored',
    title: 'a booking comes back as it was given, with version 1, and is found by id and key',
    faults: [],
    run: async ({ a, b }) => {
      const { id } = await oneRoom(a)
      const given = request(id, {
        idempotencyKey: 'k',
        metadata: '{}',
        onBehalfOfId: 'other',
        recurrenceModType: 'original',
      })
      const booking = await a.booking.createWithConflictCheck(given, checked)
      const { id: bookingId, version, createdAt, updatedAt, ...stored } = booking
      same(stored, given, 'the booking')
      same(version, 1, 'its version')
      ok(createdAt instanceof Date && updatedAt instanceof Date && booking.startsAt instanceof Date, 'times are Dates')
      same(await b.booking.findById(bookingId), booking, 'by its id')
      same(await b.booking.findByIdempotencyKey('k'), booking, 'by its key')
      same(await b.booking.findById('none'), null, 'by an id of none')
    },
  },
  {
    id: 'booking.half-open',
    title: 'bookings that touch are no conflict, and any that share a moment are',
    faults: [],
    run: async ({ a }) => {
      const { id } = await oneRoom(a)
      const book = (from: Date, until: Date) =>
        a.booking.createWithConflictCheck(request(id, { startsAt: from, endsAt: until }), checked)
      const { id: conflictingBookingId } = await book(at(9), at(10))
      await book(at(8), at(9))
      await book(at(10), at(11))
      for (const [from, until] of [
        [at(9, 59), at(10)],
        [at(9), at(9, 1)],
        [at(9, 15), at(9, 45)],
      ] as const)
        await refused(book(from, until), 'BOOKING_CONFLICT', { conflictingBookingId })
      await refused(book(at(7), at(12)), 'BOOKING_CONFLICT')
    },
  },
  {
    id: 'booking.related-rooms',
    title: 'a hall and its parts exclude each other, in both directions; parts beside each other do not',
    faults: [],
    run: async ({ a }) => {
      const { hall: whole, left, right } = await hall(a)
      const book = (roomId: string) => a.booking.createWithConflictCheck(request(roomId), checked)
      const inLeft = await book(left.id)
      await book(right.id)
      await refused(book(whole.id), 'PARTITION_CONFLICT', { roomId: whole.id })
      await a.booking.transition(inLeft.id, 'cancelled', { triggeredBy: 'test' })
      await refused(book(whole.id), 'PARTITION_CONFLICT', { roomId: whole.id, partitionRoomId: right.id })
      const evening = { startsAt: at(18), endsAt: at(19) }
      const { id } = await a.booking.createWithConflictCheck(request(whole.id, evening), checked)
      await refused(a.booking.createWithConflictCheck(request(left.id, evening), checked), 'PARTITION_CONFLICT', {
        roomId: left.id,
        partitionRoomId: whole.id,
        conflictingBookingId: id,
      })
      await a.booking.createWithConflictCheck(request(left.id, evening), { ...checked, checkPartitions: false })
    },
  },
  {
    id: 'booking.partition-removed',
    title: 'a partition counts from its making to its removal, and may reach over a step',
    faults: [5],
    run: async ({ a }) => {
      const [campus, floor, cell] = (await rooms(a, 3)) as [Room, Room, Room]
      await a.room.createPartition({ parentRoomId: campus.id, childRoomId: floor.id })
      await a.room.createPartition({ parentRoomId: floor.id, childRoomId: cell.id })
      const far = await a.room.createPartition({ parentRoomId: campus.id, childRoomId: cell.id })
      await a.booking.createWithConflictCheck(request(campus.id), checked)
      await refused(a.booking.createWithConflictCheck(request(cell.id), checked), 'PARTITION_CONFLICT')
      await a.room.deletePartition(far.id)
      await a.booking.createWithConflictCheck(request(cell.id), checked)
      await refused(a.booking.createWithConflictCheck(request(floor.id), checked), 'PARTITION_CONFLICT')
    },
  },
  {
    id: 'booking.buffers-either-order',
    title: 'minutes between two bookings stay free, whichever of the two was made first',
    faults: [6],
    run: async ({ a }) => {
      const soon = { startsAt: at(10, 5), endsAt: at(11) }
      for (const order of ['earlier first', 'later first']) {
        for (const buffers of [{ setupBufferMinutes: 15 }, { teardownBufferMinutes: 15 }]) {
          const { id } = await oneRoom(a, buffers)
          const both = order === 'earlier first' ? [request(id), request(id, soon)] : [request(id, soon), request(id)]
          const [first, second] = both as [(typeof both)[0] & object, (typeof both)[0] & object]
          const { id: conflictingBookingId } = await a.booking.createWithConflictCheck(first, checked)
          await refused(a.booking.createWithConflictCheck(second, checked), 'BOOKING_CONFLICT', {
            conflictingBookingId,
          })
          await a.booking.createWithConflictCheck(second, { ...checked, checkBuffers: false })
        }
      }
      const { id } = await oneRoom(a, { setupBufferMinutes: 15 })
      await a.booking.createWithConflictCheck(request(id), checked)
      await a.booking.createWithConflictCheck(request(id, { startsAt: at(10, 15), endsAt: at(11) }), checked)
    },
  },
  {
    id: 'booking.buffers-of-related-rooms',
    title: "a related room's own minutes stay free as well",
    faults: [6],
    run: async ({ a }) => {
      const [whole, part] = (await rooms(a, 2)) as [Room, Room]
      await a.room.createPartition({ parentRoomId: whole.id, childRoomId: part.id })
      await a.room.update(part.id, { teardownBufferMinutes: 30 })
      const { id } = await a.booking.createWithConflictCheck(request(part.id), checked)
      const soon = request(whole.id, { startsAt: at(10, 20), endsAt: at(11) })
      await refused(a.booking.createWithConflictCheck(soon, checked), 'PARTITION_CONFLICT', {
        partitionRoomId: part.id,
        conflictingBookingId: id,
      })
    },
  },
  {
    id: 'booking.key-first',
    title: 'a key that exists is told before a conflict, whatever else was asked for, and changes nothing',
    faults: [7, 8],
    run: async ({ a, b }) => {
      const [first, second] = (await rooms(a, 2)) as [Room, Room]
      const booking = await a.booking.createWithConflictCheck(request(first.id, { idempotencyKey: 'k' }), checked)
      await a.booking.createWithConflictCheck(request(second.id), checked)
      for (const roomId of [first.id, second.id])
        await refused(
          b.booking.createWithConflictCheck(request(roomId, { idempotencyKey: 'k', title: 'Another' }), checked),
          'IDEMPOTENCY_CONFLICT',
          { idempotencyKey: 'k', existingBookingId: booking.id },
        )
      same(await b.booking.findByIdempotencyKey('k'), booking, 'the booking of the key')
    },
  },
  {
    id: 'booking.final-statuses',
    title: 'completed and cancelled bookings keep nothing, and are not checked when they are made so',
    faults: [15],
    run: async ({ a }) => {
      const { id } = await oneRoom(a)
      const standing = await a.booking.createWithConflictCheck(request(id), checked)
      for (const status of ['cancelled', 'completed'] as const)
        await a.booking.createWithConflictCheck(request(id, { status }), checked)
      await a.booking.transition(standing.id, 'cancelled', { triggeredBy: 'test' })
      await a.booking.createWithConflictCheck(request(id), checked)
    },
  },
  {
    id: 'booking.no-empty-interval',
    title: 'an interval that is empty or reversed is refused, made or moved to, and nothing is stored',
    faults: [16],
    run: async ({ a }) => {
      const { id } = await oneRoom(a)
      for (const endsAt of [at(9), at(8), new Date(Number.NaN)])
        await refused(a.booking.createWithConflictCheck(request(id, { endsAt }), checked), 'INVALID_TIME_RANGE')
      const booking = await a.booking.createWithConflictCheck(request(id), checked)
      await refused(a.booking.updateWithVersion(booking.id, { startsAt: at(10) }, 1), 'INVALID_TIME_RANGE')
      same((await a.booking.findByRoom(id, wholeDay)).items, [booking], 'bookings of the room')
    },
  },
  {
    id: 'booking.no-room',
    title: 'a room that is not there cannot be booked or moved to',
    faults: [],
    run: async ({ a }) => {
      await refused(a.booking.createWithConflictCheck(request('none'), checked), 'ROOM_NOT_FOUND', { roomId: 'none' })
      const { id } = await a.booking.createWithConflictCheck(request((await oneRoom(a)).id), checked)
      await refused(a.booking.updateWithVersion(id, { roomId: 'none' }, 1), 'ROOM_NOT_FOUND', { roomId: 'none' })
    },
  },
  {
    id: 'booking.find-overlapping',
    title: 'findOverlapping finds what blocks and meets the half-open interval, but the booking that is left out',
    faults: [],
    run: async ({ a }) => {
      const { id } = await oneRoom(a)
      const booking = await a.booking.createWithConflictCheck(request(id), checked)
      const gone = await a.booking.createWithConflictCheck(request(id, { status: 'cancelled' }), checked)
      ok(gone.status === 'cancelled', 'a cancelled booking is made')
      same(await a.booking.findOverlapping(id, at(9, 59), at(12)), [booking], 'what meets')
      same(await a.booking.findOverlapping(id, at(10), at(12)), [], 'what touches')
      same(await a.booking.findOverlapping(id, at(9), at(10), booking.id), [], 'without the booking itself')
    },
  },
]
