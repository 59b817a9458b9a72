import { describe, expect, test } from 'vitest'
import { callsTo, storageNames, useService } from './client.ts'
import { at } from './moment.ts'

const service = useService()
const racers = 20
const rounds = 5

describe.each(storageNames)('races on %s', (storage) => {
  const tenant = 'acme'
  const { addRoom, book, list } = callsTo(service, storage, tenant)

  test('of 20 requests for one slot one wins and 19 learn who has it', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const roomId = await addRoom()
      const slot = { roomId, from: at(9), until: at(10) }
      const replies = await Promise.all(
        Array.from({ length: racers }, (_, n) => book({ ...slot, guest: `Guest ${n}` })),
      )
      const winners = replies.filter(({ status }) => status === 201)
      expect(winners).toHaveLength(1)
      const { id } = winners[0]?.body ?? {}
      for (const { body } of replies.filter(({ status }) => status !== 201)) {
        expect(body).toMatchObject({ status: 409, code: 'overlap', detail: `The slot is taken by booking ${id}.` })
      }
      expect((await list(roomId)).body.items.map((item: { id: string }) => item.id)).toEqual([id])
    }
  })

  test('of 20 requests for overlapping slots those that stand do not overlap', async () => {
    const roomId = await addRoom()
    const starts = Array.from({ length: racers }, (_, n) => 15 * n)
    await Promise.all(starts.map((minutes) => book({ roomId, from: at(8, minutes), until: at(9, minutes) })))
    const items: { startsAt: string; endsAt: string }[] = (await list(roomId, '&limit=100')).body.items
    expect(items.length).toBeGreaterThan(1)
    for (const [index, item] of items.entries()) {
      const next = items[index + 1]
      if (next) expect(item.endsAt <= next.startsAt).toBe(true)
    }
  })

  test('of 20 who move one booking by the version they have seen one does', async () => {
    const roomId = await addRoom()
    const { body: booking } = await book({ roomId, from: at(0), until: at(0, 30) })
    const replies = await Promise.all(
      Array.from({ length: racers }, (_, n) =>
        service.request(`/${storage}/bookings/${booking.id}`, {
          method: 'PATCH',
          tenant,
          body: { version: 1, startsAt: at(n + 1), endsAt: at(n + 1, 30) },
        }),
      ),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const { body } of replies.filter(({ status }) => status !== 200)) {
      expect(body).toMatchObject({ status: 409, code: 'stale-version', expected: 1, actual: 2 })
    }
  })

  test('new bookings against bookings that move to the same slot: one has it', async () => {
    const roomId = await addRoom()
    const movers = await Promise.all(
      Array.from({ length: racers / 2 }, (_, n) => book({ roomId, from: at(0, n), until: at(0, n + 1) })),
    )
    const replies = await Promise.all(
      movers.flatMap(({ body: { id } }) => [
        book({ roomId, from: at(9), until: at(10) }),
        service.request(`/${storage}/bookings/${id}`, {
          method: 'PATCH',
          tenant,
          body: { version: 1, startsAt: at(9), endsAt: at(10) },
        }),
      ]),
    )
    expect(replies.filter(({ status }) => status < 300)).toHaveLength(1)
    for (const { body } of replies.filter(({ status }) => status >= 300)) expect(body.code).toBe('overlap')
  })

  test('of 20 who cancel one booking one does', async () => {
    const { body: booking } = await book({ roomId: await addRoom(), from: at(9), until: at(10) })
    const replies = await Promise.all(
      Array.from({ length: racers }, () =>
        service.request(`/${storage}/bookings/${booking.id}/cancel`, { method: 'POST', tenant }),
      ),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const { body } of replies.filter(({ status }) => status !== 200)) expect(body.code).toBe('condition-failed')
  })

  test("the page's race books the first free hour for one of 20 callers", async () => {
    const roomId = await addRoom()
    const taken = await book({ roomId, from: at(8, 30), until: at(9, 30) })
    const race = () =>
      service.request(`/${storage}/races`, { method: 'POST', tenant, body: { roomId, day: '2026-02-28' } })
    const { status, body } = await race()
    expect(status).toBe(200)
    expect(body.slot).toEqual({ roomId, startsAt: at(10), endsAt: at(11) })
    expect(body.racers.map(({ caller }: { caller: number }) => caller).sort((a: number, b: number) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 1),
    )
    const winners = body.racers.filter(({ won }: { won: boolean }) => won)
    expect(winners).toHaveLength(1)
    const { caller, bookingId } = winners[0]
    for (const racer of body.racers) {
      if (racer.won) expect(racer.message).toBe(`has the slot: booking ${bookingId}`)
      else expect(racer).toMatchObject({ bookingId, message: `slot taken by booking ${bookingId}` })
    }
    const { items } = (await list(roomId)).body
    expect(items.map((item: { id: string }) => item.id)).toEqual([taken.body.id, bookingId])
    expect(items[1].guest).toBe(`Caller ${caller}`)
    expect((await race()).body.slot.startsAt).toBe(at(11))
  })
})
