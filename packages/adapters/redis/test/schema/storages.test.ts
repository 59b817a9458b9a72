import { isStorageError, type Storage } from '@portolan/ports'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import { redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'
import { at, NewerVisit, OlderVisit, visits } from './visits.ts'
import { expectWhole } from './whole.ts'

let place: Place
const clients: Redis[] = []
beforeEach(async () => {
  for (const client of clients.splice(0)) client.disconnect()
  await place?.close()
  place = await openPlace()
})
afterAll(async () => {
  for (const client of clients) client.disconnect()
  await place.close()
})

function opened(entity: typeof OlderVisit | typeof NewerVisit): Storage {
  const client = new Redis(place.url)
  clients.push(client)
  return redisStorage(client as RedisClient, { entities: [entity], prefix: 'p', timeoutMs: 30_000 })
}

const ofTenant = (wanted: string) =>
  visits(3_000)
    .filter(({ tenant }) => tenant === wanted)
    .map(({ tenant: _, hour, ...visit }) => ({ ...visit, from: at(hour), till: at(hour + 1) }))

test('old storages write in every way, alone and in transactions, while a newer one applies: what is stored is whole', {
  timeout: 120_000,
}, async () => {
  const first = opened(OlderVisit)
  await first.schema.apply()
  for (const tenant of ['a', 'b']) {
    await first.repository(OlderVisit, { tenant }).insertMany(ofTenant(tenant))
  }
  let applying = true
  const write = async (racer: number): Promise<number> => {
    const storage = opened(OlderVisit)
    const tenant = racer % 2 === 0 ? 'a' : 'b'
    const own = ofTenant(tenant).filter((_, index) => (index >> 1) % 3 === racer >> 1)
    const one = storage.repository(OlderVisit, { tenant })
    let step = 0
    for (; applying || step < 10; step++) {
      const [source, target] = [own[2 * step], own[2 * step + 1]]
      if (!source || !target) break
      const fresh = {
        code: `${racer}-${step}`,
        room: `${racer}-${step}`,
        from: at(50_000 + step),
        till: at(50_001 + step),
      }
      await one.update(source.id, fresh)
      await storage.transaction(async (tx) => {
        const inside = tx.repository(OlderVisit, { tenant })
        await inside.delete(target.id)
        await inside.insert({ ...target, id: `${target.id}-${step}`, code: source.code })
      })
      await one.updateMany({ where: { code: fresh.code }, patch: { state: 'off' } })
      await one.deleteMany({ where: { room: `${racer}-${step - 1}` } })
    }
    return step
  }
  const racers = Array.from({ length: 6 }, (_, racer) => write(racer))
  const young = opened(NewerVisit)
  await young.schema.apply().finally(() => {
    applying = false
  })
  for (const steps of await Promise.all(racers)) expect(steps).toBeGreaterThanOrEqual(10)
  await expectWhole(place.client)
  expect(await young.schema.verify()).toEqual([])
})

test('after FLUSHALL each kind of call is schema-mismatch, and none answers as if the store were empty', async () => {
  const storage = opened(NewerVisit)
  await storage.schema.apply()
  const one = storage.repository(NewerVisit, { tenant: 'a' })
  await one.insert({ id: 'id', code: 'c', room: 'r', from: at(0), till: at(1), state: 'on' })
  await storage.keyValue('space').set('key', 'value')
  await place.client.flushdb()
  const calls: readonly (() => Promise<unknown>)[] = [
    () => one.get('id'),
    () => one.getBy('byCode', { code: 'c' }),
    () => one.find({}),
    () => one.count(),
    () => one.update('id', { code: 'd' }),
    () => one.delete('id'),
    () => one.deleteMany({ where: {} }),
    () => one.claim({ where: {}, limit: 1, patch: { note: 'claimed' } }),
    () => storage.transaction((tx) => tx.repository(NewerVisit, { tenant: 'a' }).get('id')),
    () => storage.outbox('topic').claim({ limit: 1, leaseMs: 1_000 }),
    () => storage.keyValue('space').get('key'),
    () => storage.keyValue('space').set('key', 'value'),
  ]
  for (const call of calls) {
    const error = await call().then(
      (answer) => answer,
      (thrown: unknown) => thrown,
    )
    expect(isStorageError(error, 'schema-mismatch'), `${call} gave ${error}`).toBe(true)
  }
  expect(await place.client.dbsize()).toBe(0)
})

test('an older storage may not claim what breaks a rule that a newer one has added', async () => {
  const old = opened(OlderVisit)
  await old.schema.apply()
  const one = old.repository(OlderVisit, { tenant: 'a' })
  const slot = { room: 'r', from: at(0), till: at(1) }
  await one.insert({ id: 'first', code: '1', ...slot, state: 'on' })
  await one.insert({ id: 'second', code: '2', ...slot, state: 'waiting' })
  await one.insert({ id: 'third', code: '3', ...slot, room: 'other', state: 'waiting' })
  await opened(NewerVisit).schema.apply()
  const claim = async () =>
    await one.claim({ where: { state: 'waiting' }, orderBy: { code: 'asc' }, limit: 2, patch: { state: 'on' } }).then(
      (claimed) => claimed.map(({ id }) => id),
      (error: unknown) => error,
    )
  const claimed = await claim()
  if (Array.isArray(claimed)) expect(claimed).not.toContain('second')
  else expect(isStorageError(claimed), String(claimed)).toBe(true)
  expect((await one.get('second'))?.state).toBe('waiting')
  await expectWhole(place.client)
})
