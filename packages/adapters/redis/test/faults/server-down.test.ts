import { startProxy } from '@portolan/conformance'
import { type OwnServer, redis } from '@portolan-tooling/test-servers'
import { serverForTests } from '@portolan-tooling/test-servers/vitest'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { entities } from '../race/entities.ts'
import { everyCall, expectDone, prepareCalls, reads, removals, writes } from './calls.ts'

const server = serverForTests<OwnServer>(() => redis({ own: true }))
const retryStrategy = (): number => 20
const clients = {
  'ioredis 6': (url: string) => new Redis(url, { retryStrategy, maxRetriesPerRequest: null }),
  'ioredis 5.4': (url: string) => new Redis5(url, { retryStrategy, maxRetriesPerRequest: null }),
}

/** All at once, since each of them takes as long as it may. */
async function refusals(storage: Parameters<typeof expectDone>[0], calls: typeof everyCall) {
  const settled = await Promise.allSettled(Object.values(calls).map((call) => call(storage)))
  return settled.map((one) => (one.status === 'rejected' ? `${one.reason.code}: ${one.reason.message}` : 'done'))
}

test.each(Object.entries(clients))(
  '%s: a server that is not there is unavailable by the deadline, and nothing was sent',
  {
    timeout: 60_000,
  },
  async (_, connect) => {
    const place = await server().createPlace()
    const client = connect(place)
    client.on('error', () => undefined)
    await prepareCalls(redisStorage(client as unknown as RedisClient, { entities }))
    const storage = redisStorage(client as unknown as RedisClient, { entities, timeoutMs: 2_000 })
    await server().halt()
    try {
      await expect.poll(() => client.status).not.toBe('ready')
      const began = performance.now()
      for (const refusal of await refusals(storage, everyCall))
        expect(refusal).toMatch(/^unavailable: .*nothing was sent: look whether the server can be reached/)
      expect(performance.now() - began).toBeLessThan(5_000)
    } finally {
      await server().resume()
    }
    await expect.poll(() => client.status).toBe('ready')
    await expectDone(storage, everyCall)
    client.disconnect()
  },
)

test.each(Object.entries(clients))(
  '%s: where answers stop, reads are unavailable and writes unknown',
  {
    timeout: 60_000,
  },
  async (_, connect) => {
    const place = await server().createPlace()
    const proxy = await startProxy(server().address)
    const url = new URL(place)
    url.host = `${proxy.host}:${proxy.port}`
    const client = connect(url.href)
    client.on('error', () => undefined)
    await prepareCalls(redisStorage(client as unknown as RedisClient, { entities }))
    const storage = redisStorage(client as unknown as RedisClient, { entities, timeoutMs: 2_000 })
    proxy.silence()
    const { 'a transaction under a guard': guarded, ...others } = { ...writes, ...removals }
    for (const refusal of await refusals(storage, reads as typeof everyCall))
      expect(refusal).toMatch(/^unavailable: .*try again/)
    // A transaction that has to look first does not come to its commit.
    for (const refusal of await refusals(storage, others as typeof everyCall))
      expect(refusal).toMatch(
        /^(commit-unknown: .*may or may not be stored; read|unavailable: .*did not answer until the deadline; try again)/,
      )
    for (const refusal of await refusals(storage, { guarded } as typeof everyCall))
      expect(refusal).toMatch(/^unavailable: /)
    client.disconnect()
    await proxy.close()
  },
)
