import type { Predicate, UpdatePlan } from '@portolan/adapter-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Client, openClient, soon } from '../engine.ts'
import { openPlace, type Place } from '../place.ts'
import { at, Booking, booking, deleting, EarlierBooking, everywhere, inserting, updating, values } from './bookings.ts'

let place: Place
let client: Client
beforeAll(async () => {
  place = await openPlace()
  client = openClient({ url: place.url, entities: [Booking] })
})
beforeEach(async () => {
  await place.client.flushdb()
  await client.apply()
})
afterAll(async () => {
  client.close()
  await place.close()
})

const context = () => ({ session: null, deadline: soon() })
const state = (value: string): Predicate => ({ op: 'eq', field: 'state', value })

/** A row for which everything is wrong at once. */
const conditions: Partial<UpdatePlan> = {
  expect: { op: 'eq', field: 'notes', value: '{"a": 1}' },
  require: { op: 'gt', field: 'till', value: at(20) },
  version: 7,
  where: state('off'),
  unless: { op: 'eq', field: 'code', value: 'taken' },
  guards: ['guard'],
}
const set = { count: { increment: Number.MAX_SAFE_INTEGER }, code: 'taken', from: at(5), till: at(6) }

test('refusals come in their order, each once what precedes it is put right', async () => {
  const { insert, update } = client.writes
  const rows = [values('a', 1, { count: 5, notes: '{"a":1}' }), values('b', 5, { code: 'taken' })]
  expect((await insert(inserting(rows), context())).kind).toBe('inserted')
  const plan = { ...updating('a', set), ...conditions } as UpdatePlan
  const said = async (more: Partial<UpdatePlan>): Promise<unknown> => update({ ...plan, ...more }, context())

  const before = await client.rows(booking)
  expect(await said({ id: 'none', expect: null })).toEqual({ kind: 'missing' })
  expect(await said({ id: 'none' })).toEqual({ kind: 'changed' })
  expect(await said({})).toEqual({ kind: 'changed' })
  const right: { -readonly [K in keyof UpdatePlan]?: UpdatePlan[K] } = {
    expect: { op: 'eq', field: 'notes', value: '{"a":1}' },
  }
  expect(await said(right)).toEqual({ kind: 'invalid', id: 'a' })
  right.require = null
  expect(await said(right)).toEqual({ kind: 'stale', id: 'a', actual: 1 })
  right.version = 1
  expect(await said(right)).toEqual({
    kind: 'condition',
    id: 'a',
    row: expect.objectContaining({ id: 'a', room: '1' }),
  })
  right.where = state('on')
  expect(await said(right)).toEqual({ kind: 'out-of-range', id: 'a', field: 'count' })
  const counted = { ...set, count: { increment: -6 }, version: { increment: 1 } }
  right.set = counted
  expect(await said(right)).toEqual({ kind: 'duplicate', unique: 'byCode', id: 'b' })
  right.set = { ...counted, code: 'free' }
  expect(await said(right)).toEqual({ kind: 'unless', ids: ['b'] })
  // The row that is written does not count, though it matches.
  right.unless = { op: 'eq', field: 'id', value: 'a' }
  expect(await said(right)).toEqual({ kind: 'overlap', rule: 'perRoom', id: 'b' })
  expect((await client.rows(booking)).sort()).toEqual(before.sort())
  right.set = { ...counted, code: 'free', from: at(6), till: at(7) }
  expect(await said(right)).toMatchObject({ kind: 'updated', row: { id: 'a', count: -1, version: 2, from: at(6) } })
})

test('a delete has the same order, and gives its row once', async () => {
  const { insert, delete: remove } = client.writes
  await insert(inserting([values('a', 1), values('b', 5, { code: 'taken' })]), context())
  const { expect: seen, version, where, unless, guards } = conditions as UpdatePlan
  const said = (more: object): Promise<unknown> =>
    remove({ ...deleting('a'), expect: seen, version, where, unless, guards, ...more }, context())
  expect(await said({})).toEqual({ kind: 'changed' })
  expect(await said({ expect: null })).toEqual({ kind: 'stale', id: 'a', actual: 1 })
  expect(await said({ expect: null, version: 1 })).toEqual({
    kind: 'condition',
    id: 'a',
    row: expect.objectContaining({ id: 'a', room: '1' }),
  })
  expect(await said({ expect: null, version: 1, where: null })).toEqual({ kind: 'unless', ids: ['b'] })
  expect(await remove(deleting('a'), context())).toMatchObject({ kind: 'deleted', row: { id: 'a', from: at(1) } })
  expect(await remove(deleting('a'), context())).toEqual({ kind: 'missing' })
})

test('of an upsert, conditions bind the row that is there; `unless` names ten at most', async () => {
  const { insert } = client.writes
  const many = Array.from({ length: 14 }, (_, hour) => values(`r${hour}`, hour))
  await insert(inserting([...many, values('b', 20, { code: 'taken' })]), context())
  const upsert = { kind: 'update', unique: 'byCode', set: { count: { increment: 2 } }, require: null } as const
  const wanted = inserting([values('new', 21, { code: 'taken' })], {
    onDuplicate: { ...upsert, version: 3, where: null },
    unless: { op: 'eq', field: 'room', value: '1' },
    guards: ['guard'],
  })
  expect(await insert(wanted, context())).toEqual({ kind: 'stale', id: 'b', actual: 1 })
  const crowded = { ...wanted, onDuplicate: { ...upsert, version: 1, where: state('on') } }
  const refused = await insert(crowded, context())
  expect(refused.kind === 'unless' && refused.ids.length).toBe(10)
  expect(await insert({ ...crowded, unless: null, guards: [] }, context())).toMatchObject({
    kind: 'updated',
    row: { id: 'b', count: 2 },
  })
})

test('a number that others have spoilt is told as such, and nothing is added to it', async () => {
  const { insert, update } = client.writes
  await insert(inserting([values('a', 1)]), context())
  const place = 1 + Object.keys(booking.fields).indexOf('count') + 1
  const [known] = await client.engine.definitions.of(['booking'], 'write', soon())
  expect(known?.places.get('count')).toBe(place)
  const [, rows = ''] = client.engine.keyspace.entity((known as NonNullable<typeof known>).definition)
  await client.redis.eval(
    "local row = cmsgpack.unpack(redis.call('HGET', KEYS[1], 'a')) row[tonumber(ARGV[1])] = 'many' redis.call('HSET', KEYS[1], 'a', cmsgpack.pack(row))",
    1,
    rows,
    place,
  )
  await expect(update(updating('a', { count: { increment: 1 } }), context())).rejects.toMatchObject({
    code: 'invalid-stored-value',
  })
})

test('a writer keeps a stored key that it has never declared', async () => {
  const earlier = openClient({ url: place.url, entities: [EarlierBooking] })
  try {
    const outcome = async (id: string, hour: number): Promise<unknown> =>
      earlier.writes.insert(inserting([values(id, hour, { code: 'one' })]), context())
    expect(await outcome('a', 1)).toMatchObject({ kind: 'inserted' })
    expect(await outcome('b', 2)).toEqual({ kind: 'duplicate', unique: 'byCode', id: 'a' })
  } finally {
    earlier.close()
  }
})

test('what would read more rows than it may is refused, and writes nothing', async () => {
  const narrow = openClient({ url: place.url, entities: [Booking], scanBound: 20 })
  try {
    await narrow.writes.insert(inserting(Array.from({ length: 30 }, (_, hour) => values(`r${hour}`, hour))), context())
    const before = await narrow.rows(booking)
    const broad = { code: 'query-too-broad' }
    const gone = { ...everywhere, where: { op: 'eq', field: 'count', value: 0 } } as const
    const { updateMany, deleteMany, update } = narrow.writes
    const changed = { ...gone, set: { count: 1 }, returning: 'count' } as const
    await expect(updateMany(changed, context())).rejects.toMatchObject(broad)
    await expect(deleteMany({ ...gone, limit: null }, context())).rejects.toMatchObject(broad)
    const unless: Predicate = { op: 'eq', field: 'count', value: 3 }
    const guarded = updating('r0', {}, { unless, guards: ['guard'] })
    await expect(update(guarded, context())).rejects.toMatchObject(broad)
    expect(await narrow.rows(booking)).toEqual(before)
    expect(await deleteMany({ ...gone, limit: 7 }, context())).toBe(7)
  } finally {
    narrow.close()
  }
})

test('a claim goes on behind rows that it may not take, and returns what it has when it has read enough', async () => {
  const narrow = openClient({ url: place.url, entities: [Booking], scanBound: 20 })
  try {
    const { insert, claim } = narrow.writes
    const leased = Array.from({ length: 70 }, (_, hour) => values(`l${hour}`, hour, { leasedUntil: at(0) }))
    const free = Array.from({ length: 30 }, (_, hour) => values(`f${hour}`, 100 + hour))
    await insert(inserting([...leased, ...free]), context())
    const plan = {
      entity: booking,
      scope: null,
      where: { op: 'all', parts: [state('on'), { op: 'isNull', field: 'leasedUntil' }] },
      order: [
        { field: 'from', direction: 'asc', nullable: false },
        { field: 'id', direction: 'asc', nullable: false },
      ],
      limit: 25,
      set: { leasedUntil: at(1), version: { increment: 1 } },
    } as const
    const claims: string[][] = []
    for (let turn = 0; turn < 4; turn++) claims.push((await claim(plan, context())).map(({ id }) => String(id)))
    expect(claims.map(({ length }) => length)).toEqual([10, 20, 0, 0])
    expect(claims.flat()).toEqual(free.map(({ id }) => id))
    const unordered = { ...plan, order: [{ field: 'count', direction: 'asc', nullable: false } as const] }
    await expect(
      claim({ ...unordered, where: { op: 'eq', field: 'count', value: 9 } }, context()),
    ).rejects.toMatchObject({
      code: 'query-too-broad',
    })
  } finally {
    narrow.close()
  }
})
