import { type FaultProxy, startProxy } from '@portolan/conformance'
import { describe, expect, test } from 'vitest'
import { kyselyDriver } from '../../src/index.ts'
import { aBooking, Booking, Flag, hour, tenant } from '../entities.ts'
import { type Opened, type Opening, onPostgres, openStorage, type Place } from './place.ts'

interface Watched extends Opened {
  readonly proxy: FaultProxy
  /** Round trips of a call on the wire, on connections that are there already. */
  turnsOf(call: () => Promise<unknown>): Promise<number>
  /** Compares calls by name with what each of them is to cost. */
  expectTurns(calls: Record<string, [number, () => Promise<unknown>]>): Promise<void>
}

async function watched(place: Place, opening: Opening): Promise<Watched> {
  const { storage } = place.open()
  await storage.schema.apply()
  const proxy = await startProxy(place.server.address)
  const opened = openStorage(
    { ...place.config, host: proxy.host, port: proxy.port },
    { ...opening, pool: { max: 2, ...opening.pool } },
  )
  await opened.pool.query('select')
  const turnsOf = async (call: () => Promise<unknown>): Promise<number> => {
    const [before, made] = [proxy.turns(), proxy.connections()]
    await call()
    expect(proxy.connections(), 'a connection made meanwhile would be counted too').toBe(made)
    return proxy.turns() - before
  }
  return {
    ...opened,
    proxy,
    turnsOf,
    async expectTurns(calls) {
      const measured: Record<string, number> = {}
      const wanted: Record<string, number> = {}
      for (const [name, [turns, call]] of Object.entries(calls)) {
        wanted[name] = turns
        measured[name] = await turnsOf(call)
      }
      expect(measured).toEqual(wanted)
    },
    async close() {
      await opened.close()
      await proxy.close()
    },
  }
}

onPostgres((place) => {
  const withWatched =
    (work: (watched: Watched) => Promise<void>, opening: Opening = {}) =>
    async () => {
      const opened = await watched(place, opening)
      try {
        await work(opened)
      } finally {
        await opened.close()
      }
    }

  describe('round trips on the wire', () => {
    test(
      'of a repository',
      withWatched(async ({ storage, expectTurns }) => {
        const bookings = storage.repository(Booking, tenant)
        const first = await bookings.insert({ id: 'one', ...aBooking(1), code: 'code' })
        await expectTurns({
          get: [1, () => bookings.get('one')],
          'get of none': [1, () => bookings.get('none')],
          getBy: [1, () => bookings.getBy('code', { code: 'code' })],
          getMany: [1, () => bookings.getMany(['one', 'two'])],
          'getMany of 5,000': [1, () => bookings.getMany(Array.from({ length: 5_000 }, (_, index) => `id-${index}`))],
          find: [1, () => bookings.find({ where: { roomId: 'room' }, orderBy: { startsAt: 'desc' } })],
          page: [1, () => bookings.page({ orderBy: { startsAt: 'asc' }, limit: 10 })],
          count: [1, () => bookings.count()],
          'insert under a noOverlap': [1, () => bookings.insert({ id: 'two', ...aBooking(2), code: 'two' })],
          'insertOrGet of a new row': [1, () => bookings.insertOrGet('code', { ...aBooking(4), code: 'new' })],
          'insertOrGet of an existing one': [2, () => bookings.insertOrGet('code', { ...aBooking(4), code: 'new' })],
          'update with a version': [1, () => bookings.update('one', { guests: 2 }, { version: first.version })],
          'update that moves': [1, () => bookings.update('one', { startsAt: hour(20), endsAt: hour(21) })],
          'upsert of an existing row': [
            1,
            () => bookings.upsert('code', { ...aBooking(5), code: 'new' }, { guests: { increment: 1 } }),
          ],
          'upsert of a new one': [2, () => bookings.upsert('code', { ...aBooking(6), code: 'six' }, {})],
          updateMany: [1, () => bookings.updateMany({ where: { guests: 1 }, patch: { guests: 3 } })],
          claim: [1, () => bookings.claim({ where: { guests: 3 }, limit: 5, patch: { guests: 4 } })],
          delete: [1, () => bookings.delete('two')],
          'delete of none': [2, () => bookings.delete('none')],
          deleteMany: [1, () => bookings.deleteMany({ where: { guests: 4 } })],
        })
      }),
    )

    test(
      'of what is refused: none more to say why where rules or unless are looked at first, else one',
      withWatched(async ({ storage, expectTurns }) => {
        const bookings = storage.repository(Booking, tenant)
        await bookings.insert({ id: 'one', ...aBooking(1), code: 'code' })
        const refused = (code: string, call: () => Promise<unknown>) => () =>
          expect(call()).rejects.toThrow(expect.objectContaining({ code }))
        await expectTurns({
          'the id exists': [1, refused('duplicate', () => bookings.insert({ id: 'one', ...aBooking(2) }))],
          'the key exists': [1, refused('duplicate', () => bookings.insert({ ...aBooking(2), code: 'code' }))],
          overlap: [1, refused('overlap', () => bookings.insert(aBooking(1)))],
          'stale version': [2, refused('stale-version', () => bookings.update('one', { guests: 9 }, { version: 7 }))],
          'unmet where': [
            2,
            refused('condition-failed', () => bookings.update('one', { guests: 9 }, { where: { guests: 7 } })),
          ],
          'a missing row': [2, () => bookings.update('none', { guests: 9 })],
        })
      }),
    )

    test(
      'of many rows at once',
      withWatched(async ({ storage, expectTurns }) => {
        const bookings = storage.repository(Booking, tenant)
        const flags = storage.repository(Flag)
        const many = (count: number) => Array.from({ length: count }, (_, index) => ({ label: `${index}`, on: true }))
        await expectTurns({
          'insertMany of one row': [1, () => flags.insertMany(many(1))],
          'insertMany: begin, look, write, commit': [4, () => flags.insertMany(many(1_000))],
          'insertMany of more values than a statement takes': [5, () => flags.insertMany(many(20_000))],
          'insertMany under a rule': [4, () => bookings.insertMany([aBooking(1), aBooking(2), aBooking(3)])],
        })
      }),
    )

    test(
      'of key-value, outbox, idempotency and the clock',
      withWatched(async ({ db, storage, expectTurns }) => {
        const driver = kyselyDriver(db, { entities: [] })
        const entries = storage.keyValue('space')
        const outbox = storage.outbox('topic')
        const messages = (count: number, id?: string) =>
          Array.from({ length: count }, (_, payload) => ({ payload, ...(id && { id: `${id}-${payload}` }) }))
        await expectTurns({
          "the caller's clock": [0, async () => storage.now()],
          "the store's clock": [1, () => driver.now({ session: null, deadline: performance.now() + 5_000 })],
          'set a new key': [1, () => entries.set('key', 'value', { ttlMs: 1_000 })],
          'set it again': [1, () => entries.set('key', 'other')],
          'set an absent key': [1, () => entries.set('absent', 'value', { absent: true })],
          'set an absent key that is there': [1, () => entries.set('absent', 'value', { absent: true })],
          'key-value get': [1, () => entries.get('key')],
          'key-value getMany': [1, () => entries.getMany(['key', 'absent', 'none'])],
          'key-value delete': [1, () => entries.delete('key')],
          'key-value deleteMany': [1, () => entries.deleteMany(['key', 'absent'])],
          'key-value clear': [1, () => entries.clear()],
          'enqueue of one': [1, () => outbox.enqueue(messages(1))],
          'enqueue of one with an id': [1, () => outbox.enqueue(messages(1, 'id'))],
          'enqueue of the same again': [2, () => outbox.enqueue(messages(1, 'id'))],
          'enqueue of many: begin, look, write, commit': [4, () => outbox.enqueue(messages(100))],
        })
        const claimed = await outbox.claim({ limit: 50, leaseMs: 60_000 })
        expect(claimed).toHaveLength(50)
        await expectTurns({
          'claim of a batch': [1, () => outbox.claim({ limit: 30, leaseMs: 60_000 })],
          'acknowledge of a batch': [1, () => outbox.acknowledge(claimed.slice(0, 20))],
          'extend of a batch': [1, () => outbox.extend(claimed.slice(20), 60_000)],
          'deadLetter of a batch': [1, () => outbox.deadLetter(claimed.slice(20, 25), { error: 'no' })],
          'retry of a batch with attempts left': [1, () => outbox.retry(claimed.slice(25), { delayMs: 0 })],
          list: [1, () => outbox.list({ state: 'due', limit: 10 })],
          purge: [1, () => outbox.purge({ deliveredBefore: new Date() })],
        })
        const idempotency = storage.idempotency()
        const tokens: string[] = []
        const reserve = (fingerprint: string, state: string) => async () => {
          const reserved = await idempotency.reserve({ namespace: 'n', key: 'k', fingerprint, leaseMs: 60_000 })
          expect(reserved.state).toBe(state)
          if (reserved.state === 'reserved') tokens.push(reserved.token)
        }
        await expectTurns({
          'reserve: reserved': [1, reserve('print', 'reserved')],
          'reserve: in progress': [2, reserve('print', 'in-progress')],
          'reserve: mismatch': [2, reserve('other', 'mismatch')],
        })
        await place.client.query(`update portolan_idempotency_record set "leasedUntil" = now() - interval '1 second'`)
        await expectTurns({
          'reserve: taken over': [1, reserve('print', 'reserved')],
          extend: [1, () => idempotency.extend(tokens[1] ?? '', 60_000)],
          complete: [1, () => idempotency.complete(tokens[1] ?? '', { done: true })],
          'reserve: replay': [2, reserve('print', 'replay')],
        })
      }),
    )

    test(
      'of transactions',
      withWatched((opened) => transactions(opened, 1)),
    )

    test('of transactions whose BEGIN goes with the first statement', async () => {
      const deferBegin = true
      await withWatched((opened) => transactions(opened, 0), { deferBegin })()
      await place.client.query('delete from flag')
      await withWatched((opened) => transactions(opened, 0), { deferBegin, pool: { pipeline: true } })()
    })

    test(
      'of a first statement that is prepared: BEGIN goes by itself until the connection knows the statement',
      withWatched(
        async ({ storage, expectTurns }) => {
          const insert = (at: number) => () =>
            storage.transaction((tx) => tx.repository(Booking, tenant).insert(aBooking(at)))
          await expectTurns({ first: [3, insert(1)], second: [2, insert(2)], third: [2, insert(3)] })
        },
        { deferBegin: true, prepare: true, pool: { max: 1 } },
      ),
    )
  })
})

async function transactions({ storage, db, expectTurns }: Watched, begin: 0 | 1): Promise<void> {
  const flags = storage.repository(Flag)
  await flags.insert({ id: 'one', label: 'x', on: true })
  const statements = (count: number) => async (tx: Parameters<Parameters<typeof storage.transaction>[0]>[0]) => {
    for (let index = 0; index < count; index++) await tx.repository(Flag).get(`${index}`)
  }
  await expectTurns({
    'none: begin and commit, or nothing at all': [2 * begin, () => storage.transaction(async () => {})],
    'one, n + commit': [begin + 2, () => storage.transaction(statements(1))],
    'five, n + commit': [begin + 6, () => storage.transaction(statements(5))],
    'five on a snapshot, n + commit': [begin + 6, () => storage.transaction(statements(5), { reads: 'snapshot' })],
    'with guards in the option, n + guards + commit': [
      begin + 7,
      () => storage.transaction(statements(5), { guards: ['a', 'b', 'c'] }),
    ],
    'a guard inside is a statement': [
      begin + 4,
      () =>
        storage.transaction(async (tx) => {
          await tx.guard('a', 'b')
          await tx.repository(Flag).insert({ label: 'y', on: true })
          await tx.outbox('topic').enqueue([{ payload: 1 }])
        }),
    ],
    'read and written': [
      begin + 3,
      () =>
        storage.transaction(async (tx) => {
          await tx.repository(Flag).get('one')
          await tx.repository(Flag).update('one', { on: false })
        }),
    ],
    'insert with unless and guard: guard, insert, commit': [
      begin + 3,
      () => flags.insert({ label: 'z', on: true }, { unless: { label: 'w' }, guard: 'label' }),
    ],
    'insertMany: look, write, commit': [
      begin + 3,
      () =>
        flags.insertMany([
          { label: 'm', on: true },
          { label: 'n', on: true },
        ]),
    ],
    'join: savepoint and release, commit of the caller': [
      begin + 4,
      () => db.transaction().execute((native) => storage.join(native, (tx) => tx.repository(Flag).get('one'))),
    ],
    'rolled back by the work: one, rollback': [
      begin + 2,
      () =>
        storage
          .transaction(async (tx) => {
            await tx.repository(Flag).get('one')
            throw new Error('of the work')
          })
          .catch((error) => expect(String(error)).toContain('of the work')),
    ],
    'rolled back before any statement': [
      2 * begin,
      () =>
        storage
          .transaction(async () => {
            throw new Error('of the work')
          })
          .catch((error) => expect(String(error)).toContain('of the work')),
    ],
  })
}
