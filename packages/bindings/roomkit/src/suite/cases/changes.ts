import { type Booking, type BookingStateTransition, type BookingStatus, bookingStatuses } from '../../model.ts'
import type { RoomKitCase, World } from '../case.ts'
import { isRefusal, lost, ok, one, refused, same, won } from '../expect.ts'
import { at, checked, hall, oneRoom, request, wholeDay } from '../given.ts'

const by = { triggeredBy: 'test' }

async function booked({ a }: World, status: BookingStatus = 'requested'): Promise<Booking> {
  return await a.booking.createWithConflictCheck(request((await oneRoom(a)).id, { status }), checked)
}

/** That each row of the audit begins where the one before it ended, from the first status to the booking's own. */
function checkChain(rows: readonly BookingStateTransition[], first: BookingStatus, last: BookingStatus): void {
  let status: BookingStatus = first
  for (const { fromStatus, toStatus } of rows) {
    same(fromStatus, status, 'a row of the audit begins with')
    status = toStatus
  }
  same(status, last, 'the audit ends with')
}

/** Versions, changes and transitions of a booking that is there. */
export const changeCases: readonly RoomKitCase[] = [
  {
    id: 'version.one-winner',
    title: 'of racers who change one version one succeeds, and the others learn the true one',
    faults: [9],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { id } = await booked(world)
        const results = await world.race(({ booking }, racer) =>
          booking.updateWithVersion(id, { title: `${racer}` }, 1),
        )
        const { title, version } = one(won(results), 'changes made')
        same(version, 2, 'the version after it')
        for (const error of lost(results))
          isRefusal(error, 'STALE_VERSION', { bookingId: id, expectedVersion: 1, actualVersion: 2 })
        same((await world.b.booking.findById(id))?.title, title, 'the title stored')
      }
    },
  },
  {
    id: 'version.one-mover',
    title: 'of racers who move one version to different hours one succeeds',
    faults: [9, 11],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { id } = await booked(world)
        const results = await world.race(({ booking }, racer) =>
          booking.updateWithVersion(id, { startsAt: at(10 + racer), endsAt: at(11 + racer) }, 1),
        )
        const winner = one(won(results), 'changes made')
        for (const error of lost(results)) isRefusal(error, 'STALE_VERSION', { actualVersion: 2 })
        same(await world.b.booking.findById(id), winner, 'the booking stored')
      }
    },
  },
  {
    id: 'version.protected-fields',
    title: 'id, version, status and createdAt cannot be changed by an update, and the version grows by one',
    faults: [9],
    run: async (world) => {
      const before = await booked(world)
      const more = {
        id: 'other',
        version: 40,
        status: 'completed',
        createdAt: at(0),
        title: 'New',
        metadata: '1',
      } as const
      const after = await world.a.booking.updateWithVersion(before.id, more, 1)
      const { updatedAt, ...rest } = before
      ok(after.updatedAt instanceof Date && updatedAt instanceof Date, 'updatedAt is a Date')
      same(after, { ...rest, title: 'New', metadata: '1', version: 2, updatedAt: after.updatedAt }, 'the booking')
      same(await world.b.booking.findById(before.id), after, 'the booking stored')
      same(await world.b.booking.findById('other'), null, 'another id')
    },
  },
  {
    id: 'version.no-booking',
    title: 'a booking that is not there is told as such, by update and transition',
    faults: [10],
    run: async ({ a }) => {
      const context = { bookingId: 'none' }
      await refused(a.booking.updateWithVersion('none', { title: 'x' }, 1), 'BOOKING_NOT_FOUND', context)
      await refused(a.booking.updateWithVersion('none', { startsAt: at(9) }, 1), 'BOOKING_NOT_FOUND', context)
      await refused(a.booking.transition('none', 'confirmed', by), 'BOOKING_NOT_FOUND', context)
    },
  },
  {
    id: 'version.move-is-checked',
    title: 'a booking that moves is checked like a new one: the room, related rooms, and minutes between',
    faults: [6, 11],
    run: async ({ a }) => {
      const { hall: whole, left } = await hall(a, { setupBufferMinutes: 10 })
      const booking = await a.booking.createWithConflictCheck(
        request(left.id, { startsAt: at(20), endsAt: at(21) }),
        checked,
      )
      const { id: conflictingBookingId } = await a.booking.createWithConflictCheck(request(whole.id), checked)
      const move = (changes: Partial<Booking>) => a.booking.updateWithVersion(booking.id, changes, 1)
      const nine = { startsAt: at(9), endsAt: at(10) }
      await refused(move({ roomId: whole.id, ...nine }), 'BOOKING_CONFLICT', { roomId: whole.id, conflictingBookingId })
      await refused(move(nine), 'PARTITION_CONFLICT', { partitionRoomId: whole.id, conflictingBookingId })
      await refused(move({ roomId: whole.id, startsAt: at(10), endsAt: at(11) }), 'BOOKING_CONFLICT')
      same(await a.booking.findById(booking.id), booking, 'the booking after three refusals')
      same(
        (await move({ startsAt: at(20, 30), endsAt: at(21, 30) })).version,
        2,
        'its version, moved within its own hour',
      )
    },
  },
  {
    id: 'transition.old-status',
    title: 'a transition returns the booking one version on, and the audit row with the status before it',
    faults: [12],
    run: async (world) => {
      const before = await booked(world)
      const { booking, transition } = await world.a.booking.transition(before.id, 'confirmed', {
        triggeredBy: 'x',
        reason: 'y',
      })
      same({ ...booking, updatedAt: before.updatedAt }, { ...before, status: 'confirmed', version: 2 }, 'the booking')
      const { id, timestamp, ...row } = transition
      same(
        row,
        { bookingId: before.id, fromStatus: 'requested', toStatus: 'confirmed', triggeredBy: 'x', reason: 'y' },
        'the row',
      )
      ok(timestamp instanceof Date && typeof id === 'string', 'the row has an id and a time')
      same(await world.b.audit.queryByBooking(before.id), [transition], 'the audit')
    },
  },
  {
    id: 'transition.state-machine',
    title: 'the six transitions of the machine are made, and all others refused with the booking named',
    faults: [12, 14],
    run: async (world) => {
      const allowed =
        'requested>confirmed requested>cancelled confirmed>in_progress confirmed>cancelled in_progress>completed in_progress>cancelled'
      for (const fromStatus of bookingStatuses)
        for (const toStatus of bookingStatuses) {
          const { id } = await booked(world, fromStatus)
          const call = world.a.booking.transition(id, toStatus, by)
          if (allowed.split(' ').includes(`${fromStatus}>${toStatus}`))
            same((await call).booking.status, toStatus, 'status')
          else {
            await refused(call, 'INVALID_STATE_TRANSITION', { bookingId: id, fromStatus, toStatus })
            same(await world.b.audit.queryByBooking(id), [], 'the audit of a refused transition')
          }
        }
    },
  },
  {
    id: 'transition.opposite',
    title: 'racers with opposite transitions leave one chain, without gap or fork, and one version for each link',
    faults: [13],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { id } = await booked(world)
        const results = await world.race(({ booking }, racer) =>
          booking.transition(id, racer % 4 < 2 ? 'confirmed' : 'cancelled', by),
        )
        for (const error of lost(results)) isRefusal(error, 'INVALID_STATE_TRANSITION', { bookingId: id })
        const rows = await world.b.audit.queryByBooking(id)
        const booking = await world.b.booking.findById(id)
        same(rows.length, won(results).length, 'rows of the audit')
        checkChain(rows, 'requested', booking?.status ?? 'requested')
        same(booking?.version, 1 + rows.length, 'the version')
      }
    },
  },
  {
    id: 'transition.once',
    title: 'of racers with the same transition one makes it',
    faults: [13],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { id } = await booked(world, 'confirmed')
        const results = await world.race(({ booking }) => booking.transition(id, 'in_progress', by))
        one(won(results), 'transitions made')
        one(await world.b.audit.queryByBooking(id), 'rows of the audit')
        for (const error of lost(results))
          isRefusal(error, 'INVALID_STATE_TRANSITION', { bookingId: id, fromStatus: 'in_progress' })
      }
    },
  },
  {
    id: 'transition.against-update',
    title: 'racing updates and transitions are all counted, and none is lost',
    faults: [9, 13],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { id } = await booked(world)
        const results = await world.race(async ({ booking }, racer): Promise<unknown> => {
          if (racer % 4 === 0) return await booking.transition(id, racer % 8 === 0 ? 'confirmed' : 'cancelled', by)
          const seen = await booking.findById(id)
          return await booking.updateWithVersion(id, { title: `${racer}` }, seen?.version ?? 0)
        })
        const booking = await world.b.booking.findById(id)
        same(booking?.version, 1 + won(results).length, 'the version')
        checkChain(await world.b.audit.queryByBooking(id), 'requested', booking?.status ?? 'requested')
      }
    },
  },
  {
    id: 'transition.frees-the-slot',
    title: 'of racers for a slot that is being cancelled at most one gets it',
    faults: [3, 13],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { id, roomId } = await booked(world)
        const results = await world.race(async ({ booking }, racer): Promise<Booking> => {
          if (racer === 0) return (await booking.transition(id, 'cancelled', by)).booking
          return await booking.createWithConflictCheck(request(roomId), checked)
        })
        ok(won(results).length <= 2, 'at most one racer books')
        const { items } = await world.b.booking.findByRoom(roomId, wholeDay)
        same(
          items.filter(({ status }) => status === 'requested').length,
          won(results).length - 1,
          'bookings that block',
        )
      }
    },
  },
]
