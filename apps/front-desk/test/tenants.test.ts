import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { callsTo, storageNames, until, useService } from './client.ts'
import { at } from './moment.ts'

const service = useService()

describe.each(storageNames)('tenants on %s', (storage) => {
  const ours = callsTo(service, storage, 'ours')
  const theirs = callsTo(service, storage, 'theirs')
  const asTheirs = (path: string, method = 'GET', body?: unknown) =>
    service.request(`/${storage}${path}`, {
      method,
      tenant: 'theirs',
      headers: { 'Idempotency-Key': randomUUID() },
      body,
    })

  test('who guesses the ids of another tenant finds nothing and changes nothing', async () => {
    const roomId = await ours.addRoom()
    const { body: booking } = await ours.book({ roomId, from: at(9), until: at(10) })
    const change = { version: 1, startsAt: at(11), endsAt: at(12) }
    const attempts = [
      await asTheirs(`/bookings/${booking.id}`),
      await asTheirs(`/bookings/${booking.id}`, 'PATCH', change),
      await asTheirs(`/bookings/${booking.id}/cancel`, 'POST'),
      await asTheirs(`/bookings?roomId=${roomId}`),
      await asTheirs('/bookings', 'POST', { roomId, guest: 'Eve', startsAt: at(13), endsAt: at(14) }),
      await asTheirs('/races', 'POST', { roomId, day: '2026-02-28' }),
    ]
    for (const { status, body } of attempts) {
      expect([status, body.code]).toEqual([404, expect.stringMatching(/^(room|booking)-not-found$/)])
    }
    const found = await service.request(`/${storage}/bookings/${booking.id}`, { tenant: 'ours' })
    expect(found.body).toEqual(booking)
    expect((await ours.list(roomId)).body.items).toEqual([booking])
  })

  test('a foreign id and an id that nobody has are told apart by nothing', async () => {
    const { body: booking } = await ours.book({ roomId: await ours.addRoom(), from: at(9), until: at(10) })
    const guessed = await asTheirs(`/bookings/${booking.id}`)
    expect(guessed.text).toBe((await asTheirs(`/bookings/${randomUUID()}`)).text)
  })

  test('rooms are listed for their tenant alone, and a code may be used by both', async () => {
    const room = { code: `shared-${storage}`, name: 'Shared name', seats: 2 }
    const [first, second] = await Promise.all(
      ['ours', 'theirs'].map((tenant) => service.request(`/${storage}/rooms`, { method: 'POST', tenant, body: room })),
    )
    expect([first?.status, second?.status]).toEqual([201, 201])
    const listed = (await asTheirs('/rooms')).body.items.map(({ id }: { id: string }) => id)
    expect(listed).toContain(second?.body.id)
    expect(listed).not.toContain(first?.body.id)
  })

  test('the same slot in rooms of two tenants is two slots', async () => {
    const [one, other] = [await ours.addRoom(), await theirs.addRoom()]
    expect((await ours.book({ roomId: one, from: at(9), until: at(10) })).status).toBe(201)
    expect((await theirs.book({ roomId: other, from: at(9), until: at(10) })).status).toBe(201)
  })

  test("a cursor of one tenant opens nothing but the caller's own list", async () => {
    const roomId = await ours.addRoom()
    for (const hour of [9, 11, 13]) await ours.book({ roomId, from: at(hour), until: at(hour + 1) })
    const { nextCursor } = (await ours.list(roomId, '&limit=1')).body
    const cursor = encodeURIComponent(nextCursor)
    expect((await theirs.list(roomId, `&cursor=${cursor}`)).body.code).toBe('room-not-found')
    const foreignRoom = await theirs.addRoom()
    const { body: booking } = await theirs.book({ roomId: foreignRoom, from: at(15), until: at(16) })
    const { status, body } = await theirs.list(foreignRoom, `&cursor=${cursor}`)
    if (status === 200) expect(body.items).toEqual([booking])
    else expect(body).toMatchObject({ status: 400, code: 'invalid-cursor' })
  })

  test('deliveries are shown to their tenant alone', async () => {
    const roomId = await ours.addRoom()
    const { body: booking } = await ours.book({ roomId, from: at(9), until: at(10) })
    const idsOf = async (tenant: string): Promise<string[]> => {
      const { body } = await service.request(`/${storage}/deliveries`, { tenant })
      return body.items.map(({ payload }: { payload: { bookingId: string } }) => payload.bookingId)
    }
    await until(async () => (await idsOf('ours')).includes(booking.id), 'the delivery')
    expect(await idsOf('theirs')).not.toContain(booking.id)
  })
})
