import { startProxy } from '@portolan/conformance'
import { notRun } from '@portolan-tooling/test-servers/vitest'
import { afterAll, describe, expect, test } from 'vitest'
import { createRoomKitStorage, type RoomKitStorage } from '../src/index.ts'
import { at, checked, hall, location, oneRoom, request, room, wholeDay } from '../src/suite/given.ts'
import { connect, openDatabase, type PostgresDatabase } from './on-postgres.ts'

type Turns = Record<string, readonly [turns: number, call: () => Promise<unknown>]>

/** What calls cost on the wire, on connections that are there already. */
async function expectTurns(
  database: PostgresDatabase,
  prepare: (storages: RoomKitStorage) => Promise<Turns>,
): Promise<void> {
  const config = await database.createSchema()
  const direct = connect(config)
  await direct.storage.schema.apply()
  const calls = await prepare(createRoomKitStorage(direct.storage))
  await direct.close()
  const proxy = await startProxy(database.server.address)
  const { pool, storage, close } = connect({ ...config, host: proxy.host, port: proxy.port }, { max: 1 })
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

describe('round trips on PostgreSQL 15', () => {
  if ('missing' in opened) {
    test('of every operation', (context) => notRun(opened, context))
    return
  }
  afterAll(() => opened.close())
  const book = (roomId: string, hour: number, more: object = {}) =>
    watched.booking.createWithConflictCheck(
      request(roomId, { startsAt: at(hour), endsAt: at(hour + 1), ...more }),
      checked,
    )

  test('of making and changing bookings', () =>
    expectTurns(opened, async (storages) => {
      const { id: plain } = await oneRoom(storages)
      const { id: buffered } = await oneRoom(storages, { setupBufferMinutes: 10 })
      const { hall: whole, left } = await hall(storages)
      const split = await hall(storages, { teardownBufferMinutes: 10 })
      const first = await storages.booking.createWithConflictCheck(request(plain, { idempotencyKey: 'k' }), checked)
      return {
        'create: begin, hold the room, insert, commit': [4, () => book(plain, 10)],
        'create, with buffers: and look around': [5, () => book(buffered, 10)],
        'create, with related rooms: and hold the pairs, read the others, look around': [7, () => book(whole.id, 10)],
        'create, with related rooms and buffers: the same': [7, () => book(split.hall.id, 10)],
        'create, refused by the room: begin, hold, insert, roll back': [
          4,
          refused(() => book(plain, 9), 'BOOKING_CONFLICT'),
        ],
        'create, refused by the key': [
          4,
          refused(() => book(plain, 9, { idempotencyKey: 'k' }), 'IDEMPOTENCY_CONFLICT'),
        ],
        'create, refused by a related room': [7, refused(() => book(left.id, 10), 'PARTITION_CONFLICT')],
        'create, no such room: begin, hold, ask why, roll back': [4, refused(() => book('none', 9), 'ROOM_NOT_FOUND')],
        'update that does not move': [1, () => watched.booking.updateWithVersion(first.id, { title: 'x' }, 1)],
        'update, stale: and ask why': [
          2,
          refused(() => watched.booking.updateWithVersion(first.id, { title: 'x' }, 1), 'STALE_VERSION'),
        ],
        'update that moves: begin, read, hold the room, write, commit': [
          5,
          () => watched.booking.updateWithVersion(first.id, { startsAt: at(20), endsAt: at(21) }, 2),
        ],
        'transition: begin, read, write, audit, commit': [
          5,
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
    expectTurns(opened, async (storages) => {
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
        'createNode under a parent: begin, hold the tree, read, insert, commit': [
          5,
          () => location({ ...watched }, 'house/x', { parentId: house.id }),
        ],
        'room create: begin, hold the tree, read, insert, commit': [5, () => room(watched, cell.id)],
        'room update: begin, write, commit': [3, () => watched.room.update(one.id, { seatedCapacity: 3 })],
        'findByCompoundFilter with everything': [
          4,
          () => watched.room.findByCompoundFilter({ equipment: ['a'], accessibility: ['b'], locationScope: 'house' }),
        ],
        'createPartition: begin, hold both, insert, relate both, commit': [
          9,
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
        'exam createSession: begin, hold the cohort, booking, insert, sessions, bookings, commit': [
          7,
          () =>
            watched.exam.createSession({
              bookingId: booking.id,
              cohortId: 'c',
              layoutType: 'full',
              requiredCapacity: 1,
              supervisorIds: [],
            }),
        ],
        'bulk updateProgress: begin, read, write, commit': [
          4,
          () => watched.bulkOperation.updateProgress(bulk.id, { processedItems: 1, conflictsDetected: 0 }),
        ],
        'deleteInstancesByRule: begin, find, exams, hold, bookings, commit': [
          6,
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
