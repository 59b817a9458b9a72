import type { Booking, Room } from '../../model.ts'
import type { RoomKitCase, World } from '../case.ts'
import { allWon, isRefusal, lost, ok, one, same, won } from '../expect.ts'
import { at, checked, fresh, hall, oneRoom, request, rooms, unchecked, wholeDay } from '../given.ts'

/** Bookings of these rooms that block and meet nine to ten. */
async function standing({ a }: World, ...places: readonly Room[]): Promise<Booking[]> {
  const found = await Promise.all(places.map(({ id }) => a.booking.findOverlapping(id, at(9), at(10))))
  return found.flat()
}

/** What `createWithConflictCheck` promises when several call it at once. */
export const conflictRaces: readonly RoomKitCase[] = [
  {
    id: 'booking.one-slot',
    title: 'of racers for one slot one gets it, and the others learn which booking is in the way',
    faults: [1],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { id } = await oneRoom(world.a)
        const results = await world.race(({ booking }) => booking.createWithConflictCheck(request(id), checked))
        const { id: conflictingBookingId } = one(won(results), 'bookings made')
        for (const error of lost(results))
          isRefusal(error, 'BOOKING_CONFLICT', {
            roomId: id,
            startsAt: at(9).toISOString(),
            endsAt: at(10).toISOString(),
            conflictingBookingId,
          })
        same((await world.b.booking.findByRoom(id, wholeDay)).items.length, 1, 'bookings stored')
      }
    },
  },
  {
    id: 'booking.ten-rooms',
    title: 'ten racers for ten different rooms all succeed, and none of them is asked to come again',
    faults: [2],
    run: async ({ a, race, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const ten = await rooms(a, 10)
        const results = await race(
          ({ booking }, racer) => booking.createWithConflictCheck(request(ten[racer]?.id ?? ''), checked),
          10,
        )
        allWon(results, 'bookings of different rooms')
      }
    },
  },
  {
    id: 'booking.one-room-many-slots',
    title: 'racers for different hours of one room all succeed',
    faults: [2],
    run: async ({ a, race, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const { id } = await oneRoom(a)
        const results = await race(({ booking }, racer) =>
          booking.createWithConflictCheck(request(id, { startsAt: at(racer), endsAt: at(racer + 1) }), checked),
        )
        allWon(results, 'bookings of different hours')
      }
    },
  },
  {
    id: 'booking.create-against-reschedule',
    title: 'of racers who book a slot and racers who move their bookings into it one succeeds',
    faults: [3, 11],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const place = await oneRoom(world.a)
        const movers: Booking[] = []
        for (let index = 0; index < world.racers; index += 2)
          movers.push(
            await world.a.booking.createWithConflictCheck(
              request(place.id, { startsAt: at(20 + index), endsAt: at(21 + index) }),
              checked,
            ),
          )
        const results = await world.race(async ({ booking }, racer) => {
          const own = movers[racer / 2]
          return own
            ? await booking.updateWithVersion(own.id, { startsAt: at(9), endsAt: at(10) }, own.version)
            : await booking.createWithConflictCheck(request(place.id), checked)
        })
        one(won(results), 'racers who got the slot')
        for (const error of lost(results)) isRefusal(error, 'BOOKING_CONFLICT')
        one(await standing(world, place), 'bookings of the slot')
      }
    },
  },
  {
    id: 'booking.parent-against-child',
    title: 'of racers for a hall and racers for its part one gets the space',
    faults: [4],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { hall: whole, left } = await hall(world.a)
        const results = await world.race(({ booking }, racer) =>
          booking.createWithConflictCheck(request(Math.floor(racer / 2) % 2 === 0 ? whole.id : left.id), checked),
        )
        const { id } = one(won(results), 'bookings made')
        for (const error of lost(results)) {
          const partition = (error as { code?: unknown }).code === 'PARTITION_CONFLICT'
          isRefusal(error, partition ? 'PARTITION_CONFLICT' : 'BOOKING_CONFLICT', { conflictingBookingId: id })
        }
        one(await standing(world, whole, left), 'bookings of the space')
      }
    },
  },
  {
    id: 'booking.hall-against-its-parts',
    title: 'of racers for a hall and both of its parts either the hall is booked or each part once',
    faults: [4],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { hall: whole, left, right } = await hall(world.a)
        const places = [whole, left, right]
        await world.race(({ booking }, racer) =>
          booking.createWithConflictCheck(request(places[racer % 3]?.id ?? ''), checked),
        )
        const [wholes, lefts, rights] = await Promise.all(places.map((place) => standing(world, place)))
        const counts = [wholes?.length ?? 0, lefts?.length ?? 0, rights?.length ?? 0].join(' ')
        ok(['1 0 0', '0 1 1'].includes(counts), `hall, left and right part are booked ${counts} times`)
      }
    },
  },
  {
    id: 'booking.reschedule-against-related',
    title: 'of racers who move bookings into a hall and racers who book its part one gets the space',
    faults: [3, 4, 11],
    run: async (world) => {
      for (let round = 0; round < world.rounds; round++) {
        const { hall: whole, left } = await hall(world.a)
        const elsewhere = await oneRoom(world.a)
        const movers: Booking[] = []
        for (let index = 0; index < world.racers; index += 2)
          movers.push(
            await world.a.booking.createWithConflictCheck(
              request(elsewhere.id, { startsAt: at(20 + index), endsAt: at(21 + index) }),
              checked,
            ),
          )
        const results = await world.race(async ({ booking }, racer) => {
          const own = movers[racer / 2]
          const changes = { roomId: whole.id, startsAt: at(9), endsAt: at(10) }
          return own
            ? await booking.updateWithVersion(own.id, changes, own.version)
            : await booking.createWithConflictCheck(request(left.id), checked)
        })
        one(won(results), 'racers who got the space')
        one(await standing(world, whole, left), 'bookings of the space')
      }
    },
  },
  {
    id: 'booking.partition-added-meanwhile',
    title: 'who books a hall after a partition was added meets bookings of the part that were under way meanwhile',
    faults: [4],
    run: async (world) => {
      for (let round = 0; round < world.rounds * 2; round++) {
        const [whole, part] = (await rooms(world.a, 2)) as [Room, Room]
        await world.race(async ({ room, booking }, racer) => {
          if (racer !== 3) return await booking.createWithConflictCheck(request(part.id), checked)
          await room.createPartition({ parentRoomId: whole.id, childRoomId: part.id })
          return await booking.createWithConflictCheck(request(whole.id), checked)
        }, 4)
        one(await standing(world, whole, part), 'bookings of the space')
      }
    },
  },
  {
    id: 'booking.buffers-race',
    title: 'of racers whose slots touch, in a room that needs time between them, no two neighbours succeed',
    faults: [3, 6],
    run: async ({ a, race, rounds, racers }) => {
      for (let round = 0; round < rounds; round++) {
        const { id } = await oneRoom(a, { setupBufferMinutes: 10 })
        await race(({ booking }, racer) =>
          booking.createWithConflictCheck(
            request(id, { startsAt: at(racer % 8), endsAt: at((racer % 8) + 1) }),
            checked,
          ),
        )
        const { items } = await a.booking.findByRoom(id, { startsAt: at(0), endsAt: at(racers) })
        const starts = items.map(({ startsAt }) => startsAt.getTime()).sort((first, second) => first - second)
        ok(starts.length > 0, 'at least one racer books')
        for (const [index, start] of starts.entries())
          ok(index === 0 || start - (starts[index - 1] ?? 0) > 3_600_000, 'no two bookings touch')
      }
    },
  },
  {
    id: 'booking.one-key',
    title: "of racers with one idempotency key one books, and the others learn the booking's id, not of a conflict",
    faults: [7],
    run: async ({ a, race, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const { id } = await oneRoom(a)
        const idempotencyKey = fresh('key')
        const results = await race(({ booking }) =>
          booking.createWithConflictCheck(request(id, { idempotencyKey }), checked),
        )
        const { id: existingBookingId } = one(won(results), 'bookings made')
        for (const error of lost(results))
          isRefusal(error, 'IDEMPOTENCY_CONFLICT', { idempotencyKey, existingBookingId })
      }
    },
  },
  {
    id: 'booking.one-key-many-rooms',
    title: 'of racers with one idempotency key for different rooms one books',
    faults: [7, 8],
    run: async ({ a, race, rounds, racers }) => {
      for (let round = 0; round < rounds; round++) {
        const places = await rooms(a, racers)
        const idempotencyKey = fresh('key')
        const results = await race(({ booking }, racer) =>
          booking.createWithConflictCheck(request(places[racer]?.id ?? '', { idempotencyKey }), unchecked),
        )
        const { id: existingBookingId } = one(won(results), 'bookings made')
        for (const error of lost(results)) isRefusal(error, 'IDEMPOTENCY_CONFLICT', { existingBookingId })
      }
    },
  },
]
