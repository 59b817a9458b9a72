import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { aBooking, Booking, Flag, tenant } from '../entities.ts'
import { onPostgres } from './place.ts'
import { canary, connecting, flag, refused } from './refused.ts'

onPostgres((place) => {
  describe('statements that are ended', () => {
    const cancelled = {
      code: 'unavailable',
      retryable: true,
      says: /the statement was cancelled, by statement_timeout or by hand, and nothing of it is stored; try again, or raise the timeout/,
    } as const

    test('by statement_timeout', async () => {
      await place.openReady()
      const { storage, flags, close } = connecting(place, {
        options: `${place.config.options} -c statement_timeout=150`,
      })
      await flags.insert({ id: 'one', ...flag })
      await place.client.query('begin; lock table flag')
      await refused(place, flags.get('one'), cancelled)
      await refused(place, flags.update('one', { on: false }), cancelled)
      await refused(
        place,
        storage.transaction((tx) => tx.repository(Flag).delete('one')),
        cancelled,
      )
      await place.client.query('rollback')
      expect(await flags.get('one')).toMatchObject({ id: 'one', on: true })
      await close()
    })

    test('by hand', async () => {
      const { storage } = await place.openReady()
      const flags = storage.repository(Flag)
      await place.client.query('begin; lock table flag')
      const waiting = refused(place, flags.insert({ id: 'one', ...flag }), cancelled)
      for (let ended = 0; ended === 0; ) {
        const { rowCount } = await place.client.query(
          `select pg_cancel_backend(pid) from pg_locks where not granted and relation = 'flag'::regclass`,
        )
        ended = rowCount ?? 0
      }
      await waiting
      await place.client.query('rollback')
      expect(await flags.get('one')).toBeNull()
    })

    test('a lock that nobody gives up', async () => {
      await place.openReady()
      const { storage, flags, close } = connecting(place, { options: `${place.config.options} -c lock_timeout=100` })
      await flags.insert({ id: 'one', ...flag })
      await place.client.query('begin; lock table flag')
      const work = storage.transaction((tx) => tx.repository(Flag).update('one', { on: false }), { retries: 0 })
      await refused(place, work, {
        code: 'transaction-conflict',
        retryable: true,
        says: /held a lock for longer/,
      })
      await place.client.query('rollback')
      await close()
    })
  })

  describe('a native statement that failed and was swallowed is no success', () => {
    const swallowed = {
      code: 'unexpected',
      retryable: false,
      says: /a statement of the transaction failed and the work went on as if it had not, so Postgres rolled everything back: let such an error out/,
    } as const

    test('where nothing follows it', async () => {
      const { storage } = await place.openReady()
      let hooks = 0
      const call = storage.transaction(async (tx) => {
        tx.afterCommit(() => void hooks++)
        await tx.repository(Flag).insert({ id: 'one', ...flag })
        await sql`select ${canary}::integer`.execute(tx.native).catch(() => undefined)
      })
      await refused(place, call, swallowed)
      expect(await storage.repository(Flag).count()).toBe(0)
      expect(hooks).toBe(0)
    })

    test('where a call of ours follows it', async () => {
      const { storage } = await place.openReady()
      const call = storage.transaction(async (tx) => {
        await sql`select ${canary}::integer`.execute(tx.native).catch(() => undefined)
        await tx.repository(Flag).insert({ id: 'one', ...flag })
      })
      await refused(place, call, {
        ...swallowed,
        says: /an earlier statement of this transaction failed and its error was swallowed/,
      })
      expect(await storage.repository(Flag).count()).toBe(0)
    })

    test('in a transaction that was joined', async () => {
      const { storage, db } = await place.openReady()
      const joined = db.transaction().execute(async (native) => {
        await refused(
          place,
          storage.join(native, async (tx) => {
            await tx.repository(Flag).insert({ id: 'one', ...flag })
            await sql`select ${canary}::integer`.execute(native).catch(() => undefined)
          }),
          { ...swallowed, says: /an earlier statement of this transaction failed and its error was swallowed/ },
        )
        // Back to the savepoint, where the transaction was sound.
        await storage.join(native, (tx) => tx.repository(Flag).insert({ id: 'two', ...flag }))
      })
      await joined
      expect((await storage.repository(Flag).find()).map(({ id }) => id)).toEqual(['two'])
    })
  })

  test('a user who looks the other way finds the rows of the refusals nowhere', async () => {
    const { storage } = await place.openReady()
    const bookings = storage.repository(Booking, tenant)
    await bookings.insert({ id: 'one', ...aBooking(1), roomId: canary, code: canary })
    await refused(place, bookings.insert({ ...aBooking(1), roomId: canary }), {
      code: 'overlap',
      retryable: false,
      says: /one/,
    })
    await refused(place, bookings.insert({ ...aBooking(2), roomId: canary, code: canary }), {
      code: 'duplicate',
      retryable: false,
      says: /one/,
    })
  })
})
