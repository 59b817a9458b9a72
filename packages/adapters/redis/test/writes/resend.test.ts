import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { callsOn } from '../../src/call.ts'
import type { Connection, Reply } from '../../src/client.ts'
import type { Writes } from '../../src/engine.ts'
import { classify } from '../../src/errors.ts'
import { writesOn } from '../../src/writes.ts'
import { type Client, openClient, soon } from '../engine.ts'
import { openPlace, type Place } from '../place.ts'
import { at, Booking, booking, deleting, everywhere, inserting, updating, values } from './bookings.ts'

let place: Place
let client: Client
beforeAll(async () => {
  place = await openPlace()
  client = openClient({ url: place.url, entities: [Booking] })
})
beforeEach(async () => {
  await place.client.flushdb()
  await client.apply()
  sent.length = 0
})
afterAll(async () => {
  client.close()
  await place.close()
})

const context = () => ({ session: null, deadline: soon() })

/** Keys of each call, the last one that of its operation. */
const sent: (readonly string[])[] = []

/** What ioredis does where a connection broke before the answer came: the command goes out once more as it was. */
function writesOver(
  change: Partial<Connection>,
  meanwhile: () => Promise<unknown> = async () => undefined,
  same = true,
): Writes {
  const { engine } = client
  const connection: Connection = {
    ...engine.connection,
    async run(script, keys, call, deadline): Promise<Reply> {
      sent.push(keys)
      const first = await engine.connection.run(script, keys, call, deadline)
      await meanwhile()
      const second = await engine.connection.run(script, keys, call, deadline)
      if (same && (script.name === 'write' || script.name === 'remove')) expect(second).toEqual(first)
      return second
    },
    ...change,
  }
  return writesOn({ ...engine, connection, call: callsOn(connection, engine.keyspace, engine.definitions, null) })
}

const remembered = async (): Promise<number> => client.redis.strlen(sent.at(-1)?.at(-1) ?? '')

test('each write that is sent twice happens once, and has one answer', async () => {
  const twice = writesOver({})
  const rows = Array.from({ length: 3 }, (_, hour) => values(`r${hour}`, hour, { leasedUntil: { clock: 0 } }))
  const inserted = await twice.insert(inserting(rows), context())
  expect(inserted).toMatchObject({ kind: 'inserted' })
  expect(inserted.kind === 'inserted' && inserted.rows).toEqual((await client.rows(booking)).sort(byId))
  const added = await twice.update(updating('r0', { count: { increment: 5 } }), context())
  expect(added).toMatchObject({ kind: 'updated', row: { count: 5, version: 2 } })
  const upsert = inserting([values('r0', 9)], {
    onDuplicate: {
      kind: 'update',
      unique: 'id',
      set: { count: { increment: 1 } },
      require: null,
      version: null,
      where: null,
    },
  })
  expect(await twice.insert(upsert, context())).toMatchObject({ kind: 'updated', row: { count: 6 } })
  const many = { ...everywhere, set: { count: { increment: 1 } } } as const
  expect(await twice.updateMany({ ...many, returning: 'ids' }, context())).toMatchObject({ count: 3 })
  expect((await client.rows(booking)).map(({ count }) => count).sort()).toEqual([1, 1, 7])
  const order = [{ field: 'id', direction: 'asc', nullable: false }] as const
  const claimed = await twice.claim({ ...everywhere, set: { state: 'taken' }, order, limit: 2 }, context())
  expect(claimed.map(({ id, state }) => [id, state])).toEqual([
    ['r0', 'taken'],
    ['r1', 'taken'],
  ])
  expect(await twice.delete(deleting('r1'), context())).toMatchObject({ kind: 'deleted', row: { id: 'r1', count: 1 } })
  expect(await twice.deleteMany({ ...everywhere, limit: null }, context())).toBe(2)
  expect(await client.rows(booking)).toEqual([])
})

const byId = (one: { [field: string]: unknown }, other: { [field: string]: unknown }): number =>
  String(one.id) < String(other.id) ? -1 : 1

test('the answer stays what it was, whatever others do before the call comes again', async () => {
  const { insert, update, delete: remove } = client.writes
  await insert(inserting([values('a', 1), values('b', 2)]), context())
  const busy = writesOver({}, () => update(updating('a', { count: { increment: 100 } }), context()))
  expect(await busy.update(updating('a', { count: { increment: 1 } }), context())).toMatchObject({
    kind: 'updated',
    row: { count: 1, version: 2 },
  })
  const reinserted = writesOver({}, () => insert(inserting([values('b', 2, { count: 7 })]), context()))
  expect(await reinserted.delete(deleting('b'), context())).toMatchObject({ kind: 'deleted', row: { count: 0 } })
  expect((await client.rows(booking)).sort(byId)).toMatchObject([
    { id: 'a', count: 101, version: 3 },
    { id: 'b', count: 7 },
  ])
  await remove(deleting('b'), context())
})

test('a claim that comes again tells of no row that others have changed since', async () => {
  await client.writes.insert(inserting([values('a', 1), values('b', 2), values('c', 3)]), context())
  const meanwhile = async (): Promise<void> => {
    await client.writes.update(updating('a', { state: 'taken over' }), context())
    await client.writes.delete(deleting('b'), context())
  }
  const order = [{ field: 'id', direction: 'asc', nullable: false }] as const
  const slow = writesOver({}, meanwhile, false)
  const claimed = await slow.claim({ ...everywhere, set: { state: 'taken' }, order, limit: 3 }, context())
  expect(claimed).toMatchObject([{ id: 'c', state: 'taken' }])
})

test('what is remembered of a write of many rows is small, and gone after two minutes', async () => {
  const twice = writesOver({})
  const notes = JSON.stringify('x'.repeat(1_000))
  const rows = Array.from({ length: 2_000 }, (_, hour) => values(`row ${hour}`, hour, { notes }))
  await twice.insert(inserting(rows), context())
  expect(await remembered()).toBeLessThan(50)
  await twice.updateMany({ ...everywhere, set: { count: 1 }, returning: 'count' }, context())
  expect(await remembered()).toBeLessThan(50)
  const order = [{ field: 'id', direction: 'asc', nullable: false }] as const
  const claimed = await twice.claim({ ...everywhere, set: { count: 2 }, order, limit: 1_000 }, context())
  expect(claimed).toHaveLength(1_000)
  expect(await remembered()).toBeLessThan(20_000)
  const left = await client.redis.pttl(sent.at(-1)?.at(-1) ?? '')
  expect(left).toBeGreaterThan(100_000)
  expect(left).toBeLessThanOrEqual(120_000)
  await twice.deleteMany({ ...everywhere, limit: null }, context())
  expect(await remembered()).toBeLessThan(50)
})

test('a refusal is remembered by nobody, since nothing was written', async () => {
  await client.writes.insert(inserting([values('a', 1)]), context())
  const before = await client.redis.dbsize()
  const twice = writesOver({})
  expect(await twice.insert(inserting([values('a', 1)]), context())).toMatchObject({ kind: 'duplicate' })
  expect(await twice.update(updating('none', {}), context())).toEqual({ kind: 'missing' })
  expect(await client.redis.dbsize()).toBe(before)
})

test('what comes later than its deadline is not carried out', async () => {
  const before = await client.redis.dbsize()
  const late = writesOver({ notAfter: () => Date.now() - 60_000 }, undefined, false)
  for (const write of [
    () => late.insert(inserting([values('a', 1)]), context()),
    () => late.deleteMany({ ...everywhere, limit: null }, context()),
  ]) {
    const error: unknown = await write().catch((thrown: unknown) => thrown)
    expect(classify(error)).toMatchObject({ code: 'unavailable', message: expect.stringMatching('not carried out') })
  }
  expect(await client.redis.dbsize()).toBe(before)
})

test('a clock that was taken for another one is learned by a write that seems late, which then is carried out', async () => {
  const { connection } = client.engine
  let asked = 0
  const notAfter = (deadline: number) => (asked++ === 0 ? Date.now() - 60_000 : connection.notAfter(deadline))
  const misled = writesOver({ notAfter }, undefined, false)
  expect(await misled.insert(inserting([values('a', 1)]), context())).toMatchObject({ kind: 'inserted' })
  expect(asked).toBe(2)
})

test('what was carried out in time has its answer, however late it comes again', async () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1_500))
  const slow = writesOver({ notAfter: () => Date.now() + 1_000 }, pause)
  expect(await slow.insert(inserting([values('a', 1)]), context())).toMatchObject({ kind: 'inserted' })
  expect(await client.rows(booking)).toHaveLength(1)
})

test('a write is one round trip', async () => {
  const { insert, update, delete: remove } = client.writes
  await insert(inserting([values('a', 1)]), context())
  await remove(deleting('none'), context())
  const single = { ...client.engine.connection }
  let trips = 0
  const run = single.run
  single.run = (...given) => {
    trips++
    return run(...given)
  }
  const counted = writesOver(single)
  await counted.insert(inserting([values('b', 2), values('c', 3)]), context())
  const guarded = updating(
    'a',
    { from: at(7), till: at(8) },
    { unless: { op: 'eq', field: 'code', value: 'x' }, guards: ['one', 'two'] },
  )
  await counted.update(guarded, context())
  await counted.delete(deleting('a'), context())
  await counted.updateMany({ ...everywhere, set: { count: 3 }, returning: 'ids' }, context())
  expect(trips).toBe(4)
  await update(updating('b', {}), context())
})
