import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { encodeMessage } from '../../src/encoding/message.ts'
import { classify } from '../../src/errors.ts'
import { type Client, openClient, soon } from '../engine.ts'
import { openPlace, type Place } from '../place.ts'
import { at, Booking, booking, deleting, everywhere, inserting, updating, values } from './bookings.ts'

let place: Place
let client: Client
beforeAll(async () => {
  // Settings and statistics are the server's.
  place = await openPlace({ own: true })
  client = openClient({ url: place.url, entities: [Booking] })
}, 60_000)
beforeEach(async () => {
  await place.client.flushdb()
  await client.apply()
  await client.writes.insert(
    inserting([1, 2, 3].map((hour) => values(`r${hour}`, hour, { code: `c${hour}` }))),
    context(),
  )
})
afterAll(async () => {
  client.close()
  await place.close()
})

const context = () => ({ session: null, deadline: soon() })
const many = { ...everywhere, set: { code: null, state: 'off' }, returning: 'count' } as const
const codeOf = async (writing: Promise<unknown>): Promise<unknown> =>
  writing.then(
    () => 'done',
    (error: unknown) => classify(error)?.code ?? 'not classified',
  )

async function keyOf(part: 'definition' | 'rows' | 'byCode'): Promise<string> {
  const [known] = await client.engine.definitions.of(['booking'], 'write', soon())
  const keys = client.engine.keyspace.entity((known as NonNullable<typeof known>).definition)
  return keys[{ definition: 0, rows: 1, byCode: 4 }[part]] ?? ''
}

/** Every key as Redis serialises it. */
async function everything(): Promise<Record<string, string>> {
  const keys = (await client.redis.keys('*')).sort()
  const dumps = await Promise.all(keys.map((key) => client.redis.dumpBuffer(key)))
  return Object.fromEntries(keys.map((key, index) => [key, String(dumps[index]?.toString('hex'))]))
}

const spoil = {
  'a row among many is no row': async () => client.redis.hset(await keyOf('rows'), 'r2', 'no row'),
  'a row among many lacks its id': async () =>
    client.redis.hset(
      await keyOf('rows'),
      'r3',
      encodeMessage(['1', false, '1', at(3), at(4), 'on', 'c3', '1', false]),
    ),
  'the counter of writes is no number': async () => client.redis.hset(await keyOf('definition'), 'writes', 'many'),
  'the counter of writes cannot grow, which fails the very first write': async () =>
    client.redis.hset(await keyOf('definition'), 'writes', '9223372036854775807'),
}

test.each(Object.entries(spoil))('a script that fails has written nothing: %s', async (_, spoiled) => {
  await spoiled()
  const before = await everything()
  for (const write of [
    client.writes.updateMany(many, context()),
    client.writes.deleteMany({ ...everywhere, limit: null }, context()),
  ])
    expect(await codeOf(write)).toBe('not classified')
  expect(await everything()).toEqual(before)
})

test('a key of a wrong type is told before anything is written', async () => {
  const byCode = await keyOf('byCode')
  await client.redis.del(byCode)
  await client.redis.set(byCode, 'something else')
  const before = await everything()
  const { insert, update, updateMany, delete: remove, deleteMany, claim } = client.writes
  const order = [{ field: 'id', direction: 'asc', nullable: false }] as const
  for (const write of [
    insert(inserting([values('new', 9)]), context()),
    update(updating('r1', {}), context()),
    updateMany(many, context()),
    remove(deleting('r1'), context()),
    deleteMany({ ...everywhere, limit: null }, context()),
    claim({ ...everywhere, set: {}, order, limit: 1 }, context()),
  ])
    expect(await codeOf(write)).toBe('schema-mismatch')
  expect(await everything()).toEqual(before)
})

test('a full server refuses before the first write, and lets rows be deleted', async () => {
  const before = await everything()
  await client.redis.config('SET', 'maxmemory', '1')
  try {
    expect(await codeOf(client.writes.insert(inserting([values('new', 9)]), context()))).toBe('unavailable')
    expect(await codeOf(client.writes.update(updating('r1', { count: 5 }), context()))).toBe('unavailable')
    expect(await codeOf(client.writes.updateMany(many, context()))).toBe('unavailable')
    expect(await everything()).toEqual(before)
    expect(await client.writes.delete(deleting('r1'), context())).toMatchObject({ kind: 'deleted' })
    expect(await client.writes.deleteMany({ ...everywhere, limit: null }, context())).toBe(2)
  } finally {
    await client.redis.config('SET', 'maxmemory', '0')
  }
  expect(await client.rows(booking)).toEqual([])
})

/** Commands that scripts called, by name. */
async function commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  await client.redis.config('RESETSTAT')
  await work()
  const lines = (await client.redis.info('commandstats')).matchAll(/cmdstat_([a-z|]+):calls=(\d+)/g)
  const calls = [...lines].map(([, name = '', count]) => [name, Number(count)] as const)
  return Object.fromEntries(calls.filter(([name]) => !/^(config|info|evalsha|eval|client)/.test(name)))
}

test('what a write of one row costs does not grow with the rows there are', async () => {
  const around = async (id: string, hour: number): Promise<Record<string, number>[]> => {
    const { insert, update, delete: remove } = client.writes
    const moved = { from: at(hour + 1), till: at(hour + 2), code: `${id} moved` }
    return [
      await commandsOf(() => insert(inserting([values(id, hour, { code: id })]), context())),
      await commandsOf(() => update(updating(id, moved), context())),
      await commandsOf(() => remove(deleting(id), context())),
    ]
  }
  const few = await around('one', 5_000)
  const crowd = Array.from({ length: 5_000 }, (_, index) =>
    values(`row ${index}`, index < 4_990 ? index + 4 : index + 20),
  )
  await client.writes.insert(inserting(crowd), context())
  expect(await around('other', 5_000)).toEqual(few)
  expect(Object.values(few[0] ?? {}).reduce((sum, calls) => sum + calls, 0)).toBeLessThan(30)
})

test('5,000 rows of 1 kB are one call, in order', async () => {
  const notes = JSON.stringify('x'.repeat(1_000))
  const rows = Array.from({ length: 5_000 }, (_, index) =>
    values(`bulk ${index}`, 10 + index, { notes, code: `bulk ${index}` }),
  )
  const outcome = await client.writes.insert(inserting(rows), context())
  expect(outcome.kind === 'inserted' && outcome.rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
  expect(await client.rows(booking)).toHaveLength(5_003)
})
