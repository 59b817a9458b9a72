import { memoryStorage } from '@portolan/memory'
import { isStorageError } from '@portolan/ports'
import { beforeEach, describe, expect, test } from 'vitest'
import * as everything from '../src/index.ts'
import {
  BookingConflictError,
  createRoomKitStorage,
  RoomKitError,
  type RoomKitErrorCode,
  type RoomKitStorage,
  roomKitEntities,
} from '../src/index.ts'
import { at, checked, location, oneRoom, request, room } from '../src/suite/given.ts'

let storage: ReturnType<typeof memoryStorage>
let storages: RoomKitStorage
beforeEach(() => {
  storage = memoryStorage({ entities: roomKitEntities })
  storages = createRoomKitStorage(storage)
})

describe("the document's shapes", () => {
  test('transition takes who and why one by one, and what it returns is the booking as well', async () => {
    const { id: roomId } = await oneRoom(storages)
    const { id } = await storages.booking.createWithConflictCheck(request(roomId), checked)
    const result = await storages.booking.transition(id, 'confirmed', 'somebody', 'because')
    expect(result.id).toBe(id)
    expect(result.status).toBe('confirmed')
    expect(result.version).toBe(2)
    expect(result.transition).toMatchObject({ triggeredBy: 'somebody', reason: 'because' })
    expect(Object.keys(result)).toEqual(['booking', 'transition'])
  })

  test('a version that is given to create is not taken, nor are an id and times', async () => {
    const { id: roomId } = await oneRoom(storages)
    const given = { ...request(roomId), id: 'mine', version: 7, createdAt: at(0), updatedAt: at(0) }
    const booking = await storages.booking.createWithConflictCheck(given, checked)
    expect(booking.version).toBe(1)
    expect(booking.id).not.toBe('mine')
    expect(booking.createdAt).not.toEqual(at(0))
  })

  test('create, getTree, getDescendantRooms and conflict.create are there', async () => {
    const top = await storages.location.create({ type: 'campus', displayName: 'Top', path: 'top' })
    const left = await location(storages, 'top/left', { parentId: top.id })
    const low = await location(storages, 'elsewhere', { parentId: left.id })
    const other = await location(storages, 'other')
    const [tree] = await storages.location.getTree(top.id)
    expect(tree).toMatchObject({ id: top.id, children: [{ id: left.id, children: [{ id: low.id, children: [] }] }] })
    expect((await storages.location.getTree()).map(({ id }) => id)).toEqual([other.id, top.id])
    expect(await storages.location.getTree('none')).toEqual([])
    const inside = await room(storages, low.id)
    await room(storages, other.id)
    expect(await storages.blackout.getDescendantRooms(top.id)).toEqual([inside])
    const record = await storages.conflict.create({ bookingAId: 'a', bookingBId: 'b', resolutionType: 'reject_new' })
    expect(await storages.conflict.findByBooking('b')).toEqual([record])
  })
})

describe('errors', () => {
  const codes: readonly RoomKitErrorCode[] = [
    'LOCATION_NOT_FOUND',
    'LOCATION_PATH_CONFLICT',
    'ROOM_NOT_FOUND',
    'CAPACITY_EXCEEDED',
    'BOOKING_NOT_FOUND',
    'BOOKING_CONFLICT',
    'PARTITION_CONFLICT',
    'INVALID_STATE_TRANSITION',
    'STALE_VERSION',
    'INVALID_TIME_RANGE',
    'RECURRENCE_CONFLICT',
    'EXAM_COHORT_OVERLAP',
    'BULK_OPERATION_PARTIAL',
    'BLACKOUT_CONFLICT',
    'CONFIG_KEY_INVALID',
    'IDEMPOTENCY_CONFLICT',
  ]

  test.each(codes)('%s has a class, a context and a sentence', (code) => {
    const name = `${code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Error`
    const Class = (everything as unknown as Record<string, new (context: object) => RoomKitError>)[name]
    if (!Class) throw new Error(`there is no class ${name}`)
    const context = { bookingId: 'b-1', conflictingBookingIds: [], idempotencyKey: 'a secret', key: 'a secret' }
    const error = new Class(context)
    expect(error).toBeInstanceOf(RoomKitError)
    expect(error).toMatchObject({ code, context })
    expect(error.message).toMatch(/^[A-Z0-9].{20,}\.$/)
    expect(error.message).not.toContain('a secret')
  })

  test("a host's own classes are what comes out", async () => {
    class HostsOwn extends Error {
      readonly context: object
      constructor(context: object) {
        super('mine')
        this.context = context
      }
    }
    const own = createRoomKitStorage(storage, { errors: { ROOM_NOT_FOUND: (context) => new HostsOwn(context) } })
    const call = own.booking.createWithConflictCheck(request('none'), checked)
    await expect(call).rejects.toThrow(HostsOwn)
    const { id } = await oneRoom(own)
    await own.booking.createWithConflictCheck(request(id), checked)
    await expect(own.booking.createWithConflictCheck(request(id), checked)).rejects.toThrow(BookingConflictError)
  })

  test('what RoomKit has no code for is a StorageError that names what is in the way', async () => {
    const { id } = await oneRoom(storages)
    const booking = await storages.booking.createWithConflictCheck(request(id), checked)
    const error = await storages.room.delete(id).catch((thrown: unknown) => thrown)
    expect(isStorageError(error, 'condition-failed') && error.data.ids).toEqual([booking.id])
    await expect(storages.recurrence.updateRule('none', {})).rejects.toMatchObject({ code: 'condition-failed' })
    await expect(storages.room.createPartition({ parentRoomId: id, childRoomId: id })).rejects.toMatchObject({
      code: 'invalid-value',
    })
  })
})

describe('inside a transaction that runs already', () => {
  test('a booking and an event commit together, or neither', async () => {
    const { id: roomId } = await oneRoom(storages)
    const bookAndTell = (fail: boolean) =>
      storage.transaction(async (tx) => {
        const booking = await createRoomKitStorage(tx).booking.createWithConflictCheck(request(roomId), checked)
        await tx.outbox('bookings').enqueue([{ payload: { bookingId: booking.id } }])
        if (fail) throw new Error('later')
        return booking
      })
    await expect(bookAndTell(true)).rejects.toThrow('later')
    const { id } = await bookAndTell(false)
    const messages = await storage.outbox('bookings').claim({ limit: 10, leaseMs: 1_000 })
    expect(messages.map(({ payload }) => payload)).toEqual([{ bookingId: id }])
    await expect(bookAndTell(false)).rejects.toMatchObject({ code: 'BOOKING_CONFLICT' })
  })
})
