import { isStorageError } from '@portolan/ports'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { kyselyStorage } from '../../src/index.ts'
import { aBooking, Booking, Flag, tenant } from '../entities.ts'
import { began, flag, joined, labels, levels, type Native, thrownBy, type Work } from './joins.ts'
import { onPostgres } from './place.ts'

onPostgres((place) => {
  describe.each(levels)('join at %s', (level) => {
    test('everything commits and rolls back with the caller’s, and own queries are beside it', async () => {
      const opened = await place.openReady()
      const { storage, db } = opened
      await began(opened, level, async (native) => {
        await storage.join(native, async (tx) => {
          expect(tx.native).toBe(native)
          await tx.repository(Flag).insert({ id: 'a', ...flag('joined') })
          await tx.keyValue('k').set('a', '1')
          await tx.outbox('mail').enqueue([{ payload: 1 }])
          await tx.native.updateTable('flag').set({ count: 3 }).where('id', '=', 'a').execute()
          expect((await tx.repository(Flag).get('a'))?.count).toBe(3)
        })
        await native
          .insertInto('flag')
          .values({ id: 'n', ...flag('native'), count: 0 })
          .execute()
        expect(await storage.repository(Flag).count()).toBe(0)
      })
      const controlled = await db.startTransaction().setIsolationLevel(level).execute()
      await storage.join(controlled, async (tx) => {
        await tx.repository(Flag).delete('a')
        await tx.keyValue('k').clear()
      })
      await controlled.rollback().execute()
      expect(await labels(opened)).toEqual(['joined', 'native'])
      expect(await storage.keyValue('k').get('a')).toBe('1')
      expect(await storage.outbox().claim({ limit: 5, leaseMs: 1_000 })).toHaveLength(1)
    })

    test('a join that rejects leaves nothing of itself, and the caller goes on', async () => {
      const opened = await place.openReady()
      const { storage, sent } = opened
      const own = new Error('own')
      await began(opened, level, async (native) => {
        await storage.join(native, (tx) => tx.repository(Flag).insert(flag('first')))
        sent.length = 0
        const failing = storage.join(native, async (tx) => {
          await tx.repository(Flag).insert(flag('gone'))
          throw own
        })
        expect(await thrownBy(failing)).toBe(own)
        expect(sent.map(({ sql: text }) => text.replace(/portolan_\d+/, 'portolan_n').slice(0, 30))).toEqual([
          'savepoint portolan_n',
          expect.stringMatching(/^insert into "flag"/),
          'rollback to portolan_n',
          'release portolan_n',
        ])
        await storage.join(native, (tx) => tx.repository(Flag).insert(flag('second')))
      })
      expect(await labels(opened)).toEqual(['first', 'second'])
    })

    test('refusals that the work catches change nothing', async () => {
      const opened = await place.openReady()
      await opened.storage.repository(Booking, tenant).insert({ id: 'one', ...aBooking(1), code: 'c' })
      await joined(opened, level, async (tx) => {
        const bookings = tx.repository(Booking, tenant)
        const refused: [string, () => Promise<unknown>][] = [
          ['duplicate', () => bookings.insert({ ...aBooking(5), code: 'c' })],
          ['duplicate', () => bookings.insertMany([aBooking(6), { id: 'one', ...aBooking(7) }])],
          ['overlap', () => bookings.insert(aBooking(1))],
          ['stale-version', () => bookings.update('one', { guests: 2 }, { version: 7 })],
          ['condition-failed', () => bookings.update('one', { guests: 2 }, { where: { guests: 9 } })],
          ['invalid-value', () => bookings.insert({ ...aBooking(8), guests: 0.5 })],
        ]
        for (const [code, call] of refused) expect(await thrownBy(call()), code).toMatchObject({ code })
        await bookings.insert({ id: 'two', ...aBooking(2) })
      })
      expect(await opened.storage.repository(Booking, tenant).find({ select: ['id'] })).toEqual([
        { id: 'one' },
        { id: 'two' },
      ])
    })

    test('a query of the caller’s that fails takes the join with it, and not the transaction', async () => {
      const opened = await place.openReady()
      const { storage } = opened
      const broken = (native: Native) => sql`select 1 / 0`.execute(native)
      await began(opened, level, async (native) => {
        const passedOn = storage.join(native, async (tx) => {
          await tx.repository(Flag).insert(flag('gone'))
          await broken(tx.native)
        })
        expect(await thrownBy(passedOn)).toMatchObject({ code: '22012' })
        const swallowed = storage.join(native, async (tx) => {
          await tx.repository(Flag).insert(flag('gone as well'))
          await thrownBy(broken(tx.native))
        })
        const error = await thrownBy(swallowed)
        expect(isStorageError(error, 'unexpected'), String(error)).toBe(true)
        expect(String(error)).toContain('an earlier statement of this transaction failed and its error was swallowed')
        await storage.join(native, (tx) => tx.repository(Flag).insert(flag('kept')))
      })
      expect(await labels(opened)).toEqual(['kept'])
    })

    test('a transaction that had failed before is told as such', async () => {
      const opened = await place.openReady()
      const outcome = began(opened, level, async (native) => {
        await thrownBy(sql`select 1 / 0`.execute(native))
        await opened.storage.join(native, (tx) => tx.repository(Flag).count())
      })
      expect(await thrownBy(outcome)).toMatchObject({ code: 'unexpected' })
    })

    test('joins of one transaction: one after the other, one within the other', async () => {
      const opened = await place.openReady()
      const { storage, db } = opened
      const other = kyselyStorage(db, { entities: [Booking, Flag] })
      await began(opened, level, async (native) => {
        await storage.join(native, (tx) => tx.repository(Flag).insert(flag('first')))
        await other.join(native, async (outer) => {
          expect(await outer.repository(Flag).count()).toBe(1)
          await outer.repository(Flag).insert(flag('outer'))
          await storage.join(native, (inner) => inner.repository(Flag).insert(flag('inner')))
          const failing = storage.join(native, async (inner) => {
            await inner.repository(Flag).insert(flag('gone'))
            throw new Error('inner')
          })
          await thrownBy(failing)
        })
        await thrownBy(
          other.join(native, async (outer) => {
            await storage.join(native, (inner) => inner.repository(Flag).insert(flag('gone with the outer one')))
            await outer.repository(Flag).count()
            throw new Error('outer')
          }),
        )
      })
      expect(await labels(opened)).toEqual(['first', 'inner', 'outer'])
    })

    test('settings of the caller’s are as they were, however the join ended', async () => {
      const opened = await place.openReady({ pool: { max: 1 } })
      const { storage, db } = opened
      const settings = async (native: Native) =>
        (
          await sql`select current_setting('lock_timeout') as lock, current_setting('search_path') as path,
            current_setting('statement_timeout') as statement, current_setting('transaction_isolation') as level`.execute(
            native,
          )
        ).rows[0]
      await sql`select set_config('lock_timeout', '4321ms', false)`.execute(db)
      await began(opened, level, async (native) => {
        const before = await settings(native)
        expect(before).toMatchObject({ lock: '4321ms', level })
        const works: Work<unknown>[] = [
          (tx) => tx.repository(Flag).insert(flag('x')),
          (tx) => tx.guard('a', 'b'),
          (tx) => tx.repository(Flag).insert(flag('y'), { unless: { label: 'nobody' }, guard: 'c' }),
          (tx) => tx.idempotency().reserve({ namespace: 'n', key: 'k', fingerprint: 'f', leaseMs: 1_000 }),
          () => Promise.reject(new Error('own')),
        ]
        for (const work of works) {
          await thrownBy(storage.join(native, work))
          expect(await settings(native)).toEqual(before)
        }
        await sql`set local lock_timeout = '77ms'`.execute(native)
        await storage.join(native, (tx) => thrownBy(tx.guard('d')))
        expect(await settings(native)).toEqual({ ...(before as object), lock: '77ms' })
      })
      const { rows } = await sql`show lock_timeout`.execute(db)
      expect(rows).toEqual([{ lock_timeout: '4321ms' }])
    })
  })

  test('a commit that the server answers by a rollback never looks like success', async () => {
    const opened = await place.openReady()
    const swallow = (native: Native) => thrownBy(sql`select 1 / 0`.execute(native))
    const ours = opened.storage.transaction(async (tx) => {
      await tx.repository(Flag).insert(flag('ours'))
      await swallow(tx.native)
    })
    expect(await thrownBy(ours)).toMatchObject({ code: 'unexpected' })
    const theirs = opened.db.transaction().execute(async (native) => {
      await opened.storage.join(native, (tx) => tx.repository(Flag).insert(flag('theirs')))
      await swallow(native)
    })
    expect(await thrownBy(theirs)).toMatchObject({ name: 'AbortedTransactionError' })
    expect(await labels(opened)).toEqual([])
  })

  test('what is no transaction is misuse', async () => {
    const { db, storage } = await place.openReady()
    const ended = await db.startTransaction().execute()
    await ended.commit().execute()
    for (const native of [db, {}, null, ended]) {
      const error = await thrownBy(storage.join(native as never, async () => expect.unreachable('the work ran')))
      expect(isStorageError(error, 'misuse'), String(error)).toBe(true)
    }
  })
})
