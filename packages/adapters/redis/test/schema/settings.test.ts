import { isFound, redisCluster, redisClusterPlace } from '@portolan-tooling/test-servers'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { connectionOn, type RedisClient } from '../../src/client.ts'
import { redisStorage } from '../../src/index.ts'
import { schemaOn } from '../../src/schema.ts'
import { inspection } from '../../src/scripts/definitions.ts'
import { checkSettings, durabilityProblems, factsOf, lastingProblems, settingProblems } from '../../src/settings.ts'
import { openPlace, type Place } from '../place.ts'
import { cluster } from '../targets/target.ts'
import { at, context, failureOf, keys, NewerVisit, older, processOn, visits } from './visits.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace({ own: true })
})
beforeEach(async () => {
  await place.client.config('SET', 'maxmemory-policy', 'noeviction')
  await place.client.flushdb()
})
afterAll(() => place.close())

test('a server that evicts is refused at first use, also for apply(), until it no longer does', async () => {
  const one = processOn(place.url, older)
  await one.apply()
  one.stop()
  await place.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const refused = processOn(place.url, older)
  for (const work of [() => refused.put(...visits(1)), () => refused.apply()])
    expect(await failureOf(work())).toMatchObject({
      code: 'schema-mismatch',
      problems: [{ entity: null, kind: 'setting', name: 'maxmemory-policy' }],
    })
  expect(await refused.schema.probe(context())).toMatchObject([{ name: 'maxmemory-policy' }])
  const allowed = processOn(place.url, older, { allowEviction: true })
  expect(await allowed.put(...visits(1))).toBe('written')
  expect(await allowed.schema.probe(context())).toEqual([])
  allowed.stop()
  await place.client.config('SET', 'maxmemory-policy', 'noeviction')
  expect(await refused.put(...visits(1))).toBe('written')
  expect(await refused.schema.probe(context())).toEqual([])
  refused.stop()
})

test('settings that lose acknowledged writes at a restart are named, where the option says that none are lost', async () => {
  const one = processOn(place.url, older, { durability: 'restart' })
  const named = async () => (await one.schema.probe(context())).map(({ name }) => name)
  await place.client.config('SET', 'appendonly', 'no', 'appendfsync', 'everysec')
  expect(await named()).toEqual(['appendonly', 'appendfsync'])
  await place.client.config('SET', 'appendonly', 'yes')
  expect(await named()).toEqual(['appendfsync'])
  await place.client.config('SET', 'appendfsync', 'always')
  expect(await named()).toEqual([])
  one.stop()
  await place.client.config('SET', 'appendonly', 'no')
  const careless = processOn(place.url, older)
  expect(await careless.schema.probe(context())).toEqual([])
  careless.stop()
})

test('a user who may not ask for settings is told so, and may work where eviction is allowed', async () => {
  await place.client.acl('SETUSER', 'limited', 'on', '>secret', '~*', '+@all', '-info', '-config')
  const url = new URL(place.url)
  const client = new Redis({
    host: url.hostname,
    port: Number(url.port),
    db: Number(url.pathname.slice(1) || 0),
    username: 'limited',
    enableReadyCheck: false,
    password: 'secret',
  })
  const connection = connectionOn(client as RedisClient)
  const strict = schemaOn(connection, keys, { durability: 'restart' })
  strict.prepare([older])
  expect((await failureOf(strict.apply([older], context())))?.message).toMatch(/INFO/)
  const loose = schemaOn(connection, keys, { allowEviction: true })
  loose.prepare([older])
  await loose.apply([older], context())
  expect(await loose.verify([older], context())).toEqual([])
  expect((await strict.probe(context())).map(({ message }) => /may not/.test(message))).toEqual([true, true])
  client.disconnect()
})

/** As README.md has them. */
const rights = ['+@read', '+@write', '+@connection', '+eval', '+evalsha', '+time', '+info']

test('these rights and keys are enough for a user', async () => {
  await place.client.acl('SETUSER', 'application', 'on', '>secret', '~{p}:*', '-@all', ...rights, '+config|get')
  const url = new URL(place.url)
  url.username = 'application'
  url.password = 'secret'
  const one = processOn(url.href, older, { durability: 'restart' })
  await one.apply()
  expect(await one.put(...visits(3))).toBe('written')
  expect(await one.schema.verify([older], context())).toEqual([])
  expect((await one.schema.probe(context())).map(({ message }) => /may not/.test(message))).not.toContain(true)
  one.stop()
  await useEverything(new Redis(url.href), 'p')
})

test('on a cluster these rights are enough, with the slots', async () => {
  const server = await redisCluster()
  if (!isFound(server)) throw new Error(server.missing)
  const clusterPlace = await server.createPlace()
  const { nodes, prefix, password } = redisClusterPlace(clusterPlace)
  for (const node of nodes) {
    const owner = new Redis({ ...node, ...(password !== undefined && { password }) })
    await owner.acl(
      'SETUSER',
      prefix,
      'on',
      '>secret',
      `~{${prefix}}:*`,
      '-@all',
      ...rights,
      '+cluster|slots',
      '+cluster|info',
    )
    owner.disconnect()
  }
  await useEverything(new Cluster([...nodes], { redisOptions: { username: prefix, password: 'secret' } }), prefix)
  await server.removePlace(clusterPlace)
})

/** Each port once, writing and reading. */
async function useEverything(client: Redis | Cluster, prefix: string): Promise<void> {
  const storage = redisStorage(client as RedisClient, { entities: [NewerVisit], prefix })
  await storage.schema.apply()
  expect(await storage.schema.verify()).toEqual([])
  const one = storage.repository(NewerVisit, { tenant: 'a' })
  await one.insert({ id: 'id', code: 'c', room: 'r', from: at(0), till: at(1), state: 'on' })
  expect(await one.find({ where: { room: 'r' }, orderBy: { from: 'desc' } })).toHaveLength(1)
  await storage.transaction(
    async (tx) => {
      await tx.repository(NewerVisit, { tenant: 'a' }).update('id', { note: 'x' })
      await tx.keyValue('space').set('key', 'value', { ttlMs: 10_000 })
      await tx.outbox('topic').enqueue([{ payload: 1 }])
    },
    { guards: ['guard'], reads: 'snapshot' },
  )
  const messages = await storage.outbox('topic').claim({ limit: 1, leaseMs: 1_000 })
  expect((await storage.outbox('topic').acknowledge(messages)).succeeded).toHaveLength(1)
  expect(await storage.keyValue('space').get('key')).toBe('value')
  await storage.keyValue('space').clear()
  for await (const key of storage.keyValue('space').keys()) expect(key).toBe('none')
  await storage.idempotency().reserve({ namespace: 'n', key: 'k', scope: {}, fingerprint: 'f', leaseMs: 1_000 })
  await storage.sweep()
  expect(await one.deleteMany({ where: { room: 'r' } })).toBe(1)
  client.disconnect()
}

test('of a cluster every node that takes writes is asked', async () => {
  const server = await redisCluster()
  if (!isFound(server)) throw new Error(server.missing)
  const clusterPlace = await server.createPlace()
  const { client } = await cluster.connect(clusterPlace)
  const connection = connectionOn(client as RedisClient)
  const told = await connection.readEach('config', ['GET', 'appendonly'], context().deadline)
  expect(told.length).toBe(3)
  for (const { entity, kind } of await durabilityProblems(connection, context().deadline))
    expect([entity, kind]).toEqual([null, 'setting'])
  client.disconnect()
  await server.removePlace(clusterPlace)
})

test('one node of several is enough to lose writes', () => {
  const good = new Map([
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
  ])
  const bad = new Map([...good, ['appendfsync', 'everysec'] as const])
  expect(lastingProblems([good, good])).toEqual([])
  expect(lastingProblems([good, bad]).map(({ name }) => name)).toEqual(['appendfsync'])
  expect(lastingProblems([good, new Map()])).toHaveLength(2)
})

test('a server before Redis 7 is refused as unsupported: the script that asks runs there too', () => {
  const old = factsOf('# Server\r\nredis_version:6.2.14\r\n', 'maxmemory_policy:noeviction\r\n')
  expect(() => checkSettings(old, false)).toThrow(/6\.2\.14 is too old/)
  expect(settingProblems(old, false).map(({ name }) => name)).toEqual(['version'])
  expect(settingProblems(factsOf('redis_version:10.0.0\r\n', 'maxmemory_policy:noeviction\r\n'), false)).toEqual([])
  expect(inspection.source.startsWith('#!')).toBe(false)
})
