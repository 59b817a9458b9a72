import { setTimeout as wait } from 'node:timers/promises'
import { isStorageError, type Storage } from '@portolan/ports'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'
import { entities } from '../race/entities.ts'
import { verdict } from '../race/verdict.ts'
import { prepareRace, rounds, startRace } from '../race/workload.ts'

let place: Place
const clients: Redis[] = []
beforeAll(async () => {
  place = await openPlace({ own: true })
}, 60_000)
beforeEach(() => place.client.flushdb())
afterAll(async () => {
  for (const client of clients) client.disconnect()
  await place.close()
})

function opened(): Storage {
  const client = new Redis(place.url)
  clients.push(client)
  return redisStorage(client as RedisClient, { entities })
}

async function disturbed(disturb: () => Promise<unknown>) {
  const storages = [opened(), opened()]
  await prepareRace(storages[0] as Storage)
  const race = startRace(storages)
  for (let round = 0; round < 2 * rounds; round++) {
    await race.further(5, 80)
    await disturb()
  }
  await race.further(5, 80)
  const ledger = await race.stop()
  return { ledger, storage: storages[0] as Storage }
}

test('a server that forgets its scripts in the midst of a race is told them again, by the same round of calls', async () => {
  const { ledger, storage } = await disturbed(() => place.client.script('FLUSH'))
  const forgotten = /errorstat_NOSCRIPT:count=(\d+)/.exec(await place.client.info('errorstats'))?.[1]
  expect(Number(forgotten)).toBeGreaterThanOrEqual(2 * rounds)
  expect([...ledger.codes.keys()].filter((code) => !['overlap', 'transaction-conflict'].includes(code))).toEqual([])
  await verdict(storage, ledger)
})

test('a server that is full now and then in the midst of a race loses nothing and leaves nothing half-written', async () => {
  const { ledger, storage } = await disturbed(async () => {
    await place.client.config('SET', 'maxmemory', '1')
    await wait(80)
    await place.client.config('SET', 'maxmemory', '0')
  })
  const allowed = ['overlap', 'transaction-conflict', 'unavailable']
  expect([...ledger.codes.keys()].filter((code) => !allowed.includes(code))).toEqual([])
  expect(ledger.codes.get('unavailable')).toBeGreaterThan(rounds)
  await verdict(storage, ledger)
})

test('FLUSHALL in the midst of a race is told to everybody, and nobody writes into what is left', async () => {
  const storages = [opened(), opened()]
  await prepareRace(storages[0] as Storage)
  const race = startRace(storages)
  await wait(200)
  await place.client.flushall()
  const error: unknown = await race.stop().catch((thrown: unknown) => thrown)
  expect(isStorageError(error) ? error.code : error).toBe('schema-mismatch')
  expect((error as Error).message).toMatch(/is not stored here, or was removed with all its rows; run schema.apply\(\)/)
  expect((await place.client.keys('*')).filter((key) => !key.includes(':g:'))).toEqual([])
  // Whoever applies begins anew, for storages that are open as well.
  await opened().schema.apply()
  await expect(storages[1]?.keyValue('race').set('key', 'value')).resolves.toEqual(expect.any(String))
})
