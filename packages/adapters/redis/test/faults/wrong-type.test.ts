import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { keyspace } from '../../src/keys.ts'
import { openPlace, type Place } from '../place.ts'
import { entities } from '../race/entities.ts'
import { codeOf, everyCall, everything, prepareCalls } from './calls.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

test('whatever key of a storage holds something else: a call is schema-mismatch and has changed nothing, or is right', {
  timeout: 120_000,
}, async () => {
  const first = redisStorage(place.client as RedisClient, { entities })
  await prepareCalls(first)
  const whole = await everything(place.client)
  const keys = Object.keys(whole).filter((key) => !key.includes(':w:'))
  expect(keys.length).toBeGreaterThan(20)
  const spoil = async (spoiled: string): Promise<void> => {
    await place.client.flushdb()
    const restoring = place.client.pipeline()
    for (const [key, dump] of Object.entries(whole))
      if (key !== spoiled) restoring.restore(key, 0, Buffer.from(dump, 'hex'))
    await restoring.rpush(spoiled, 'something else').exec()
  }
  const nobodys = new Set(keys)
  for (const key of keys) {
    await spoil(key)
    const storage = redisStorage(place.client as RedisClient, { entities })
    for (const [name, call] of Object.entries(everyCall)) {
      const before = await everything(place.client)
      const code = await codeOf(call(storage))
      expect(['ok', 'schema-mismatch'], `${name} with another thing at ${key}`).toContain(code)
      if (code === 'ok') await spoil(key)
      else {
        nobodys.delete(key)
        expect(await everything(place.client), `${name} with another thing at ${key}`).toEqual(before)
      }
    }
  }
  const keyspaceOf = keyspace('portolan', null)
  // No call asks for this definition. And what MGET finds at the key of an entry is no text, so there is no entry: a set makes it anew.
  expect([...nobodys].sort()).toEqual([keyspaceOf.definition('step'), keyspaceOf.entry('space', 'key')].sort())
  await spoil(keyspaceOf.entry('space', 'key'))
  const entries = redisStorage(place.client as RedisClient, { entities }).keyValue('space')
  expect(await entries.get('key')).toBeNull()
  await entries.set('key', 'anew')
  expect(await entries.get('key')).toBe('anew')
})
