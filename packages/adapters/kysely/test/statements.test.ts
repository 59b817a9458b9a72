import { describe, expect, test } from 'vitest'
import { aBooking, Booking, Flag, hour, tenant } from './entities.ts'
import { type Opened, openReady } from './open.ts'

/** What the call sent, each statement by its first words. */
async function statementsOf(opened: Opened, call: () => Promise<unknown>): Promise<string[]> {
  opened.sent.length = 0
  await call()
  return opened.sent.splice(0).map((statement) => statement.split(' ').slice(0, 2).join(' '))
}

describe('statements per operation, where busy_timeout is 0', () => {
  test('reads are one statement', async () => {
    const opened = await openReady()
    const bookings = opened.storage.repository(Booking, tenant)
    await bookings.insert({ id: 'one', ...aBooking(1), code: 'code' })
    const reads = {
      get: () => bookings.get('one'),
      getBy: () => bookings.getBy('code', { code: 'code' }),
      getMany: () => bookings.getMany(['one', 'two']),
      getManyOfThousands: () => bookings.getMany(Array.from({ length: 5_000 }, (_, index) => `id-${index}`)),
      find: () => bookings.find({ where: { roomId: 'room' } }),
      page: () => bookings.page({ orderBy: { startsAt: 'asc' }, limit: 10 }),
      count: () => bookings.count(),
    }
    for (const [name, read] of Object.entries(reads)) expect(await statementsOf(opened, read), name).toHaveLength(1)
  })

  test('writes are one statement when nothing is in the way', async () => {
    const opened = await openReady()
    const bookings = opened.storage.repository(Booking, tenant)
    const first = await bookings.insert({ id: 'one', ...aBooking(1), code: 'code' })
    const writes: Record<string, () => Promise<unknown>> = {
      insert: () => bookings.insert({ id: 'two', ...aBooking(2) }),
      'insert with unless': () => bookings.insert({ ...aBooking(3) }, { unless: { guests: 99 }, guard: 'guests' }),
      'insertOrGet of a new row': () => bookings.insertOrGet('code', { ...aBooking(4), code: 'new' }),
      'upsert of an existing row': () =>
        bookings.upsert('code', { ...aBooking(5), code: 'new' }, { guests: { increment: 1 } }),
      'update with version': () => bookings.update('one', { guests: 2 }, { version: first.version }),
      'update that moves': () => bookings.update('one', { startsAt: hour(20), endsAt: hour(21) }),
      updateMany: () => bookings.updateMany({ where: { guests: 1 }, patch: { guests: 3 } }),
      'updateMany under a rule': () => bookings.updateMany({ where: {}, patch: { status: 'cancelled' } }),
      claim: () => bookings.claim({ where: { guests: 3 }, limit: 5, patch: { guests: 4 } }),
      delete: () => bookings.delete('two'),
      deleteMany: () => bookings.deleteMany({ where: { guests: 4 } }),
    }
    for (const [name, write] of Object.entries(writes)) expect(await statementsOf(opened, write), name).toHaveLength(1)
  })

  test('a refusal costs one statement more', async () => {
    const opened = await openReady()
    const bookings = opened.storage.repository(Booking, tenant)
    await bookings.insert({ id: 'one', ...aBooking(1), code: 'code' })
    const refused: Record<string, () => Promise<unknown>> = {
      'the id exists': () => bookings.insert({ id: 'one', ...aBooking(2) }),
      'the key exists': () => bookings.insert({ ...aBooking(2), code: 'code' }),
      overlap: () => bookings.insert(aBooking(1)),
      'stale version': () => bookings.update('one', { guests: 9 }, { version: 7 }),
      'unmet where': () => bookings.update('one', { guests: 9 }, { where: { guests: 7 } }),
      'missing row': () => bookings.update('none', { guests: 9 }),
      'missing row to delete': () => bookings.delete('none'),
    }
    for (const [name, write] of Object.entries(refused))
      expect(await statementsOf(opened, () => write().catch(() => null)), name).toHaveLength(2)
    const existing = () => bookings.insertOrGet('code', { ...aBooking(3), code: 'code' })
    expect(await statementsOf(opened, existing)).toHaveLength(2)
    const upserted = () => bookings.upsert('code', { ...aBooking(6), code: 'six' }, {})
    expect(await statementsOf(opened, upserted)).toHaveLength(2)
  })

  test('key-value, outbox and idempotency', async () => {
    const opened = await openReady()
    const { storage } = opened
    const entries = storage.keyValue('space')
    const outbox = storage.outbox('topic')
    const idempotency = storage.idempotency()
    const reservation = { namespace: 'space', key: 'key', fingerprint: 'print', leaseMs: 1_000 }
    let token = ''
    const calls: Record<string, () => Promise<unknown>> = {
      'set a new key': () => entries.set('key', 'value', { ttlMs: 1_000 }),
      'set it again': () => entries.set('key', 'other'),
      'set an absent key': () => entries.set('absent', 'value', { absent: true }),
      'set an absent key that is there': () => entries.set('absent', 'value', { absent: true }),
      get: () => entries.get('key'),
      delete: () => entries.delete('key'),
      clear: () => entries.clear(),
      'enqueue one': () => outbox.enqueue([{ payload: 1 }]),
      claim: () => outbox.claim({ limit: 10, leaseMs: 1_000 }),
      reserve: async () => {
        const reserved = await idempotency.reserve(reservation)
        token = reserved.state === 'reserved' ? reserved.token : ''
      },
      complete: () => idempotency.complete(token, { done: true }),
    }
    for (const [name, call] of Object.entries(calls)) expect(await statementsOf(opened, call), name).toHaveLength(1)
    expect(await statementsOf(opened, () => idempotency.reserve(reservation)), 'reserve once more').toHaveLength(2)
    await outbox.enqueue([{ payload: 1 }])
    const claimed = await outbox.claim({ limit: 10, leaseMs: 1_000 })
    expect(await statementsOf(opened, () => outbox.acknowledge(claimed))).toEqual(['update "portolan_outbox_message"'])
  })

  test('a transaction is begun, takes the lock and commits: three statements besides the work', async () => {
    const opened = await openReady()
    const { storage } = opened
    const sent = await statementsOf(opened, () =>
      storage.transaction(async (tx) => {
        await tx.guard('a', 'b')
        await tx.repository(Booking, tenant).insert(aBooking(1))
        await tx.outbox('topic').enqueue([{ payload: 1 }])
      }),
    )
    expect(sent).toEqual(['begin', 'delete from', 'insert into', 'insert into', 'commit'])
  })

  test('insertMany looks once and writes as many rows at once as have room', async () => {
    const opened = await openReady()
    const flags = opened.storage.repository(Flag)
    const rows = Array.from({ length: 10_000 }, (_, index) => ({ label: `${index}`, on: true }))
    const sent = await statementsOf(opened, () => flags.insertMany(rows))
    expect(sent).toEqual(['begin', 'delete from', 'select (select', 'insert into', 'insert into', 'commit'])
    expect(await statementsOf(opened, () => flags.insertMany(rows.slice(0, 1)))).toEqual(['insert into'])
  })

  test('join adds the lock, a savepoint and its release', async () => {
    const opened = await openReady()
    const { db, storage } = opened
    const sent = await statementsOf(opened, () =>
      db.transaction().execute((native) => storage.join(native, (tx) => tx.repository(Flag).count())),
    )
    expect(sent.map((statement) => statement.replace(/_\d+/, '_n'))).toEqual([
      'begin',
      'pragma busy_timeout',
      'delete from',
      'savepoint portolan_n',
      'select cast(count(*)',
      'release portolan_n',
      'commit',
    ])
  })
})

test('where the user has a busy_timeout, it is off while a statement runs and in force again afterwards', async () => {
  const opened = await openReady({ timeout: 5_000 })
  expect(await statementsOf(opened, () => opened.storage.repository(Flag).count())).toEqual([
    'pragma busy_timeout',
    'select cast(count(*)',
    'pragma busy_timeout',
  ])
  expect(opened.raw.pragma('busy_timeout', { simple: true })).toBe(5_000)
  await opened.storage.transaction(async (tx) => {
    expect(opened.raw.pragma('busy_timeout', { simple: true })).toBe(0)
    await tx.repository(Flag).insert({ label: 'x', on: true })
  })
  expect(opened.raw.pragma('busy_timeout', { simple: true })).toBe(5_000)
  await opened.storage.repository(Flag).insert({ id: 'one', label: 'x', on: true })
  await expect(opened.storage.repository(Flag).insert({ id: 'one', label: 'x', on: true })).rejects.toThrow('exists')
  expect(opened.raw.pragma('busy_timeout', { simple: true })).toBe(5_000)
  await opened.db.transaction().execute((native) => opened.storage.join(native, (tx) => tx.repository(Flag).count()))
  expect(opened.raw.pragma('busy_timeout', { simple: true })).toBe(5_000)
})
