import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { callsTo, type Request, storageNames, useService } from './client.ts'
import { at } from './moment.ts'

const service = useService()

describe.each(storageNames)('refusals on %s', (storage) => {
  const tenant = 'acme'
  const { addRoom, book } = callsTo(service, storage, tenant)

  async function refused(
    path: string,
    request: Request,
    status: number,
    code: string,
  ): Promise<Record<string, unknown>> {
    const reply = await service.request(`/${storage}${path}`, { tenant, ...request })
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
    expect(reply.body).toMatchObject({ type: `/problems/${code}`, status, code })
    expect(reply.status).toBe(status)
    expect(reply.body.title).toMatch(/\w/)
    expect(reply.body.detail).toMatch(/\.$/)
    return reply.body
  }

  const post = (body: unknown, key = '"k"'): Request => ({ method: 'POST', headers: { 'Idempotency-Key': key }, body })
  const slot = { roomId: 'r', guest: 'Ada', startsAt: at(9), endsAt: at(10) }

  test.each([
    ['no tenant', null, 'tenant-missing'],
    ['an empty tenant', '', 'tenant-missing'],
    ['a tenant with a blank', 'a b', 'tenant-invalid'],
    ['a tenant of 65 characters', 'a'.repeat(65), 'tenant-invalid'],
  ])('%s', async (_, given, code) => {
    for (const path of ['/rooms', '/bookings?roomId=r', '/bookings/b', '/deliveries']) {
      await refused(path, { tenant: given }, 400, code)
    }
    await refused('/bookings', { ...post(slot), tenant: given }, 400, code)
    await refused('/bookings/b', { method: 'PATCH', tenant: given, body: {} }, 400, code)
    await refused('/bookings/b/cancel', { method: 'POST', tenant: given }, 400, code)
    await refused('/races', { method: 'POST', tenant: given, body: {} }, 400, code)
  })

  test('an address or method that does not exist', async () => {
    await refused('/boats', {}, 404, 'not-found')
    await refused('/bookings/b', { method: 'PUT', body: {} }, 404, 'not-found')
  })

  test.each([
    ['not JSON', '{'],
    ['an empty body', ''],
    ['a list', []],
    ['null', 'null'],
    ['a text', '"x"'],
  ])('a body that is %s', async (_, body) => {
    await refused('/bookings', post(body), 400, 'malformed-body')
    await refused('/bookings/b', { method: 'PATCH', body }, 400, 'malformed-body')
    await refused('/rooms', { method: 'POST', body }, 400, 'malformed-body')
  })

  test('a body of more than 16 kB', async () => {
    await refused('/bookings', post({ ...slot, guest: 'a'.repeat(20_000) }), 413, 'body-too-large')
  })

  test.each([
    ['a missing guest', { guest: undefined }, 'guest'],
    ['a blank guest', { guest: ' ' }, 'guest'],
    ['a guest who is a number', { guest: 7 }, 'guest'],
    ['a guest of 201 characters', { guest: 'a'.repeat(201) }, 'guest'],
    ['a guest with NUL', { guest: 'a\u0000' }, 'guest'],
    ['a guest with half a character', { guest: 'a\ud800' }, 'guest'],
    ['a property too many', { status: 'cancelled' }, 'status'],
    ['an own __proto__', JSON.parse('{"__proto__": {}}'), '__proto__'],
    ['a start without a zone', { startsAt: '2026-02-28T09:00:00' }, 'startsAt'],
    ['a start on no day', { startsAt: '2026-13-28T09:00:00Z' }, 'startsAt'],
    ['a start in microseconds', { startsAt: '2026-02-28T09:00:00.000001Z' }, 'startsAt'],
    ['an end that is a number', { endsAt: 1 }, 'endsAt'],
    ['a tenant of the body', { tenantId: 'demo' }, 'tenantId'],
  ])('a booking with %s', async (_, change, property) => {
    const body = JSON.stringify({ roomId: await addRoom(), guest: 'Ada', startsAt: at(9), endsAt: at(10), ...change })
    const text = property === '__proto__' ? body.replace('{', '{"__proto__":{},') : body
    const reply = await service.request(`/${storage}/bookings`, { tenant, ...post(text, `"${randomUUID()}"`) })
    expect(reply.status).toBe(422)
    expect(reply.body.property).toBe(property)
    expect(['invalid-body', 'invalid-value']).toContain(reply.body.code)
  })

  test('an end that is not after the start', async () => {
    const roomId = await addRoom()
    for (const hour of [9, 8]) {
      const reply = await book({ roomId, from: at(9), until: at(hour) })
      expect(reply.body).toMatchObject({ status: 422, code: 'invalid-value' })
    }
    const { body } = await book({ roomId, from: at(9), until: at(10) })
    const change = { version: 1, startsAt: at(9), endsAt: at(9) }
    await refused(`/bookings/${body.id}`, { method: 'PATCH', body: change }, 422, 'invalid-value')
  })

  test('a room or booking that does not exist', async () => {
    await refused('/bookings', post({ ...slot, roomId: 'nowhere' }, '"404"'), 404, 'room-not-found')
    await refused('/bookings?roomId=nowhere', {}, 404, 'room-not-found')
    await refused('/races', { method: 'POST', body: { roomId: 'nowhere', day: '2026-02-28' } }, 404, 'room-not-found')
    const change = { version: 1, startsAt: at(9), endsAt: at(10) }
    for (const id of ['nowhere', '%00', 'a'.repeat(600)]) {
      await refused(`/bookings/${id}`, {}, 404, 'booking-not-found')
      await refused(`/bookings/${id}`, { method: 'PATCH', body: change }, 404, 'booking-not-found')
      await refused(`/bookings/${id}/cancel`, { method: 'POST' }, 404, 'booking-not-found')
    }
  })

  test('a reschedule without a version, or with one that is no number', async () => {
    const { body } = await book({ roomId: await addRoom(), from: at(9), until: at(10) })
    for (const version of [undefined, null, '1', 1.5]) {
      const change = { version, startsAt: at(11), endsAt: at(12) }
      const problem = await refused(`/bookings/${body.id}`, { method: 'PATCH', body: change }, 422, 'invalid-body')
      expect(problem.property).toBe('version')
    }
  })

  test('a list that cannot be made', async () => {
    const roomId = await addRoom()
    const list = (more: string) => `/bookings?roomId=${roomId}${more}`
    await refused('/bookings', {}, 400, 'invalid-parameter')
    for (const day of ['', 'today', '2026-02-30', '2026-2-3', '+012026-01-01']) {
      await refused(list(`&day=${encodeURIComponent(day)}`), {}, 400, 'invalid-parameter')
    }
    await refused(list('&limit=101'), {}, 400, 'invalid-parameter')
    for (const limit of ['0', '-1', '1.5', 'all']) await refused(list(`&limit=${limit}`), {}, 400, 'invalid-query')
    for (const cursor of ['x', 'AAAA', '%00']) await refused(list(`&cursor=${cursor}`), {}, 400, 'invalid-cursor')
  })

  test('a race on no day, or on a day that is full', async () => {
    const roomId = await addRoom()
    await refused('/races', { method: 'POST', body: { roomId, day: 'today' } }, 422, 'invalid-body')
    await book({ roomId, from: at(0), until: at(24) })
    await refused('/races', { method: 'POST', body: { roomId, day: '2026-02-28' } }, 409, 'day-full')
  })
})

test('the type of a problem leads to its title', async () => {
  const known = await service.request('/problems/overlap')
  expect([known.status, known.text]).toEqual([200, 'The slot is taken.\n'])
  expect((await service.request('/problems/nonsense')).status).toBe(404)
  expect((await service.request('/problems/constructor')).status).toBe(404)
})
