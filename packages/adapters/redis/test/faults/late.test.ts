import { startProxy } from '@portolan/conformance'
import { type NetworkServer, redis } from '@portolan-tooling/test-servers'
import { serverForTests } from '@portolan-tooling/test-servers/vitest'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { Counter, entities } from '../race/entities.ts'
import { everything, prepareCalls, removals, writes } from './calls.ts'

const server = serverForTests<NetworkServer>(redis)
const timeoutMs = 1_500
const delayMs = 4_000

test.each([
  ['the clock of the server', {}],
  ["the caller's clock", { clock: () => Date.UTC(2026, 0, 1) }],
])('by %s: a write that arrives after its call was given up is not carried out', async (_, options) => {
  const place = await server().createPlace()
  const straight = new Redis(place)
  await prepareCalls(redisStorage(straight as RedisClient, { ...options, entities }))
  const proxy = await startProxy(server().address)
  const url = new URL(place)
  url.host = `${proxy.host}:${proxy.port}`
  const client = new Redis(url.href)
  const storage = redisStorage(client as RedisClient, { ...options, entities, timeoutMs })
  // What a client that has only ever written knows of the server.
  await storage.repository(Counter).insert({ id: 'first', value: 1 })
  const before = await everything(straight)
  proxy.delay(delayMs)
  const settled = await Promise.allSettled(Object.values({ ...writes, ...removals }).map((call) => call(storage)))
  for (const one of settled)
    expect(one.status === 'rejected' && one.reason.code).toMatch(/^(commit-unknown|unavailable)$/)
  proxy.delay(0)
  // It overtakes nothing: whatever was under way has arrived before it.
  await expect.poll(() => storage.repository(Counter).count(), { timeout: 10_000 }).toBe(4)
  expect(await everything(straight)).toEqual(before)
  client.disconnect()
  straight.disconnect()
  await proxy.close()
})
