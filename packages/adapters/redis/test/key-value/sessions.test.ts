import { defineEntity, isStorageError, type Storage, type Transaction, text } from '@portolan/ports'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { openPlace, type Place } from '../place.ts'

const Note = defineEntity({ name: 'note', fields: { title: text() } })

let place: Place
let client: Redis
let storage: Storage
let other: Storage
beforeEach(async () => {
  await close()
  place = await openPlace()
  client = new Redis(place.url)
  storage = redisStorage(place.client as RedisClient, { entities: [Note] })
  other = redisStorage(client as RedisClient, { entities: [Note] })
  await storage.schema.apply()
})
afterAll(() => close())

async function close(): Promise<void> {
  client?.disconnect()
  await place?.close()
}

const space = (on: Pick<Storage, 'keyValue'>) => on.keyValue('space')
const keysOf = async (on: Pick<Storage, 'keyValue'>, prefix?: string): Promise<string[]> => {
  const found: string[] = []
  for await (const key of space(on).keys(prefix === undefined ? undefined : { prefix })) found.push(key)
  return found
}

/** What the work of a transaction returns in its last run, and how many runs there were; `meanwhile` happens in the first. */
async function run<R>(
  reads: 'latest' | 'snapshot',
  work: (tx: Transaction<never>, meanwhile: () => Promise<unknown>) => Promise<R>,
  meanwhile: () => Promise<unknown>,
): Promise<{ readonly result: R; readonly runs: number }> {
  let runs = 0
  const result = await storage.transaction(
    (tx) => {
      runs++
      return work(tx as Transaction<never>, async () => (runs === 1 ? await meanwhile() : undefined))
    },
    { reads },
  )
  return { result, runs }
}

test.each(['latest', 'snapshot'] as const)(
  'in %s what was read must still be so when the transaction writes: an entry, an absent one, a page of keys',
  async (reads) => {
    await space(other).set('key', 'old')
    const set = (tx: Transaction<never>) => space(tx).set('result', 'x')
    const entry = await run(
      reads,
      async (tx, meanwhile) => {
        const value = await space(tx).get('key')
        await meanwhile()
        await set(tx)
        return value
      },
      () => space(other).set('key', 'new'),
    )
    expect(entry).toEqual({ result: 'new', runs: 2 })
    const absent = await run(
      reads,
      async (tx, meanwhile) => {
        const value = await space(tx).get('absent')
        await meanwhile()
        await set(tx)
        return value
      },
      () => space(other).set('absent', 'there'),
    )
    expect(absent).toEqual({ result: 'there', runs: 2 })
    const page = await run(
      reads,
      async (tx, meanwhile) => {
        const found = await keysOf(tx, 'k')
        await meanwhile()
        await set(tx)
        return found
      },
      () => space(other).set('key-2', 'x'),
    )
    expect(page).toEqual({ result: ['key', 'key-2'], runs: 2 })
    const beside = await run(
      reads,
      async (tx, meanwhile) => {
        await space(tx).getMany(['key', 'absent'])
        await keysOf(tx, 'k')
        await meanwhile()
        await set(tx)
      },
      () => space(other).set('other', 'x'),
    )
    expect(beside.runs).toBe(1)
  },
)

test('a snapshot never shows two moments, of entries and rows in either order', async () => {
  const notes = other.repository(Note)
  await notes.insert({ id: 'note', title: '0' })
  await space(other).set('key', '0')
  let value = 0
  const both = () =>
    other.transaction(async (tx) => {
      value++
      await tx.repository(Note).update('note', { title: String(value) })
      await space(tx).set('key', String(value))
    })
  const looks = {
    row: async (tx: Transaction<never>) => (await tx.repository(Note).get('note'))?.title,
    entry: async (tx: Transaction<never>) => await space(tx).get('key'),
    keys: async (tx: Transaction<never>) => (await keysOf(tx)).length,
  }
  for (const [first, second] of [
    ['row', 'entry'],
    ['entry', 'row'],
    ['entry', 'entry'],
    ['keys', 'row'],
    ['row', 'keys'],
  ] as const) {
    const seen: unknown[][] = []
    const { runs } = await run(
      'snapshot',
      async (tx, meanwhile) => {
        const one = await looks[first](tx)
        await meanwhile()
        seen.push([one, await looks[second](tx)])
      },
      async () => {
        await both()
        await space(other).set(`fresh-${first}-${second}`, 'x')
      },
    )
    expect(runs, `${first}, ${second}`).toBe(2)
    expect(seen, `${first}, ${second}`).toHaveLength(1)
    if (first !== second && !`${first}${second}`.includes('keys')) expect(seen[0]?.[0]).toBe(seen[0]?.[1])
  }
})

test('own writes are seen, in order, with pages of keys laid over those of the store', async () => {
  await Promise.all(Array.from({ length: 1_200 }, (_, index) => space(other).set(`key-${1_000 + index}`, 'x')))
  await storage.transaction(async (tx) => {
    const store = space(tx)
    const revision = await store.set('a', '1')
    expect(await store.set('a', '2', { revision: 'another' })).toBeNull()
    expect(await store.set('a', '2', { revision: revision ?? '' })).not.toBeNull()
    expect(await store.set('a', '3', { absent: true })).toBeNull()
    expect(await store.set('zz', '1', { ttlMs: 60_000 })).not.toBeNull()
    expect(Date.parse((await store.getEntry('zz'))?.expiresAt ?? '') - Date.now()).toBeGreaterThan(50_000)
    expect(await store.delete('key-1500')).toBe(true)
    expect(await store.delete('key-1500')).toBe(false)
    expect(await store.deleteMany(['key-1501', 'key-1500', 'key-1501', 'none'])).toBe(1)
    await store.set('key-1700x', 'own')
    expect(await store.getMany(['a', 'key-1500', 'key-1502'])).toEqual(['2', null, 'x'])
    const found = await keysOf(tx)
    expect(found).toHaveLength(1_200 - 2 + 3)
    expect(found).toEqual([...found].sort())
    expect(found.slice(0, 2).concat(found.slice(-1))).toEqual(['a', 'key-1000', 'zz'])
    expect(await keysOf(tx, 'key-17')).toContain('key-1700x')
    await store.clear()
    expect(await keysOf(tx)).toEqual([])
    expect(await store.get('key-1000')).toBeNull()
    await store.set('after', '1')
    expect(await keysOf(tx)).toEqual(['after'])
  })
  expect(await keysOf(other)).toEqual(['after'])
  expect(await space(other).getMany(['a', 'after', 'key-1000'])).toEqual([null, '1', null])
})

test('an entry of its own that ends before the commit is gone with it', async () => {
  await space(other).set('key', 'old')
  await storage.transaction(async (tx) => {
    await space(tx).set('key', 'short', { ttlMs: 500 })
    expect(await space(tx).get('key')).toBe('short')
    while ((await space(tx).get('key')) !== null) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await keysOf(tx)).toEqual([])
  })
  expect(await space(other).get('key')).toBeNull()
  expect(await keysOf(other)).toEqual([])
})

test('a transaction that would hold too much is refused before it writes, and goes on', async () => {
  const tooLarge = async (running: Promise<unknown>) => {
    const error: unknown = await running.catch((thrown: unknown) => thrown)
    expect(isStorageError(error, 'too-large')).toBe(true)
    expect(String((error as Error).message)).not.toContain('marker')
  }
  await storage.transaction(
    async (tx) => {
      const store = tx.keyValue('marker')
      for (let index = 0; index < 10_000; index++) await store.set(`marker-${index}`, 'x')
      await tooLarge(store.set('marker', 'x'))
      await store.clear()
      const large = 'marker'.repeat(1_000_000)
      await store.set('one', large)
      await tooLarge(store.set('two', large))
      await store.set('one', 'small')
      await store.set('two', 'small')
    },
    { timeoutMs: 60_000 },
  )
  expect(await other.keyValue('marker').getMany(['one', 'two', 'marker-1'])).toEqual(['small', 'small', null])
})
