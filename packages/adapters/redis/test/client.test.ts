import { Cluster, Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkClient, connectionOn, type RedisClient } from '../src/client.ts'
import { classify } from '../src/errors.ts'
import { script } from '../src/scripts/script.ts'
import { openPlace, type Place } from './place.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace({ own: true })
})
afterAll(() => place.close())

const soon = (milliseconds = 5_000): number => performance.now() + milliseconds
const reading = script({ name: 'reading', kind: 'reads', uses: [], body: "return redis.call('GET', KEYS[1]) or ''" })
const adding = script({ name: 'adding', kind: 'writes', uses: [], body: "return redis.call('INCR', KEYS[1])" })

async function codeOf(running: Promise<unknown>): Promise<string | undefined> {
  const error = await running.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return classify(error)?.code
}

const clients = {
  'ioredis 6': (url: string): RedisClient => new Redis(url),
  'ioredis 5.4': (url: string): RedisClient => new Redis5(url),
}

describe.each(Object.entries(clients))('%s', (_, open) => {
  test('runs a script that the server does not know, and again when it has forgotten', async () => {
    const client = open(place.url)
    const connection = connectionOn(client)
    checkClient(client)
    await place.client.set('n', 5)
    expect(await connection.run(adding, ['n'], [], soon())).toBe(6)
    await place.client.script('FLUSH')
    expect(await connection.run(adding, ['n'], [], soon())).toBe(7)
    expect(String(await connection.run(reading, ['n'], [], soon()))).toBe('7')
    ;(client as unknown as Redis).disconnect()
  })

  test('a closed client is unavailable at once', async () => {
    const client = open(place.url)
    await connectionOn(client).run(reading, ['n'], [], soon())
    ;(client as unknown as Redis).disconnect()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await codeOf(connectionOn(client).run(adding, ['n'], [], soon()))).toBe('unavailable')
  })
})

test('a client that connects only when asked is asked', async () => {
  const client = new Redis(place.url, { lazyConnect: true })
  expect(await connectionOn(client).run(adding, ['lazy'], [], soon())).toBe(1)
  client.disconnect()
})

test('without a connection nothing is handed over, and that is told at the deadline', async () => {
  const client = new Redis({ port: 1, host: '127.0.0.1', retryStrategy: () => 10 })
  client.on('error', () => undefined)
  const began = performance.now()
  expect(await codeOf(connectionOn(client).run(adding, ['n'], [], soon(300)))).toBe('unavailable')
  expect(performance.now() - began).toBeLessThan(5_000)
  client.disconnect()
})

test('however many calls wait for a connection, they listen to the client as one, and no more once it is there', async () => {
  const client = new Redis(place.url, { lazyConnect: true })
  const redis = client as RedisClient
  const before = client.listenerCount('ready')
  const running = Array.from({ length: 20 }, () => connectionOn(redis).run(reading, ['none'], [], soon()))
  expect(client.listenerCount('ready')).toBe(before + 1)
  await Promise.all(running)
  expect(client.listenerCount('ready')).toBe(before)
  expect(client.listenerCount('end')).toBeLessThanOrEqual(1)
  client.disconnect()
})

test('a server that does not answer leaves a write unknown, and a read unavailable', async () => {
  const client = new Redis(place.url)
  const connection = connectionOn(client)
  await connection.run(reading, ['n'], [], soon())
  await place.client.call('CLIENT', 'PAUSE', '2000', 'ALL')
  const [read, write] = [connection.run(reading, ['n'], [], soon(200)), connection.run(adding, ['n'], [], soon(200))]
  expect(await Promise.all([codeOf(read), codeOf(write)])).toEqual(['unavailable', 'commit-unknown'])
  client.disconnect()
})

test('error replies are told by code: a wrong type, a full server, a missing right', async () => {
  await place.client.del('list')
  await place.client.lpush('list', 'x')
  expect(await codeOf(place.connection.run(adding, ['list'], [], soon()))).toBe('schema-mismatch')
  await place.client.config('SET', 'maxmemory', '1mb')
  expect(await codeOf(place.connection.run(adding, ['n'], [], soon()))).toBe('unavailable')
  expect(String(await place.connection.run(reading, ['n'], [], soon()))).not.toBe('')
  await place.client.config('SET', 'maxmemory', '0')
  await place.client.call('ACL', 'SETUSER', 'reader', 'on', '>word', '~*', '+@all', '-eval', '-evalsha')
  const url = new URL(place.url)
  const reader = new Redis({ port: Number(url.port), host: url.hostname, username: 'reader', password: 'word' })
  expect(await codeOf(connectionOn(reader).run(adding, ['n'], [], soon()))).toBe('access-denied')
  reader.disconnect()
  await place.client.call('ACL', 'DELUSER', 'reader')
})

test('what is no client, or would end the hash tag, is refused', () => {
  expect(() => checkClient({} as RedisClient)).toThrow(/Redis or Cluster of ioredis/)
  const braces = new Redis({ lazyConnect: true, keyPrefix: '{x}' })
  expect(() => checkClient(braces)).toThrow(/keyPrefix/)
  const replicas = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true, scaleReads: 'slave' })
  expect(() => checkClient(replicas as RedisClient)).toThrow(/scaleReads/)
  replicas.disconnect()
})
