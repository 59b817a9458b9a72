import { defineEntity, type Storage, text } from '@portolan/ports'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'

const Note = defineEntity({ name: 'note', fields: { words: text() } })

let place: Place
let client: Redis
let one: Storage
let two: Storage
beforeAll(async () => {
  place = await openPlace()
  client = new Redis(place.url)
  one = await partition('one')
  two = await partition('two')
})
afterAll(async () => {
  client.disconnect()
  await place.close()
})

async function partition(name: string): Promise<Storage> {
  const storage = redisStorage(client as RedisClient, { entities: [Note], partition: name })
  await storage.schema.apply()
  return storage
}

test('a transaction of one partition spans no other: misuse, and nothing of it is stored', async () => {
  const spanning = one.transaction(async (tx) => {
    await tx.repository(Note).insert({ words: 'here' })
    await two.repository(Note).insert({ words: 'there' })
  })
  await expect(spanning).rejects.toMatchObject({ code: 'misuse' })
  await expect(one.transaction(() => two.transaction(async () => {}))).rejects.toMatchObject({ code: 'misuse' })
  await expect(one.transaction(() => two.keyValue('n').get('k'))).rejects.toMatchObject({ code: 'misuse' })
  expect(await one.repository(Note).count()).toBe(0)
  expect(await two.repository(Note).count()).toBe(0)
})

test('after it has ended the other may be called, also by what it left behind', async () => {
  let later: (() => Promise<unknown>) | undefined
  await one.transaction(async (tx) => {
    await tx.repository(Note).insert({ words: 'here' })
    later = () => two.repository(Note).insert({ words: 'there' })
    tx.afterCommit(() =>
      two
        .repository(Note)
        .insert({ words: 'hook' })
        .then(() => undefined),
    )
  })
  await later?.()
  expect(await two.repository(Note).count()).toBe(2)
})

test('a storage without partitions is another database, and so is one of another prefix', async () => {
  const whole = redisStorage(client as RedisClient, { entities: [Note] })
  const elsewhere = redisStorage(client as RedisClient, { entities: [Note], prefix: 'elsewhere', partition: 'one' })
  for (const storage of [whole, elsewhere]) {
    await storage.schema.apply()
    await one.transaction(() => storage.repository(Note).insert({ words: 'aside' }))
    expect(await storage.repository(Note).count()).toBe(1)
  }
})
