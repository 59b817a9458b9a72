import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { callsTo, type Reply, storageNames, useService } from './client.ts'
import { at } from './moment.ts'

const service = useService()

describe.each(storageNames)('the hall that splits into two rooms, on %s', (storage) => {
  const { book } = callsTo(service, storage, 'demo')

  async function hall(): Promise<{ whole: string; east: string; west: string }> {
    const { items } = (await service.request(`/${storage}/rooms`)).body
    const idOf = (code: string) => items.find((room: { code: string }) => room.code === code).id
    return { whole: idOf('harbour-hall'), east: idOf('harbour-hall-east'), west: idOf('harbour-hall-west') }
  }

  test('is listed with what shares its space', async () => {
    const { whole, east, west } = await hall()
    const { items } = (await service.request(`/${storage}/rooms`)).body
    const sharesWith = (id: string) => items.find((room: { id: string }) => room.id === id).sharesSpaceWith
    expect(sharesWith(whole)).toEqual([east, west].sort())
    expect(sharesWith(east)).toEqual([whole])
    expect(sharesWith(west)).toEqual([whole])
  })

  test('is not for who needs it whole while a part is booked, and the other way round', async () => {
    const { whole, east, west } = await hall()
    const inEast = await book({ roomId: east, from: at(9), until: at(10) })
    expect((await book({ roomId: west, from: at(9), until: at(10) })).status).toBe(201)
    const refused = await book({ roomId: whole, from: at(9, 30), until: at(11) })
    expect(refused.body).toMatchObject({ status: 409, code: 'overlap', title: 'The slot is taken' })
    expect([east, west]).toContain(refused.body.roomInTheWay)
    const inWhole = await book({ roomId: whole, from: at(10), until: at(11) })
    const move = { version: 1, startsAt: at(10), endsAt: at(11) }
    const moved = await service.request(`/${storage}/bookings/${inEast.body.id}`, { method: 'PATCH', body: move })
    expect(moved.body).toMatchObject({
      status: 409,
      code: 'overlap',
      bookingInTheWay: inWhole.body.id,
      roomInTheWay: whole,
    })
  })

  test('of callers for the hall and for its parts either one has the hall or one each part', async () => {
    const { whole, east, west } = await hall()
    for (let round = 0; round < 3; round += 1) {
      const slot = { from: at(24 * (round + 1)), until: at(24 * (round + 1) + 1) }
      const places = [whole, east, west]
      const replies = await Promise.all(
        Array.from({ length: 18 }, (_, n) => book({ ...slot, roomId: places[n % 3] ?? '', key: randomUUID() })),
      )
      const winners = replies.filter(({ status }: Reply) => status === 201).map(({ body }) => body.roomId)
      expect([[whole], [east, west].sort()]).toContainEqual(winners.sort())
      for (const { status, body } of replies) if (status !== 201) expect(body.code).toBe('overlap')
    }
  })

  test("the page shows a part's bookings with the hall's, by the part's name", async () => {
    const { east } = await hall()
    const guest = `Guest in the east of ${storage}`
    await book({ roomId: east, from: at(13), until: at(14), guest })
    const { text } = await service.request('/?room=harbour-hall&day=2026-02-28')
    expect(text).toContain(`${guest} <em>in Harbour Hall, east</em>`)
  })
})
