import { Cluster, Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { redis, redisCluster, redisClusterPlace } from '../src/index.ts'
import { wanted } from './wanted.ts'

const server = wanted('redis', redis)
const cluster = wanted('redisCluster', redisCluster)

async function call(url: string, ...command: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  let failure: unknown
  client.on('error', (error) => {
    failure = error
  })
  try {
    await client.connect()
    return await client.call(...command)
  } catch (error) {
    throw failure ?? error
  } finally {
    client.disconnect()
  }
}

async function callCluster(place: string, ...command: [string, ...string[]]): Promise<unknown> {
  const { nodes, password } = redisClusterPlace(place)
  const client = new Cluster([...nodes], { redisOptions: { ...(password ? { password } : {}) } })
  client.on('error', () => {})
  try {
    return await client.call(...command)
  } finally {
    client.disconnect()
  }
}

test('Redis answers: a place is an empty database of the server', async (context) => {
  const shared = await server.shared(context)
  expect(shared.version).toMatch(/^Redis \d+\.\d+/)
  expect(process.env.PORTOLAN_REDIS_URL).toContain(`:${shared.address.port}`)
  const [place, other] = [await shared.createPlace(), await shared.createPlace()]
  await call(place, 'set', 'key', 'value')
  expect(await call(place, 'get', 'key')).toBe('value')
  expect(await call(other, 'get', 'key')).toBeNull()
  await shared.removePlace(place)
  expect(await call(place, 'dbsize')).toBe(0)
})

test('the own Redis wants its password, stops at once, and comes back with its data on its port', async (context) => {
  const own = await server.own(context)
  const place = await own.createPlace()
  const wrong = new URL(place)
  wrong.password = 'wrong'
  await expect(call(wrong.href, 'get', 'key')).rejects.toThrow(/WRONGPASS/)
  await call(place, 'set', 'key', 'value')
  await own.halt()
  await expect(call(place, 'get', 'key')).rejects.toThrow(/ECONNREFUSED/)
  await own.resume()
  expect(await call(place, 'get', 'key')).toBe('value')
  expect(await own.log()).toContain('Ready to accept connections')
})

test('Redis Cluster answers: three masters own all slots, and a place is a prefix', async (context) => {
  const shared = await cluster.shared(context)
  expect(shared.nodes).toHaveLength(3)
  expect(process.env.PORTOLAN_REDIS_CLUSTER_URLS?.split(',')).toHaveLength(3)
  const [place, other] = [await shared.createPlace(), await shared.createPlace()]
  const { prefix } = redisClusterPlace(place)
  expect(await callCluster(place, 'cluster', 'info')).toContain('cluster_slots_ok:16384')
  const keys = Array.from({ length: 20 }, (_, index) => (index % 2 ? `${prefix}:${index}` : `{${prefix}:${index}}:x`))
  for (const key of keys) await callCluster(place, 'set', key, 'value')
  await callCluster(other, 'set', `${redisClusterPlace(other).prefix}:stays`, 'value')
  await shared.removePlace(place)
  for (const key of keys) expect(await callCluster(place, 'get', key)).toBeNull()
  expect(await callCluster(other, 'get', `${redisClusterPlace(other).prefix}:stays`)).toBe('value')
})

test('a node of the own Redis Cluster goes and comes back with its data, and so do all', async (context) => {
  const own = await cluster.own(context)
  const place = await own.createPlace()
  const urls = place.split('#')[0]?.split(',') ?? []
  const keys = Array.from({ length: 20 }, (_, index) => `${redisClusterPlace(place).prefix}:${index}`)
  for (const key of keys) await callCluster(place, 'set', key, key)
  await own.halt(1)
  await expect(call(urls[1] ?? '', 'ping')).rejects.toThrow(/ECONNREFUSED/)
  expect(await call(urls[0] ?? '', 'ping')).toBe('PONG')
  await own.resume(1)
  await own.halt()
  await expect(call(urls[0] ?? '', 'ping')).rejects.toThrow(/ECONNREFUSED/)
  await own.resume()
  for (const key of keys) expect(await callCluster(place, 'get', key)).toBe(key)
})
