import type { Storage } from '@portolan/ports'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'
import { entities } from '../race/entities.ts'
import { expectDone, expectRefused, prepareCalls, reads, removals, writes } from './calls.ts'

let primary: Place
let replica: Place
let storage: Storage
const clients: Redis[] = []
beforeAll(async () => {
  primary = await openPlace({ own: true })
  replica = await openPlace({ own: true })
  await primary.client.config('SET', 'repl-diskless-sync-delay', '0')
  await prepareCalls(redisStorage(primary.client as RedisClient, { entities }))
  // Rows of nobody, so that there is something to load, slowly.
  await primary.client.mset(Object.fromEntries(Array.from({ length: 1_000 }, (_, number) => [`other ${number}`, 'x'])))
  storage = redisStorage(opened(), { entities, timeoutMs: 2_000 })
}, 60_000)
afterAll(async () => {
  for (const client of clients) client.disconnect()
  await primary.close()
  await replica.close()
})

function opened(): RedisClient {
  // Databases of the two servers have numbers of their own; what is replicated has that of the primary.
  const url = new URL(replica.url)
  url.pathname = new URL(primary.url).pathname
  const client = new Redis(url.href)
  client.on('error', () => undefined)
  clients.push(client)
  return client as RedisClient
}

async function info(place: Place, field: string): Promise<string> {
  return new RegExp(`${field}:(\\S+)`).exec(await place.client.info())?.[1] ?? ''
}

async function follow(): Promise<void> {
  const { hostname, port, password } = new URL(primary.url)
  await replica.client.config('SET', 'masterauth', password)
  await replica.client.replicaof(hostname, Number(port))
}

test('a replica answers reads, and refuses every write as access-denied: nothing to repeat, connect to the primary', async () => {
  await follow()
  await expect.poll(() => info(replica, 'master_link_status'), { timeout: 20_000 }).toBe('up')
  await expectDone(storage, reads)
  const refusal = { code: 'access-denied', words: /replica.*connect to the primary/, admin: primary.client }
  await expectRefused(storage, { ...writes, ...removals }, refusal)
  const fresh = redisStorage(opened(), { entities })
  await expectRefused(fresh, { ...writes, ...removals }, refusal)
})

test('a replica that has lost its primary and may not answer without is unavailable', async () => {
  await replica.client.config('SET', 'replica-serve-stale-data', 'no')
  await replica.client.replicaof('127.0.0.1', 1)
  try {
    await expect.poll(() => info(replica, 'master_link_status')).toBe('down')
    const refusal = { code: 'unavailable', words: /replica that has lost its primary/, admin: primary.client }
    await expectRefused(storage, reads, refusal)
  } finally {
    await replica.client.config('SET', 'replica-serve-stale-data', 'yes')
  }
})

test('a server that loads its data is unavailable, and answers as soon as it has', { timeout: 60_000 }, async () => {
  // Microseconds for each key, and so often it looks at what clients ask meanwhile.
  await replica.client.config('SET', 'key-load-delay', '1500', 'loading-process-events-interval-bytes', '1024')
  // Who has been a primary has a history of its own, and is sent everything.
  await replica.client.replicaof('NO', 'ONE')
  await follow()
  await expect.poll(() => info(replica, 'loading'), { timeout: 20_000, interval: 20 }).toBe('1')
  const refusal = { code: 'unavailable', words: /is loading its data; try again/, admin: primary.client }
  const { get, insert } = { ...reads, ...writes }
  await expectRefused(storage, { get: get as never, insert: insert as never }, refusal)
  // Who connects now waits, as ioredis does.
  const waiting = redisStorage(opened(), { entities, timeoutMs: 20_000 })
  await expectDone(waiting, reads)
  expect(await info(replica, 'loading')).toBe('0')
  await replica.client.config('SET', 'key-load-delay', '0')
})

test('what was a replica takes writes once it is the primary', async () => {
  await replica.client.replicaof('NO', 'ONE')
  await expectDone(storage, { ...reads, ...writes, ...removals })
})
