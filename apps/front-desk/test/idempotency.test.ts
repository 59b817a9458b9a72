import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { callsTo, storageNames, useService } from './client.ts'
import { at } from './moment.ts'

const service = useService()

describe.each(storageNames)('Idempotency-Key on %s', (storage) => {
  const tenant = 'acme'
  const { addRoom, book, list } = callsTo(service, storage, tenant)

  const post = (header: string | null, body: object) =>
    service.request(`/${storage}/bookings`, {
      method: 'POST',
      tenant,
      headers: header === null ? {} : { 'Idempotency-Key': header },
      body,
    })

  test('a missing or malformed key is 400, before anything is booked', async () => {
    const roomId = await addRoom()
    const body = { roomId, guest: 'Ada', startsAt: at(9), endsAt: at(10) }
    expect((await post(null, body)).body).toMatchObject({ status: 400, code: 'idempotency-key-missing' })
    for (const header of ['""', '"a', 'a"b', '"a"; p=1', 'a, b', '"a\\b"']) {
      expect((await post(header, body)).body, header).toMatchObject({ status: 400, code: 'idempotency-key-malformed' })
    }
    expect((await list(roomId)).body.items).toEqual([])
  })

  test('a repeat gets the stored response, byte for byte', async () => {
    const roomId = await addRoom()
    const request = { roomId, from: at(9), until: at(10), key: randomUUID() }
    const first = await book(request)
    expect(first.headers.get('Idempotency-Replayed')).toBeNull()
    const again = await book(request)
    expect([again.status, again.text]).toEqual([201, first.text])
    expect(again.headers.get('Location')).toBe(first.headers.get('Location'))
    expect(again.headers.get('Idempotency-Replayed')).toBe('true')
    await service.request(`/${storage}/bookings/${first.body.id}/cancel`, { method: 'POST', tenant })
    expect((await book(request)).text).toBe(first.text)
    expect((await list(roomId)).body.items).toEqual([])
  })

  test('quotes, and the same content written another way, make no other request', async () => {
    const roomId = await addRoom()
    const key = randomUUID()
    const first = await post(`"${key}"`, { roomId, guest: 'Ada', startsAt: at(9), endsAt: at(10) })
    const again = await post(key, { endsAt: '2026-02-28T11:00+01:00', startsAt: at(9), guest: 'Ada', roomId })
    expect(again.headers.get('Idempotency-Replayed')).toBe('true')
    expect(again.text).toBe(first.text)
  })

  test('a refusal is the answer to every repeat, also when the slot has become free', async () => {
    const roomId = await addRoom()
    const winner = await book({ roomId, from: at(9), until: at(10) })
    const request = { roomId, from: at(9), until: at(10), key: randomUUID() }
    const refused = await book(request)
    await service.request(`/${storage}/bookings/${winner.body.id}/cancel`, { method: 'POST', tenant })
    const again = await book(request)
    expect([again.status, again.text]).toEqual([409, refused.text])
    expect(again.headers.get('Content-Type')).toBe('application/problem+json')
    expect((await book({ ...request, key: randomUUID() })).status).toBe(201)
  })

  test('a key with another content is 422', async () => {
    const roomId = await addRoom()
    const key = randomUUID()
    await book({ roomId, from: at(9), until: at(10), key })
    const other = await book({ roomId, from: at(11), until: at(12), key })
    expect(other.body).toMatchObject({ status: 422, code: 'idempotency-key-reused' })
    expect((await list(roomId)).body.items).toHaveLength(1)
  })

  test('a request that does not fit leaves its key free', async () => {
    const roomId = await addRoom()
    const key = randomUUID()
    expect((await post(key, { roomId, guest: '', startsAt: at(9), endsAt: at(10) })).status).toBe(422)
    expect((await post(key, { roomId, guest: 'Ada', startsAt: at(9), endsAt: at(10) })).status).toBe(201)
  })

  test('one key of two tenants is two keys', async () => {
    const key = randomUUID()
    const other = callsTo(service, storage, 'globex')
    const first = await book({ roomId: await addRoom(), from: at(9), until: at(10), key })
    const second = await other.book({ roomId: await other.addRoom(), from: at(9), until: at(10), key })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body.id).not.toBe(first.body.id)
  })

  test('16 requests of one key at once make one booking', async () => {
    for (let round = 0; round < 5; round += 1) {
      const roomId = await addRoom()
      const request = { roomId, from: at(9), until: at(10), key: randomUUID() }
      const replies = await Promise.all(Array.from({ length: 16 }, () => book(request)))
      const { items } = (await list(roomId)).body
      expect(items).toHaveLength(1)
      const fresh = replies.filter(({ status, headers }) => status === 201 && !headers.has('Idempotency-Replayed'))
      expect(fresh).toHaveLength(1)
      for (const reply of replies) {
        if (reply.status === 201) expect(reply.body).toEqual(items[0])
        else {
          expect(reply.body).toMatchObject({ status: 409, code: 'idempotency-key-in-use' })
          expect(reply.headers.get('Retry-After')).toBe('1')
        }
      }
      expect((await book(request)).body).toEqual(items[0])
    }
  })
})
