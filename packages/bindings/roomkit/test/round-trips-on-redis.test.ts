import { startProxy } from '@portolan/conformance'
import { isFound, redis } from '@portolan-tooling/test-servers'
import { notRun } from '@portolan-tooling/test-servers/vitest'
import { describe, expect, test } from 'vitest'
import { createRoomKitStorage } from '../src/index.ts'
import { at, checked, hall, oneRoom, request } from '../src/suite/given.ts'
import { connect } from './on-redis.ts'

const found = await redis()

describe('round trips on Redis', () => {
  if (!isFound(found)) {
    test('of making and changing bookings', (context) => notRun(found, context))
    return
  }

  test('of making and changing bookings', async () => {
    const place = await found.createPlace()
    const proxy = await startProxy(found.address)
    const { host, port } = proxy
    const { client, storage } = connect(Object.assign(new URL(place), { host: `${host}:${port}` }).href)
    await storage.schema.apply()
    const storages = createRoomKitStorage(storage)
    const { id: plain } = await oneRoom(storages)
    const { id: buffered } = await oneRoom(storages, { setupBufferMinutes: 10 })
    const { hall: whole, left } = await hall(storages)
    const book = (roomId: string, hour: number, more: object = {}) =>
      storages.booking.createWithConflictCheck(
        request(roomId, { startsAt: at(hour), endsAt: at(hour + 1), ...more }),
        checked,
      )
    const first = await book(plain, 0, { idempotencyKey: 'k' })
    const refused = (call: (hour: number) => Promise<unknown>, code: string) => (hour: number) =>
      expect(call(hour)).rejects.toThrow(expect.objectContaining({ code }))
    const { updateWithVersion, transition, findById, findByRoom, findOverlapping } = storages.booking
    const steps = ['confirmed', 'in_progress'] as const

    /** Each is called twice, since a server has to be told each script once; the second call counts. */
    const calls: Record<string, readonly [turns: number, call: (hour: number) => Promise<unknown>]> = {
      'create: hold the room, insert, commit': [3, (hour) => book(plain, hour)],
      'create, with buffers: and look around': [4, (hour) => book(buffered, hour)],
      'create, with related rooms: and hold the pairs, look around': [6, (hour) => book(whole.id, hour)],
      'create, refused by the room': [3, refused(() => book(plain, 0), 'BOOKING_CONFLICT')],
      'create, refused by the key': [3, refused(() => book(plain, 0, { idempotencyKey: 'k' }), 'IDEMPOTENCY_CONFLICT')],
      'create, refused by a related room': [6, refused((hour) => book(left.id, hour), 'PARTITION_CONFLICT')],
      'update that does not move': [1, (hour) => updateWithVersion(first.id, { title: 'x' }, hour / 2 - 4)],
      'update, stale': [1, refused(() => updateWithVersion(first.id, { title: 'x' }, 1), 'STALE_VERSION')],
      'update that moves: read, hold the room, look at the booking and around it, commit': [
        5,
        (hour) => updateWithVersion(first.id, { startsAt: at(hour + 10), endsAt: at(hour + 11) }, hour / 2 - 2),
      ],
      'transition: read, write, audit, commit': [
        4,
        (hour) => transition(first.id, steps[hour / 2 - 5] ?? 'cancelled', { triggeredBy: 'x' }),
      ],
      findById: [1, () => findById(first.id)],
      findOverlapping: [1, () => findOverlapping(plain, at(9), at(10))],
      findByRoom: [1, () => findByRoom(plain, { startsAt: at(0), endsAt: at(24) })],
    }
    const measured: Record<string, number> = {}
    try {
      for (const [name, [, call]] of Object.entries(calls)) {
        await call(10)
        const before = proxy.turns()
        await call(12)
        measured[name] = proxy.turns() - before
      }
      expect(proxy.connections(), 'connections').toBe(1)
    } finally {
      await client.quit()
      await proxy.close()
      await found.removePlace(place)
    }
    expect(measured).toEqual(Object.fromEntries(Object.entries(calls).map(([name, [turns]]) => [name, turns])))
  })
})
