import type { Storage } from '@portolan/ports'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'
import { entities } from '../race/entities.ts'
import { expectDone, expectRefused, prepareCalls, reads, removals, writes } from './calls.ts'

let place: Place
let storage: Storage
beforeAll(async () => {
  place = await openPlace({ own: true })
}, 60_000)
beforeEach(async () => {
  await place.client.flushdb()
  storage = redisStorage(place.client as RedisClient, { entities })
  await prepareCalls(storage)
})
afterAll(() => place.close())

test('a full server refuses every write before its first key, answers reads, and carries out what makes room', async () => {
  await place.client.config('SET', 'maxmemory', '1')
  try {
    await expectRefused(storage, writes, {
      code: 'unavailable',
      words: /maxmemory.*delete something, or raise it/,
      admin: place.client,
    })
    await expectDone(storage, reads)
    await expectDone(storage, removals)
  } finally {
    await place.client.config('SET', 'maxmemory', '0')
  }
  await expectDone(storage, { 'it goes on': writes.insert as (typeof writes)[string] })
})

test('a storage that is opened on a full server works as far as that goes', async () => {
  await place.client.config('SET', 'maxmemory', '1')
  try {
    const fresh = redisStorage(place.client as RedisClient, { entities })
    await expectRefused(fresh, writes, { code: 'unavailable', words: /maxmemory/, admin: place.client })
    await expectDone(fresh, { ...reads, ...removals })
    expect(await fresh.schema.verify()).toEqual([])
  } finally {
    await place.client.config('SET', 'maxmemory', '0')
  }
})

test('a server that has fewer replicas than it asks for refuses every write', async () => {
  await place.client.config('SET', 'min-replicas-to-write', '3')
  try {
    const words = /fewer replicas/
    await expectRefused(storage, { ...writes, ...removals }, { code: 'unavailable', words, admin: place.client })
    await expectDone(storage, reads)
  } finally {
    await place.client.config('SET', 'min-replicas-to-write', '0')
  }
})
