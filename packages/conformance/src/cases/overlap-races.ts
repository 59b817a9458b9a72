import type { Storage } from '@portolan/ports'
import { allWon, checkRefusal, equal, ok, outcomes } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { declared, offered, together } from '../needs.ts'
import { Booking } from '../standard-entities.ts'
import { at, scope, slot } from './overlap.ts'

const skip = declared('overlap')
const live = ['requested', 'confirmed', 'in_progress']

/** No two live rows of a room intersect: looked for by comparing them all. */
async function checkRooms(storage: Storage<unknown>): Promise<void> {
  const rows = (await storage.repository(Booking, scope).find()).filter(({ status }) => live.includes(status))
  for (const one of rows)
    for (const other of rows)
      ok(
        one.id >= other.id ||
          one.roomId !== other.roomId ||
          one.startsAt >= other.endsAt ||
          other.startsAt >= one.endsAt,
        `rows ${one.id} and ${other.id} overlap`,
      )
}

/** One slot per round and one write of each racer into it: exactly one gets it. */
async function slotRace(
  world: World,
  prepare: (roomId: string, racers: number) => Promise<readonly string[]>,
  write: (storage: Storage<unknown>, roomId: string, index: number, ids: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const { a, race, racers, rounds } = world
  for (let round = 0; round < rounds; round++) {
    const roomId = `room-${round}`
    const ids = await prepare(roomId, racers)
    const results = await race(racers, (storage, index) => write(storage, roomId, index, ids))
    const { won, lost } = outcomes(results)
    const inRoom = await a
      .repository(Booking, scope)
      .find({ where: { roomId, startsAt: { lt: at('12:00') }, status: { in: ['requested', 'confirmed'] } } })
    equal(inRoom.length, 1, 'rows in the slot')
    equal(won.length, 1, 'racers that were told that they have the slot')
    for (const error of lost)
      checkRefusal(error, 'overlap', { data: { entity: 'booking', rule: 'perRoom', id: inRoom[0]?.id ?? '' } })
  }
  await checkRooms(a)
}

const nobody = async (): Promise<readonly string[]> => []

/** G2 under concurrency: whatever the writes are that race for a slot, one gets it. */
export const overlapRaceCases: readonly Case[] = [
  defineCase(
    'G2.racing-inserts',
    'of racers that create a booking of one slot one gets it, and the others learn who has it',
    (world) =>
      slotRace(world, nobody, (storage, roomId, index) =>
        // Each shifted by a minute: no two are equal, all of them intersect.
        storage
          .repository(Booking, scope)
          .insert({ roomId, startsAt: at(`10:${10 + index}`), endsAt: at(`11:${10 + index}`) }),
      ),
    { race: true, skip },
  ),

  defineCase(
    'G2.racing-create-and-reschedule',
    'of racers that create a booking and racers that reschedule theirs into the slot one gets it',
    (world) =>
      slotRace(
        world,
        (roomId, racers) => parked(world.a, roomId, racers),
        (storage, roomId, index, ids) => {
          const bookings = storage.repository(Booking, scope)
          const { startsAt, endsAt } = slot('10:00', '11:00')
          return index % 4 < 2
            ? bookings.insert({ roomId, startsAt, endsAt })
            : bookings.update(ids[index] ?? '', { startsAt, endsAt })
        },
      ),
    { race: true, skip },
  ),

  defineCase(
    'G2.racing-moves-to-another-room',
    'of racers that create a booking and racers that move theirs over from other rooms one gets the slot',
    (world) =>
      slotRace(
        world,
        async (roomId, racers) => {
          const rows = Array.from({ length: racers }, (_, index) => slot('10:00', '11:00', `${roomId}-${index}`))
          return (await world.a.repository(Booking, scope).insertMany(rows)).map(({ id }) => id)
        },
        (storage, roomId, index, ids) => {
          const bookings = storage.repository(Booking, scope)
          return index % 4 === 0
            ? bookings.insert(slot('10:30', '11:30', roomId))
            : bookings.update(ids[index] ?? '', { roomId })
        },
      ),
    { race: true, skip },
  ),

  defineCase(
    'G2.racing-reactivations',
    'of racers that reactivate cancelled bookings of one slot, by update or updateMany, one gets it',
    (world) =>
      slotRace(
        world,
        async (roomId, racers) => {
          const cancelled = { ...slot('10:00', '11:00', roomId), status: 'cancelled' } as const
          const rows = Array.from({ length: racers }, () => cancelled)
          return (await world.a.repository(Booking, scope).insertMany(rows)).map(({ id }) => id)
        },
        (storage, _, index, ids) => {
          const bookings = storage.repository(Booking, scope)
          const id = ids[index] ?? ''
          return index % 4 < 2
            ? bookings.update(id, { status: 'confirmed' })
            : bookings.updateMany({ where: { id }, patch: { status: 'confirmed' } })
        },
      ),
    { race: true, skip },
  ),

  defineCase(
    'G2.racing-other-inserts',
    'insertMany, insertOrGet and upsert of different keys race for one slot: one gets it, of the others nothing is stored',
    async (world) => {
      await slotRace(world, nobody, (storage, roomId, index) => {
        const bookings = storage.repository(Booking, scope)
        const wanted = slot('10:00', '11:00', roomId)
        const idempotencyKey = `${roomId}-${index}`
        if (index % 4 < 2) return bookings.insertMany([slot('10:00', '11:00', `${roomId}-${index}`), wanted])
        return index % 4 === 2
          ? bookings.insertOrGet('idempotencyKey', { ...wanted, idempotencyKey })
          : bookings.upsert('idempotencyKey', { ...wanted, idempotencyKey }, { guests: 2 })
      })
      const all = await world.a.repository(Booking, scope).find()
      const pairs = all.filter(({ roomId }) => roomId.split('-').length === 3)
      for (const { roomId } of pairs)
        ok(
          all.some((row) => row.roomId === roomId.slice(0, roomId.lastIndexOf('-'))),
          'a part of a refused insertMany was stored',
        )
    },
    { race: true, skip },
  ),

  defineCase(
    'G2.racing-transactions',
    'racers that book in transactions and catch the refusal go on with their transaction; one gets the slot',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const roomId = `room-${round}`
        const results = await race(racers, (storage, index) =>
          storage.transaction(async (tx) => {
            const bookings = tx.repository(Booking, scope)
            try {
              await bookings.insert(slot('10:00', '11:00', roomId))
              return true
            } catch (error) {
              checkRefusal(error, 'overlap')
              await bookings.insert(slot('10:00', '11:00', `overflow-${round}-${index}`))
              return false
            }
          }),
        )
        equal(allWon(results).filter(Boolean).length, 1, 'racers that were told that they have the slot')
        equal(await a.repository(Booking, scope).count({ where: { roomId } }), 1, 'rows in the slot')
      }
      equal(await a.repository(Booking, scope).count(), racers * rounds, 'rows with those that went elsewhere')
      await checkRooms(a)
    },
    { race: true, skip: together(skip, declared('transactions')) },
  ),

  defineCase(
    'G2.racing-chains',
    'racers that shift neighbouring bookings to and fro leave no two that overlap, and no room is stuck',
    async ({ a, race, racers, rounds }) => {
      const hours = Array.from({ length: 8 }, (_, hour) => String(8 + hour).padStart(2, '0'))
      const rows = hours.map((hour) => ({ roomId: 'room', startsAt: at(`${hour}:00`), endsAt: at(`${hour}:30`) }))
      const ids = (await a.repository(Booking, scope).insertMany(rows)).map(({ id }) => id)
      for (let round = 0; round < rounds; round++) {
        const results = await race(racers, (storage, index) => {
          // Two and two want the same half hour, each of them with a booking of its own.
          const hour = hours[(Math.floor(index / 2) + round) % hours.length] ?? '08'
          const half = (Math.floor(index / 4) + round) % 2 === 0 ? '00' : '30'
          const end = half === '00' ? `${hour}:30` : `${hour}:59`
          return storage
            .repository(Booking, scope)
            .update(ids[index % ids.length] ?? '', { startsAt: at(`${hour}:${half}`), endsAt: at(end) })
        })
        for (const error of outcomes(results).lost) checkRefusal(error, 'overlap')
        await checkRooms(a)
      }
      equal(await a.repository(Booking, scope).count(), ids.length, 'rows')
    },
    { race: true, skip },
  ),

  defineCase(
    'G2.two-processes',
    'of racers in two processes that create a booking of one slot one gets it',
    async (world) => {
      const { a, racers, rounds } = world
      const other = await world.process()
      const few = Math.min(rounds, 5)
      for (let round = 0; round < few; round++) {
        const roomId = `room-${round}`
        const inputs = Array.from({ length: racers / 2 }, () => roomId)
        const [theirs, ours] = await Promise.all([
          other.run('book-slot', inputs),
          Promise.allSettled(inputs.map(() => bookSlot(a, roomId))),
        ])
        const wonHere = outcomes(ours).won.length
        for (const error of outcomes(ours).lost) checkRefusal(error, 'overlap')
        for (const each of theirs)
          ok(each.status === 'fulfilled' || each.code === 'overlap', 'a racer of the second process failed otherwise')
        const wonThere = theirs.filter(({ status }) => status === 'fulfilled').length
        equal(wonHere + wonThere, 1, 'racers that were told that they have the slot')
        equal(await a.repository(Booking, scope).count({ where: { roomId } }), 1, 'rows in the slot')
      }
    },
    { race: true, skip: together(skip, offered('processes')) },
  ),
]

/** What the second process runs for these cases. */
export async function bookSlot(storage: Storage<unknown>, input: unknown): Promise<unknown> {
  return storage.repository(Booking, scope).insert(slot('10:00', '11:00', String(input)))
}

/** A live booking per racer, one after another in the afternoon of the same room. */
async function parked(storage: Storage<unknown>, roomId: string, racers: number): Promise<readonly string[]> {
  const rows = Array.from({ length: racers }, (_, index) => ({
    roomId,
    startsAt: at(`${13 + Math.floor(index / 4)}:${String((index % 4) * 15).padStart(2, '0')}`),
    endsAt: at(`${13 + Math.floor(index / 4)}:${String((index % 4) * 15 + 14).padStart(2, '0')}`),
  }))
  return (await storage.repository(Booking, scope).insertMany(rows)).map(({ id }) => id)
}
