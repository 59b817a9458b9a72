import type { ClaimedMessage, Outbox } from '@portolan/ports'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OutboxMessage, redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'

const scanBound = 400
let place: Place
let now = Date.parse('2026-01-01T00:00:00.000Z')
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

async function open(): Promise<Outbox> {
  const storage = redisStorage(place.client, { entities: [OutboxMessage], scanBound, clock: () => now })
  await storage.schema.apply()
  return storage.outbox()
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const numbersOf = (messages: readonly { readonly payload: unknown }[]): number[] =>
  messages.map(({ payload }) => Number(payload))

test('with far more messages under lease than a query may read, claims and lists go on, oldest first', async () => {
  const outbox = await open()
  for (const batch of upTo(10)) {
    await outbox.enqueue(upTo(200).map((index) => ({ topic: index % 2 ? 'odd' : 'even', payload: batch })))
    now++
  }
  const leased: ClaimedMessage[] = []
  for (const _ of upTo(6)) leased.push(...(await outbox.claim({ limit: 200, leaseMs: 60_000 })))
  expect(numbersOf(leased)).toEqual(upTo(1_200).map((index) => Math.floor(index / 200)))
  const expiring = [700, 900].flatMap((index) => leased[index] ?? [])
  await outbox.extend(expiring, 1_000)
  now += 2_000

  const ids = (messages: readonly { readonly id: string }[]): string[] => messages.map(({ id }) => id)
  const listed = await outbox.list({ state: 'due', limit: 4 })
  expect(numbersOf(listed.items)).toEqual([3, 4, 6, 6])
  const claimed = await outbox.claim({ limit: 4, leaseMs: 60_000 })
  expect(ids(claimed)).toEqual(ids(listed.items))
  expect(ids(claimed).slice(0, 2)).toEqual(ids(expiring))
  expect(numbersOf((await outbox.list({ state: 'due', limit: 2 })).items)).toEqual([6, 6])
})
