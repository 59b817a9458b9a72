import { isFound, redisCluster } from '@portolan-tooling/test-servers'
import type { Cluster } from 'ioredis'
import { expect, test } from 'vitest'
import { checkClient, connectionOn, type RedisClient } from '../src/client.ts'
import { crc16, ownerIsReady } from '../src/cluster.ts'
import { keyspace } from '../src/keys.ts'
import { script } from '../src/scripts/script.ts'
import { cluster } from './targets/target.ts'

const pair = script({
  name: 'pair',
  kind: 'writes',
  uses: [],
  body: "redis.call('SET', KEYS[1], 'x') return redis.call('INCR', KEYS[2])",
})

test('a call finds the node of its slot, by itself and through an address that stands for that node', async () => {
  const server = await redisCluster()
  if (!isFound(server)) throw new Error(server.missing)
  const owners = new Set<string>()
  for (let count = 0; count < 6; count++) {
    const place = await server.createPlace()
    const upstream = await cluster.upstream(place)
    owners.add(`${upstream.host}:${upstream.port}`)
    for (const [turn, via] of [undefined, upstream].entries()) {
      const { client, prefix } = await cluster.connect(place, via)
      checkClient(client as RedisClient)
      const keys = keyspace(prefix ?? '', null)
      const answer = connectionOn(client as RedisClient).run(
        pair,
        [keys.expiries(), keys.cleared()],
        [],
        performance.now() + 10_000,
      )
      expect(await answer).toBe(turn + 1)
      client.disconnect()
    }
    await server.removePlace(place)
  }
  expect(owners.size).toBeGreaterThan(1)
})

test('the node of a slot is known as the cluster itself knows it, and a write waits for none that cannot be reached', async () => {
  const server = await redisCluster()
  if (!isFound(server)) throw new Error(server.missing)
  const place = await server.createPlace()
  const { client } = await cluster.connect(place)
  for (const tag of ['a', 'portolan:tenant', '%C3%A9', 'x'.repeat(300)])
    expect(crc16(Buffer.from(tag)) % 16_384).toBe(await client.call('CLUSTER', 'KEYSLOT', `{${tag}}:rest`))
  const key = keyspace('a', null).cleared()
  const redis = client as RedisClient
  await client.exists(key)
  expect(ownerIsReady(redis, key)).toBe(true)
  const [owner] = redis.slots?.[Number(await client.call('CLUSTER', 'KEYSLOT', key))] ?? []
  const node = (client as Cluster).nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner)
  const ended = new Promise((resolve) => node?.once('end', resolve))
  node?.disconnect()
  await ended
  expect(ownerIsReady(redis, key)).toBe(false)
  expect(await connectionOn(redis).run(pair, [key, key.replace(/$/, '2')], [], performance.now() + 10_000)).toBe(1)
  client.disconnect()
  await server.removePlace(place)
})

test('keys of two storages cannot meet in one call', async () => {
  const server = await redisCluster()
  if (!isFound(server)) throw new Error(server.missing)
  const place = await server.createPlace()
  const { client } = await cluster.connect(place)
  const [one, other] = [keyspace('a', null), keyspace('b', null)]
  const running = connectionOn(client as RedisClient).run(
    pair,
    [one.cleared(), other.cleared()],
    [],
    performance.now() + 10_000,
  )
  await expect(running).rejects.toThrow()
  client.disconnect()
  await server.removePlace(place)
})
