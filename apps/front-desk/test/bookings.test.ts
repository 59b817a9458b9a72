import { describe, expect, test } from 'vitest'
import { callsTo, storageNames, useService } from './client.ts'
import { at } from './moment.ts'

const service = useService()

describe.each(storageNames)('bookings on %s', (storage) => {
  const { addRoom, book, list } = callsTo(service, storage, 'acme')
  const path = `/${storage}/bookings`
  const tenant = 'acme'

  test('a booking is created, found at its location and listed', async () => {
    const roomId = await addRoom()
    const created = await book({ roomId, from: at(9), until: at(10), guest: 'Grace' })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({ roomId, guest: 'Grace', startsAt: at(9), endsAt: at(10), version: 1 })
    expect(created.body).toMatchObject({ tenantId: tenant, status: 'confirmed' })
    expect(created.headers.get('Location')).toBe(`${path}/${created.body.id}`)
    const found = await service.request(`${path}/${created.body.id}`, { tenant })
    expect(found.body).toEqual(created.body)
    expect((await list(roomId)).body).toEqual({ items: [created.body], nextCursor: null })
  })

  test('moments with an offset are the same moments in UTC', async () => {
    const roomId = await addRoom()
    const created = await book({ roomId, from: '2026-02-28T10:00+01:00', until: '2026-02-28T09:30:00Z' })
    expect(created.body).toMatchObject({ startsAt: at(9), endsAt: at(9, 30) })
  })

  test('bookings that touch do not overlap', async () => {
    const roomId = await addRoom()
    expect((await book({ roomId, from: at(9), until: at(10) })).status).toBe(201)
    expect((await book({ roomId, from: at(10), until: at(11) })).status).toBe(201)
    expect((await book({ roomId, from: at(8), until: at(9) })).status).toBe(201)
  })

  test('a taken slot is refused with the booking in the way', async () => {
    const roomId = await addRoom()
    const first = await book({ roomId, from: at(9), until: at(11) })
    const second = await book({ roomId, from: at(10), until: at(12) })
    expect(second.status).toBe(409)
    expect(second.headers.get('Content-Type')).toBe('application/problem+json')
    expect(second.body).toEqual({
      type: '/problems/overlap',
      title: 'The slot is taken',
      status: 409,
      detail: `The slot is taken by booking ${first.body.id}.`,
      code: 'overlap',
      bookingInTheWay: first.body.id,
    })
  })

  test('a booking is rescheduled by the version that the caller has seen', async () => {
    const roomId = await addRoom()
    const { body: booking } = await book({ roomId, from: at(9), until: at(10) })
    const move = (version: number, from: string, until: string) =>
      service.request(`${path}/${booking.id}`, {
        method: 'PATCH',
        tenant,
        body: { version, startsAt: from, endsAt: until },
      })
    const moved = await move(1, at(13), at(14))
    expect(moved.status).toBe(200)
    expect(moved.body).toMatchObject({ id: booking.id, startsAt: at(13), endsAt: at(14), version: 2, guest: 'Ada' })
    const late = await move(1, at(15), at(16))
    expect(late.status).toBe(409)
    expect(late.body).toMatchObject({ code: 'stale-version', expected: 1, actual: 2 })
    expect((await book({ roomId, from: at(9), until: at(10) })).status).toBe(201)
    const ontoAnother = await move(2, at(9, 30), at(10, 30))
    expect(ontoAnother.body).toMatchObject({ status: 409, code: 'overlap' })
    expect((await service.request(`${path}/${booking.id}`, { tenant })).body).toEqual(moved.body)
  })

  test('a cancelled booking gives its slot free, and is neither cancelled nor moved again', async () => {
    const roomId = await addRoom()
    const { body: booking } = await book({ roomId, from: at(9), until: at(10) })
    const cancel = () => service.request(`${path}/${booking.id}/cancel`, { method: 'POST', tenant })
    const cancelled = await cancel()
    expect(cancelled.status).toBe(200)
    expect(cancelled.body).toMatchObject({ status: 'cancelled', version: 2 })
    expect((await cancel()).body).toMatchObject({
      status: 409,
      code: 'condition-failed',
      detail: 'It is cancelled already.',
    })
    const body = { version: 2, startsAt: at(11), endsAt: at(12) }
    const moved = await service.request(`${path}/${booking.id}`, { method: 'PATCH', tenant, body })
    expect(moved.body).toMatchObject({ status: 409, code: 'condition-failed' })
    const next = await book({ roomId, from: at(9), until: at(10) })
    expect(next.status).toBe(201)
    expect((await list(roomId)).body.items).toEqual([next.body])
    expect((await service.request(`${path}/${booking.id}`, { tenant })).body).toEqual(cancelled.body)
  })

  test('pages visit every booking once, in order', async () => {
    const roomId = await addRoom()
    for (const hour of [17, 3, 9, 11, 5, 7, 15, 13, 1]) await book({ roomId, from: at(hour), until: at(hour + 1) })
    const seen: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const more: string = cursor === null ? '&limit=4' : `&limit=4&cursor=${encodeURIComponent(cursor)}`
      const { body } = await list(roomId, more)
      seen.push(...body.items.map((item: { startsAt: string }) => item.startsAt))
      cursor = body.nextCursor
      pages += 1
    } while (cursor !== null)
    expect(seen).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17].map((hour) => at(hour)))
    expect(pages).toBe(3)
  })

  test('a day holds the bookings that touch it', async () => {
    const roomId = await addRoom()
    await book({ roomId, from: at(-3), until: at(-2) })
    const before = await book({ roomId, from: at(-1), until: at(1) })
    const within = await book({ roomId, from: at(9), until: at(10) })
    await book({ roomId, from: at(24), until: at(25) })
    const { body } = await list(roomId, '&day=2026-02-28')
    expect(body.items).toEqual([before.body, within.body])
  })
})

describe.each(storageNames)('rooms on %s', (storage) => {
  test('the demo tenant has its rooms, by name', async () => {
    const { body } = await service.request(`/${storage}/rooms`)
    expect(body.items.map((room: { name: string }) => room.name)).toEqual([
      'Harbour Hall',
      'Harbour Hall, east',
      'Harbour Hall, west',
      'Lighthouse',
      'Quay',
    ])
  })

  test('a room of a code that exists is refused and names it', async () => {
    const room = { code: 'attic', name: 'Attic', seats: 3 }
    const add = () => service.request(`/${storage}/rooms`, { method: 'POST', tenant: 'acme', body: room })
    const first = await add()
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ ...room, tenantId: 'acme' })
    const second = await add()
    expect(second.body).toMatchObject({ status: 409, code: 'duplicate', existing: first.body.id })
  })
})
