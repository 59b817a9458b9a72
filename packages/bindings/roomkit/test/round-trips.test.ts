import { startProxy } from '@portolan/conformance'
import type { SteadyPoolOptions } from '@portolan/kysely/pg-pool'
import { notRun } from '@portolan-tooling/test-servers/vitest'
import { afterAll, describe, expect, test } from 'vitest'
import { createRoomKitStorage, type RoomKitStorage } from '../src/index.ts'
import { at, checked, hall, location, oneRoom, request, room, wholeDay } from '../src/suite/given.ts'
import { connect, openDatabase, type PostgresDatabase } from './on-postgres.ts'

type Turns = Record<string, readonly [turns: number, call: () => Promise<unknown>]>

/** What calls cost on the wire, on connections that are there already. */
async function expectTurns(
  database: PostgresDatabase,
  options: SteadyPoolOptions,
  prepare: (storages: RoomKitStorage) => Promise<Turns>,
): Promise<void> {
  const config = await database.createSchema()
  const direct = connect(config)
  await direct.storage.schema.apply()
  const calls = await prepare(createRoomKitStorage(direct.storage))
  await direct.close()
  const proxy = await startProxy(database.server.address)
  const { pool, storage, close } = connect({ ...config, host: proxy.host, port: proxy.port }, { max: 1, ...options })
  watched = createRoomKitStorage(storage)
  await pool.query('select')
  const measured: Record<string, number> = {}
  try {
    for (const [name, [, call]] of Object.entries(calls)) {
      const before = proxy.turns()
      await call()
      measured[name] = proxy.turns() - before
    }
    expect(proxy.connections(), 'connections').toBe(1)
  } finally {
    await close()
    await proxy.close()
    await database.dropSchema(config.schema)
  }
  expect(measured).toEqual(Object.fromEntries(Object.entries(calls).map(([name, [turns]]) => [name, turns])))
}

let watched: RoomKitStorage

const refused = (call: () => Promise<unknown>, code: string) => () =>
  expect(call()).rejects.toThrow(expect.objectContaining({ code }))

const opened = await openDatabase('15')
afterAll(async () => {
  if ('close' in opened) await opened.close()
})

describe.each([
  ['by itself', 1],
  ['with the first statement', 0],
] as const)('round trips on PostgreSQL 15, BEGIN %s', (_, begin) => {
  if ('missing' in opened) {
    test('of every operation', (context) => notRun(opened, context))
    return
  }
  const options = { deferBegin: begin === 0 }
  const book = (roomId: string, hour: number, more: object = {}) =>
    watched.booking.createWithConflictCheck(
      request(roomId, { startsAt: at(hour), endsAt: at(hour + 1), ...more }),
      checked,
    )

  test('of making and changing bookings', () =>
    expectTurns(opened, options, async (storages) => {
      const { id: plain } = await oneRoom(storages)
      const { id: buffered } = await oneRoom(storages, { setupBufferMinutes: 10 })
      const { hall: whole, left } = await hall(storages)
      const split = await hall(storages, { teardownBufferMinutes: 10 })
      const first = await storages.booking.createWithConflictCheck(request(plain, { idempotencyKey: 'k' }), checked)
      return {
        'create: hold the room, insert, commit': [begin + 3, () => book(plain, 10)],
        'create, with buffers: and look around': [begin + 4, () => book(buffered, 10)],
        'create, with related rooms: and hold the pairs, read the others, look around': [
          begin + 6,
          () => book(whole.id, 10),
        ],
        'create, with related rooms and buffers: the same': [begin + 6, () => book(split.hall.id, 10)],
        'create, refused by the room: hold, insert, roll back': [
          begin + 3,
          refused(() => book(plain, 9), 'BOOKING_CONFLICT'),
        ],
        'create, refused by the key': [
          begin + 3,
          refused(() => book(plain, 9, { idempotencyKey: 'k' }), 'IDEMPOTENCY_CONFLICT'),
        ],
        'create, refused by a related room': [begin + 6, refused(() => book(left.id, 10), 'PARTITION_CONFLICT')],
        'create, no such room: hold, ask why, roll back': [begin + 3, refused(() => book('none', 9), 'ROOM_NOT_FOUND')],
        'update that does not move': [1, () => watched.booking.updateWithVersion(first.id, { title: 'x' }, 1)],
        'update, stale: and ask why': [
          2,
          refused(() => watched.booking.updateWithVersion(first.id, { title: 'x' }, 1), 'STALE_VERSION'),
        ],
        'update that moves: read, hold the room, write, commit': [
          begin + 4,
          () => watched.booking.updateWithVersion(first.id, { startsAt: at(20), endsAt: at(21) }, 2),
        ],
        'transition: read, write, audit, commit': [
          begin + 4,
          () => watched.booking.transition(first.id, 'confirmed', { triggeredBy: 'x' }),
        ],
        findById: [1, () => watched.booking.findById(first.id)],
        findByIdempotencyKey: [1, () => watched.booking.findByIdempotencyKey('k')],
        findOverlapping: [1, () => watched.booking.findOverlapping(plain, at(9), at(10))],
        'findByRoom, all or a page': [
          2,
          async () => {
            await watched.booking.findByRoom(plain, wholeDay)
            await watched.booking.findByRoom(plain, wholeDay, { limit: 10 })
          },
        ],
        findByPerson: [1, () => watched.booking.findByPerson('person', wholeDay)],
      }
    }))

  test('of what else there is', () =>
    expectTurns(opened, options, async (storages) => {
      const house = await location(storages, 'house', { aliases: ['main'] })
      const floor = await location(storages, 'house/floor', { parentId: house.id })
      const cell = await location(storages, 'house/floor/cell', { parentId: floor.id })
      const one = await room(storages, cell.id)
      const other = await room(storages, cell.id)
      const booking = await storages.booking.createWithConflictCheck(
        request(one.id, { recurrenceRuleId: 'rule' }),
        checked,
      )
      const day = { dayOfWeek: 1, opensAt: '08:00', closesAt: '20:00' }
      const bulk = await storages.bulkOperation.create({ type: 'date_shift', totalItems: 9, triggeredBy: 'x' })
      return {
        'getAncestors of any depth': [2, () => watched.location.getAncestors(cell.id)],
        queryByScope: [1, () => watched.location.queryByScope({ parentPath: 'house' })],
        resolveAlias: [2, () => watched.location.resolveAlias('main')],
        'createNode under a parent: hold the tree, read, insert, commit': [
          begin + 4,
          () => location({ ...watched }, 'house/x', { parentId: house.id }),
        ],
        'room create: hold the tree, read, insert, commit': [begin + 4, () => room(watched, cell.id)],
        'room update: write, commit': [begin + 2, () => watched.room.update(one.id, { seatedCapacity: 3 })],
        'findByCompoundFilter with everything': [
          4,
          () => watched.room.findByCompoundFilter({ equipment: ['a'], accessibility: ['b'], locationScope: 'house' }),
        ],
        'createPartition: hold both, insert, relate both, commit': [
          begin + 8,
          () => watched.room.createPartition({ parentRoomId: one.id, childRoomId: other.id }),
        ],
        getPartitionTree: [1, () => watched.room.getPartitionTree(one.id)],
        getOperatingHours: [1, () => watched.room.getOperatingHours(house.id)],
        'setOperatingHours, for the first time': [3, () => watched.room.setOperatingHours(house.id, [day])],
        'setOperatingHours again': [2, () => watched.room.setOperatingHours(house.id, [day])],
        'config set of a new global key': [2, () => watched.config.set(null, 'k', 'v')],
        'config set again': [1, () => watched.config.set(null, 'k', 'w')],
        'config get': [1, () => watched.config.get(null, 'k')],
        'config resolve at any depth': [3, () => watched.config.resolve(cell.id, 'k')],
        'findActiveForScope at any depth': [3, () => watched.blackout.findActiveForScope(cell.id, wholeDay)],
        'priority upsert of a new one': [2, () => watched.priority.upsert({ name: 'x', weight: 1 })],
        'exam createSession: hold the cohort, booking, insert, sessions, bookings, commit': [
          begin + 6,
          () =>
            watched.exam.createSession({
              bookingId: booking.id,
              cohortId: 'c',
              layoutType: 'full',
              requiredCapacity: 1,
              supervisorIds: [],
            }),
        ],
        'bulk updateProgress: read, write, commit': [
          begin + 3,
          () => watched.bulkOperation.updateProgress(bulk.id, { processedItems: 1, conflictsDetected: 0 }),
        ],
        'deleteInstancesByRule: find, exams, hold, bookings, commit': [
          begin + 5,
          () => watched.recurrence.deleteInstancesByRule('rule'),
        ],
        'audit, by booking or range': [
          2,
          async () => {
            await watched.audit.queryByBooking(booking.id)
            await watched.audit.queryByTimeRange(wholeDay)
          },
        ],
      }
    }))
})
