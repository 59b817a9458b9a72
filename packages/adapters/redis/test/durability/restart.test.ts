import { startProxy } from '@portolan/conformance'
import type { Storage } from '@portolan/ports'
import { type OwnServer, redis } from '@portolan-tooling/test-servers'
import { serverForTests } from '@portolan-tooling/test-servers/vitest'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { afterEach, expect, test } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import { redisStorage } from '../../src/index.ts'
import { entities } from '../race/entities.ts'
import { verdict } from '../race/verdict.ts'
import { prepareRace, rounds, startRace } from '../race/workload.ts'

/** With `appendonly yes` and `appendfsync always`, since it may be killed. */
const server = serverForTests<OwnServer>(() => redis({ own: true }))
const clients: { disconnect(): void }[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect()
})

/** As ioredis is by default: what was under way when a connection broke is sent again over the next one. */
function opened(url: string, Client: typeof Redis | typeof Redis5 = Redis): Storage {
  const retryStrategy = (times: number): number => Math.min(times * 20, 200)
  const client = Client === Redis ? new Redis(url, { retryStrategy }) : new Redis5(url, { retryStrategy })
  client.on('error', () => undefined)
  expect(client.options.autoResendUnfulfilledCommands).toBe(true)
  clients.push(client)
  return redisStorage(client as RedisClient, { entities, durability: 'restart' })
}

/** Of the newest and of the oldest client. */
const pairOn = (url: string): readonly [Storage, Storage] => [opened(url), opened(url, Redis5)]

test('a server that is killed in the midst of a race, again and again, has kept what it acknowledged', {
  timeout: 300_000,
}, async () => {
  const place = await server().createPlace()
  const storages = pairOn(place)
  await prepareRace(storages[0])
  expect(await storages[0].schema.verify()).toEqual([])
  const race = startRace(storages)
  for (let round = 0; round < rounds; round++) {
    await race.further(10, 200 + 100 * Math.random())
    await server().halt()
    await server().resume()
  }
  await race.further(10, 0)
  const ledger = await race.stop()
  const allowed = ['overlap', 'transaction-conflict', 'unavailable', 'commit-unknown']
  expect([...ledger.codes.keys()].filter((code) => !allowed.includes(code))).toEqual([])
  // And once more from the disk alone.
  await server().halt()
  await server().resume()
  await verdict(opened(place), ledger)
})

/** Commands of this name that came more than once with the same keys, as the server saw them. */
async function watchRepeats(url: string): Promise<{ repeated(): number; stop(): void }> {
  const watcher = new Redis(url)
  const monitor = await watcher.monitor()
  const seen = new Map<string, number>()
  monitor.on('monitor', (_: string, [command = '', , count = '', ...given]: string[]) => {
    const operation = given[Number(count) - 1] ?? ''
    if (command.toLowerCase() === 'evalsha' && operation.includes(':w:'))
      seen.set(operation, (seen.get(operation) ?? 0) + 1)
  })
  return {
    repeated: () => [...seen.values()].filter((times) => times > 1).length,
    stop() {
      monitor.disconnect()
      watcher.disconnect()
    },
  }
}

test('connections that break in the midst of a race make ioredis send again what had been carried out: nothing happens twice', {
  timeout: 300_000,
}, async () => {
  const place = await server().createPlace()
  const proxy = await startProxy(server().address)
  const url = new URL(place)
  url.host = `${proxy.host}:${proxy.port}`
  const storages = pairOn(url.href)
  await prepareRace(storages[0])
  const watch = await watchRepeats(place)
  const race = startRace(storages)
  for (let round = 0; round < 4 * rounds; round++) {
    await race.further(5, 40 + 40 * Math.random())
    // The answer to what is sent next is lost, and with it all that was sent meanwhile.
    if (round % 2 === 0) proxy.failAt(1, 'cut-answer')
    else proxy.cut()
  }
  await race.further(5, 300)
  const ledger = await race.stop()
  expect(watch.repeated()).toBeGreaterThan(rounds)
  watch.stop()
  expect([...ledger.codes.keys()].filter((code) => !['overlap', 'transaction-conflict'].includes(code))).toEqual([])
  await verdict(opened(place), ledger)
  await proxy.close()
})
