import { type FaultProxy, startProxy } from '@portolan/conformance'
import { defineEntity, instant, integer, type Storage, text } from '@portolan/ports'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisClient, redisDriver, redisStorage } from '../src/index.ts'
import { openPlace, type Place } from './place.ts'

const Stay = defineEntity({
  name: 'stay',
  scope: 'hotel',
  fields: { code: text().nullable(), room: text(), begins: instant(), ends: instant(), guests: integer().default(1) },
  unique: { byCode: ['code'], byRoomAndCode: ['room', 'code'] },
  indexes: { byBegin: ['begins'] },
  noOverlap: { perRoom: { within: ['room'], from: 'begins', until: 'ends' } },
  versioned: true,
})

const hour = (of: number): string => new Date(Date.UTC(2026, 0, 1, of)).toISOString()
const aStay = (of: number, id = `stay-${of}`) => ({ id, room: 'blue', begins: hour(of), ends: hour(of + 1), code: id })

let place: Place
let proxy: FaultProxy
let client: Redis
let storage: Storage
beforeAll(async () => {
  place = await openPlace()
  const url = new URL(place.url)
  proxy = await startProxy({ host: url.hostname, port: Number(url.port) })
  url.host = `${proxy.host}:${proxy.port}`
  client = new Redis(url.href)
  storage = redisStorage(client as RedisClient, { entities: [Stay] })
  await storage.schema.apply()
  // Each script is sent whole once, and definitions are read once: that is what a start costs.
  await everything()
  await everything()
})
afterAll(async () => {
  client.disconnect()
  await proxy.close()
  await place.close()
})

type Calls = Record<string, [turns: number, call: () => Promise<unknown>]>

async function measured(calls: Calls): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [name, [, call]] of Object.entries(calls)) {
    const before = proxy.turns()
    await call()
    found[name] = proxy.turns() - before
  }
  return found
}

const wanted = (calls: Calls) => Object.fromEntries(Object.entries(calls).map(([name, [turns]]) => [name, turns]))
const stays = () => storage.repository(Stay, { hotel: 'h' })
const refused = (code: string, call: () => Promise<unknown>) => () =>
  expect(call()).rejects.toThrow(expect.objectContaining({ code }))

async function everything(): Promise<void> {
  for (const calls of [rows(), refusals(), ports(), transactions()]) await measured(calls)
  await stays().deleteMany({ where: {} })
}

const rows = (): Calls => ({
  insert: [1, () => stays().insert(aStay(1))],
  get: [1, () => stays().get('stay-1')],
  'get of none': [1, () => stays().get('none')],
  getBy: [1, () => stays().getBy('byCode', { code: 'stay-1' })],
  'getMany of 5,000': [1, () => stays().getMany(Array.from({ length: 5_000 }, (_, index) => `id-${index}`))],
  find: [1, () => stays().find({ where: { room: 'blue' }, orderBy: { begins: 'desc' } })],
  page: [1, () => stays().page({ orderBy: { begins: 'asc' }, limit: 10 })],
  count: [1, () => stays().count({ where: { guests: 1 } })],
  insertMany: [1, () => stays().insertMany([3, 4, 5].map((of) => aStay(of)))],
  'insertOrGet of a new row': [1, () => stays().insertOrGet('byCode', aStay(7))],
  'insertOrGet of an existing one': [1, () => stays().insertOrGet('byCode', aStay(7))],
  'upsert of an existing one': [1, () => stays().upsert('byCode', aStay(7), { guests: { increment: 1 } })],
  'upsert of a new one': [1, () => stays().upsert('byCode', aStay(8), {})],
  'update with a version': [1, () => stays().update('stay-1', { guests: 2 }, { version: 1 })],
  'update that moves': [1, () => stays().update('stay-1', { begins: hour(20), ends: hour(21) })],
  'insert with unless and guard': [1, () => stays().insert(aStay(9), { unless: { guests: 99 }, guard: 'a guard' })],
  updateMany: [1, () => stays().updateMany({ where: { room: 'blue' }, patch: { guests: 3 } })],
  claim: [1, () => stays().claim({ where: { guests: 3 }, limit: 2, patch: { guests: 4 } })],
  delete: [1, () => stays().delete('stay-3')],
  deleteMany: [1, () => stays().deleteMany({ where: { room: 'blue' } })],
})

const refusals = (): Calls => ({
  'nothing is in the way': [1, () => stays().insert(aStay(1))],
  'the id exists': [1, refused('duplicate', () => stays().insert({ ...aStay(2), id: 'stay-1' }))],
  'the key exists': [1, refused('duplicate', () => stays().insert({ ...aStay(2), code: 'stay-1' }))],
  overlap: [1, refused('overlap', () => stays().insert({ ...aStay(1, 'other') }))],
  'stale version': [1, refused('stale-version', () => stays().update('stay-1', {}, { version: 7 }))],
  'unmet where': [1, refused('condition-failed', () => stays().update('stay-1', {}, { where: { guests: 7 } }))],
  'a missing row': [1, () => stays().update('none', { guests: 9 })],
  'delete of none': [1, () => stays().delete('none')],
  'and gone again': [1, () => stays().delete('stay-1')],
})

function ports(): Calls {
  const driver = redisDriver(client as RedisClient, { entities: [] })
  const entries = storage.keyValue('space')
  const outbox = storage.outbox('topic')
  const payloads = Array.from({ length: 100 }, (_, payload) => ({ payload }))
  return {
    "the store's clock": [1, () => driver.now({ session: null, deadline: performance.now() + 5_000 })],
    'set a key': [1, () => entries.set('key', 'value', { ttlMs: 60_000 })],
    'set an absent key': [1, () => entries.set('key', 'value', { absent: true })],
    'key-value get': [1, () => entries.get('key')],
    'key-value getMany': [1, () => entries.getMany(['key', 'other', 'none'])],
    'key-value delete': [1, () => entries.delete('key')],
    'key-value deleteMany': [1, () => entries.deleteMany(['key', 'other'])],
    'key-value clear': [1, () => entries.clear()],
    'enqueue of one': [1, () => outbox.enqueue([{ payload: 1 }])],
    'enqueue of many': [1, () => outbox.enqueue(payloads)],
    'claim of a batch': [1, () => outbox.claim({ limit: 30, leaseMs: 60_000 })],
    list: [1, () => outbox.list({ state: 'due', limit: 10 })],
    purge: [1, () => outbox.purge({ deliveredBefore: new Date() })],
    reserve: [
      1,
      () => storage.idempotency().reserve({ namespace: 'n', key: crypto.randomUUID(), fingerprint: 'f', leaseMs: 1 }),
    ],
  }
}

type Tx = Parameters<Parameters<Storage['transaction']>[0]>[0]
const inside = (tx: Tx) => tx.repository(Stay, { hotel: 'h' })
const reading = (count: number) => async (tx: Tx) => {
  for (let index = 0; index < count; index++) await inside(tx).get(`${index}`)
}

const transactions = (): Calls => ({
  nothing: [0, () => storage.transaction(async () => {})],
  'one read': [1, () => storage.transaction(reading(1))],
  'five reads, and the end': [6, () => storage.transaction(reading(5))],
  'five reads of a snapshot, and the end': [6, () => storage.transaction(reading(5), { reads: 'snapshot' })],
  'an insert: what is in its way, and the commit': [2, () => storage.transaction((tx) => inside(tx).insert(aStay(1)))],
  'rows in bulk: the same': [
    2,
    () => storage.transaction((tx) => inside(tx).insertMany([2, 3, 4, 5].map((of) => aStay(of)))),
  ],
  'read, then written, and the commit': [
    3,
    () =>
      storage.transaction(async (tx) => {
        await inside(tx).get('stay-1')
        await inside(tx).update('stay-1', { guests: { increment: 1 } })
      }),
  ],
  'own rows change, and are read, without asking': [
    2,
    () =>
      storage.transaction(async (tx) => {
        await inside(tx).insert(aStay(6))
        await inside(tx).update('stay-6', { guests: 5 })
        await inside(tx).get('stay-6')
      }),
  ],
  'what came and went leaves nothing to commit': [
    1,
    () =>
      storage.transaction(async (tx) => {
        await inside(tx).insert(aStay(9))
        await inside(tx).delete('stay-9')
      }),
  ],
  'guards of the option: taken, and let go of by the commit': [
    3,
    () => storage.transaction((tx) => inside(tx).insert(aStay(7)), { guards: ['a', 'b', 'c'] }),
  ],
  'a row, an entry that replaces whatever is there, a message, and the commit': [
    3,
    () =>
      storage.transaction(async (tx) => {
        await inside(tx).insert(aStay(8))
        await tx.keyValue('space').set('key', 'value')
        await tx.outbox('topic').enqueue([{ payload: 1 }])
      }),
  ],
  'and gone again': [1, () => stays().deleteMany({ where: {} })],
})

test.each([
  ['of a repository', rows],
  ['of what is refused', refusals],
  ['of key-value, outbox, idempotency and the clock', ports],
  ['of transactions', transactions],
])('round trips on the wire: %s', async (_, calls) => {
  const given = calls()
  expect(await measured(given)).toEqual(wanted(given))
})
