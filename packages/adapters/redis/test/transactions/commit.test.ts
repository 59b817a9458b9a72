import { defineEntity, instant, integer, type Storage, text } from '@portolan/ports'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { keyspace } from '../../src/keys.ts'
import { openPlace, type Place } from '../place.ts'

const Stay = defineEntity({
  name: 'stay',
  fields: { code: text(), room: text(), begins: instant(), ends: instant(), guests: integer().default(1) },
  unique: { byCode: ['code'] },
  noOverlap: { perRoom: { within: ['room'], from: 'begins', until: 'ends' } },
})
/** As a later version of the application declares it. */
const Later = defineEntity({
  name: 'stay',
  fields: {
    code: text(),
    room: text(),
    begins: instant(),
    ends: instant(),
    guests: integer().default(1),
    note: text().nullable(),
  },
  unique: { byCode: ['code'], byNote: ['note'] },
  noOverlap: { perRoom: { within: ['room'], from: 'begins', until: 'ends' } },
})

const keys = keyspace('portolan', null)
const hour = (of: number): string => new Date(Date.UTC(2026, 0, 1, of)).toISOString()
const aStay = (of: number, id = `s${of}`) => ({ id, code: id, room: 'blue', begins: hour(of), ends: hour(of + 1) })

let place: Place
let clients: Redis[]
let storage: Storage
let other: Storage
beforeEach(async () => {
  place = await openPlace()
  clients = []
  storage = open(Stay)
  other = open(Stay)
  await storage.schema.apply()
})
afterEach(async () => {
  for (const client of clients) client.disconnect()
  await place.close()
})

function open(entity: typeof Stay | typeof Later): Storage {
  const client = new Redis(place.url)
  clients.push(client)
  return redisStorage(client as RedisClient, { entities: [entity] })
}

type Tx = Parameters<Parameters<Storage['transaction']>[0]>[0]
const stays = (of: Storage | Tx) => (of as Storage).repository(Stay)
const once = (work: (tx: Tx) => Promise<unknown>, more: object = {}) =>
  storage.transaction(work, { retries: 0, ...more })

describe('a commit', () => {
  test('finds what a query would have shown besides, and does not mind writes elsewhere in the entity', async () => {
    await stays(storage).insertMany([aStay(1), { ...aStay(2), room: 'red' }])
    const counting = (elsewhere: string) =>
      once(async (tx) => {
        const found = await stays(tx).find({ where: { room: 'blue' } })
        await stays(other).insert({ ...aStay(found.length + 5, crypto.randomUUID()), room: elsewhere })
        await stays(tx).update('s2', { guests: found.length })
      })
    await counting('green')
    await expect(counting('blue')).rejects.toMatchObject({ code: 'transaction-conflict' })
    expect((await stays(storage).get('s2'))?.guests).toBe(1)
  })

  test('finds that a count has changed, and that a row which was absent is there', async () => {
    const disturbed = (look: (tx: Tx) => Promise<unknown>, id: string, of: number) =>
      once(async (tx) => {
        await look(tx)
        await stays(other).insert(aStay(of, id))
        await tx.keyValue('space').set('done', id)
      })
    await expect(disturbed((tx) => stays(tx).count(), 'a', 1)).rejects.toMatchObject({ code: 'transaction-conflict' })
    await expect(disturbed((tx) => stays(tx).get('b'), 'b', 3)).rejects.toMatchObject({ code: 'transaction-conflict' })
    const missing = disturbed((tx) => stays(tx).getBy('byCode', { code: 'c' }), 'c', 5)
    await expect(missing).rejects.toMatchObject({ code: 'transaction-conflict' })
    expect(await storage.keyValue('space').get('done')).toBeNull()
  })

  test('takes back nothing that others wrote into fields it knows nothing of', async () => {
    await stays(storage).insert(aStay(1))
    const later = open(Later)
    await storage.transaction(async (tx) => {
      await stays(tx).update('s1', { guests: 2 })
      // The row is own by now; what comes into being next to it must stay.
      await later.schema.apply()
    })
    await later.repository(Later).update('s1', { note: 'kept' })
    await storage.transaction((tx) => stays(tx).update('s1', { guests: 3 }))
    expect(await later.repository(Later).get('s1')).toMatchObject({ guests: 3, note: 'kept' })
  })

  test('without its guards is a conflict, and writes nothing', async () => {
    let runs = 0
    const running = once(
      async (tx) => {
        runs++
        await stays(tx).insert(aStay(1))
        await place.client.set(keys.guard('g'), 'thief')
      },
      { guards: ['g'] },
    )
    await expect(running).rejects.toMatchObject({ code: 'transaction-conflict' })
    expect(runs).toBe(1)
    expect(await stays(storage).count()).toBe(0)
    expect(await place.client.get(keys.guard('g'))).toBe('thief')
  })

  test('lets go of its guards, and so does work that fails', async () => {
    await once((tx) => stays(tx).insert(aStay(1)), { guards: ['g'] })
    expect(await place.client.exists(keys.guard('g'))).toBe(0)
    await expect(once(() => Promise.reject(new Error('no')), { guards: ['g'] })).rejects.toThrow('no')
    await expect.poll(() => place.client.exists(keys.guard('g'))).toBe(0)
  })

  test('that fails in the middle of its checks has written nothing: a key of another type is named', async () => {
    await stays(storage).insert(aStay(1))
    const byId = `${keys.tag}:i:stay:0`
    await place.client.del(byId)
    await place.client.set(byId, 'something else')
    const running = once(async (tx) => {
      await tx.keyValue('space').set('key', 'value')
      await stays(tx).update('s1', { guests: 9 })
    })
    await expect(running).rejects.toMatchObject({ code: 'schema-mismatch' })
    expect(await storage.keyValue('space').get('key')).toBeNull()
    await place.client.del(byId)
    expect((await stays(storage).get('s1'))?.guests).toBe(1)
  })

  test('of removals alone goes through on a full server, one that adds is refused before it writes', async () => {
    const own = await openPlace({ own: true })
    const client = new Redis(own.url)
    const full = redisStorage(client as RedisClient, { entities: [Stay] })
    try {
      await full.schema.apply()
      await full.transaction((tx) => stays(tx).insertMany([aStay(1), aStay(3)]))
      await own.client.config('SET', 'maxmemory', '1')
      const adding = full.transaction((tx) => stays(tx).insert(aStay(5)), { retries: 0 })
      await expect(adding).rejects.toMatchObject({ code: 'unavailable' })
      await full.transaction((tx) => stays(tx).delete('s1'))
      expect((await stays(full).find()).map(({ id }) => id)).toEqual(['s3'])
    } finally {
      client.disconnect()
      await own.client.config('SET', 'maxmemory', '0')
      await own.close()
    }
  })

  test('takes as many rows as are declared, beside writers who change the entity meanwhile; one more is refused', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ ...aStay(1, `m${index}`), room: `${index}` }))
    await storage.transaction(
      async (tx) => {
        await stays(tx).insertMany(many.slice(0, 6_000))
        await stays(other).insert(aStay(3, crypto.randomUUID()))
        await stays(tx).insertMany(many.slice(6_000))
        await expect(stays(tx).insert(aStay(5))).rejects.toMatchObject({ code: 'too-large' })
      },
      { retries: 0, timeoutMs: 30_000 },
    )
    expect(await stays(storage).count()).toBe(10_001)
    expect((await stays(storage).getBy('byCode', { code: 'm9999' }))?.room).toBe('9999')
  }, 60_000)

  test('that is sent once more after its answer was lost changes nothing twice', async () => {
    await stays(storage).insert(aStay(1))
    await storage.transaction((tx) => stays(tx).update('s1', { guests: { increment: 1 } }))
    const [client] = clients
    const sent: Parameters<RedisClient['callBuffer']>[] = []
    const redis = client as unknown as RedisClient
    const send = redis.callBuffer.bind(redis)
    redis.callBuffer = (...given) => {
      sent.push(given)
      return send(...given)
    }
    await storage.transaction((tx) => stays(tx).update('s1', { guests: { increment: 5 } }))
    const commit = sent.at(-1)
    expect(await send(...(commit as [string]))).toEqual([Buffer.from('ok'), Buffer.from('done')])
    expect((await stays(storage).get('s1'))?.guests).toBe(7)
  })
})
