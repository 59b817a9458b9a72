import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageError, type Transaction as Joined } from '@portolan/ports'
import { sql, type Transaction } from 'kysely'
import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { kyselyStorage } from '../../src/index.ts'
import { aBooking, Booking, Flag, tenant } from '../entities.ts'
import { type Columns, type Opened, onPostgres } from './place.ts'

type Native = Transaction<Columns>
type Work<R> = (tx: Joined<Native>) => Promise<R>
const levels = ['read committed', 'repeatable read', 'serializable'] as const
type Level = (typeof levels)[number]

const thrownBy = (call: Promise<unknown>): Promise<unknown> => call.catch((thrown: unknown) => thrown)
const flag = (label: string) => ({ label, on: true })
const labels = async ({ storage }: Opened): Promise<string[]> =>
  (await storage.repository(Flag).find({ orderBy: { label: 'asc' } })).map(({ label }) => label)

/** Resolves when a call of somebody's waits for a lock. */
async function untilSomebodyWaits(client: Client): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rowCount) return
    await sleep(5)
  }
}

onPostgres((place) => {
  describe.each(levels)('join at %s', (level) => {
    const snapshot = level !== 'read committed'
    const began = <R>({ db }: Opened, work: (native: Native) => Promise<R>, at: Level = level): Promise<R> =>
      db.transaction().setIsolationLevel(at).execute(work)
    const joined = <R>(opened: Opened, work: Work<R>): Promise<R> =>
      began(opened, (native) => opened.storage.join(native, work))

    test('everything commits and rolls back with the caller’s, and own queries are beside it', async () => {
      const opened = await place.openReady()
      const { storage, db } = opened
      await began(opened, async (native) => {
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
      await began(opened, async (native) => {
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
      await joined(opened, async (tx) => {
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
      await began(opened, async (native) => {
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
      const outcome = began(opened, async (native) => {
        await thrownBy(sql`select 1 / 0`.execute(native))
        await opened.storage.join(native, (tx) => tx.repository(Flag).count())
      })
      expect(await thrownBy(outcome)).toMatchObject({ code: 'unexpected' })
    })

    test('joins of one transaction: one after the other, one within the other', async () => {
      const opened = await place.openReady()
      const { storage, db } = opened
      const other = kyselyStorage(db, { entities: [Booking, Flag] })
      await began(opened, async (native) => {
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
      await began(opened, async (native) => {
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

    test('guards', async () => {
      const [opened, other] = [await place.openReady(), place.open({ timeoutMs: 300 })]
      await began(opened, async (native) => {
        const error = await opened.storage.join(native, async (tx) => {
          const refused = await thrownBy(tx.guard('room'))
          const second = tx.repository(Flag).insert(flag('guarded'), { unless: { label: 'guarded' }, guard: 'room' })
          const both = [refused, await thrownBy(second)]
          await tx.repository(Flag).insert(flag('after'))
          return both
        })
        if (!snapshot) {
          // Held until the caller's own end, not the join's.
          const waiting = other.storage.transaction(async () => {}, { guards: ['room'], retries: 0 })
          expect(await thrownBy(waiting)).toMatchObject({ retryable: true })
          return
        }
        for (const each of error) {
          expect(each).toMatchObject({ code: 'unsupported', data: { what: expect.any(String) } })
          expect(String(each)).toContain("begin the caller's transaction at READ COMMITTED")
        }
      })
      expect(await labels(opened)).toEqual(snapshot ? ['after'] : ['after', 'guarded'])
      await other.storage.transaction(async () => {}, { guards: ['room'] })
    })

    describe('a racer who commits after the caller has begun', () => {
      /** The caller reads, the racer commits, the caller's join goes on: its outcome, and that of a second try. */
      async function raced<R>(opened: Opened, racer: () => Promise<unknown>, work: Work<R>) {
        let runs = 0
        const counted: Work<R> = (tx) => {
          runs += 1
          return work(tx)
        }
        const outcome = await began(opened, async (native) => {
          await native.selectFrom('flag').select('id').execute()
          await racer()
          const result = await thrownBy(opened.storage.join(native, counted))
          // Whatever it was, the transaction is good for more.
          await native
            .insertInto('flag')
            .values({ id: `after ${level}`, ...flag('after'), count: 0 })
            .execute()
          return result
        })
        expect(runs).toBe(1)
        expect(await labels(opened)).toContain('after')
        return { outcome, again: await joined(opened, work) }
      }
      const isConflict = (outcome: unknown): void => {
        expect(isStorageError(outcome, 'transaction-conflict'), String(outcome)).toBe(true)
        expect(String(outcome)).toMatch(/begin again|run the work again/)
      }
      const ready = async () => {
        const opened = await place.openReady()
        await opened.storage.repository(Booking, tenant).insert({ id: 'one', ...aBooking(1), code: 'c' })
        return { opened, racer: place.open().storage.repository(Booking, tenant) }
      }

      test('insertOrGet', async () => {
        const { opened, racer } = await ready()
        const values = { ...aBooking(3), code: 'd' }
        const { outcome, again } = await raced(
          opened,
          () => racer.insert({ id: 'racer', ...values }),
          (tx) => tx.repository(Booking, tenant).insertOrGet('code', values),
        )
        const existing = { inserted: false, row: { id: 'racer' } }
        if (snapshot) isConflict(outcome)
        else expect(outcome).toMatchObject(existing)
        expect(again).toMatchObject(existing)
      })

      test('upsert', async () => {
        const { opened, racer } = await ready()
        const values = { ...aBooking(3), code: 'd' }
        const { outcome, again } = await raced(
          opened,
          () => racer.insert({ id: 'racer', ...values }),
          (tx) => tx.repository(Booking, tenant).upsert('code', values, { guests: { increment: 1 } }),
        )
        if (snapshot) isConflict(outcome)
        else expect(outcome).toMatchObject({ inserted: false, row: { id: 'racer', guests: 2 } })
        expect(again).toMatchObject({ inserted: false, row: { id: 'racer', guests: snapshot ? 2 : 3 } })
      })

      test('insert into a slot that is taken, where the work swallows what it is told', async () => {
        const { opened, racer } = await ready()
        const { outcome } = await raced(
          opened,
          () => racer.insert({ id: 'racer', ...aBooking(3) }),
          async (tx) => ({ told: await thrownBy(tx.repository(Booking, tenant).insert(aBooking(3))) }),
        )
        if (snapshot) expect(outcome).toMatchObject({ code: 'transaction-conflict' })
        else expect(outcome).toMatchObject({ told: { code: 'overlap', data: { id: 'racer' } } })
      })

      test('update with a version', async () => {
        const { opened, racer } = await ready()
        const { outcome } = await raced(
          opened,
          () => racer.update('one', { guests: 5 }),
          (tx) =>
            tx
              .repository(Booking, tenant)
              .update('one', { guests: 6 }, { version: 1 })
              .catch((error) => {
                if (isStorageError(error, 'stale-version')) return error
                throw error
              }),
        )
        if (snapshot) isConflict(outcome)
        else expect(outcome).toMatchObject({ code: 'stale-version', data: { expected: 1, actual: 2 } })
        expect(await racer.get('one')).toMatchObject({ guests: 5, version: 2 })
      })

      test('a row that the join has read, and then writes', async () => {
        const { opened, racer } = await ready()
        let reads = 0
        const { outcome, again } = await raced(
          opened,
          async () => {},
          async (tx) => {
            const bookings = tx.repository(Booking, tenant)
            const row = await bookings.get('one')
            if (++reads === 1) await racer.update('one', { guests: { increment: 10 } })
            return await bookings.update('one', { guests: (row?.guests ?? 0) + 1 })
          },
        )
        isConflict(outcome)
        expect(again).toMatchObject({ guests: 12, version: 3 })
      })

      test('delete', async () => {
        const { opened, racer } = await ready()
        const { outcome, again } = await raced(
          opened,
          () => racer.delete('one'),
          (tx) => tx.repository(Booking, tenant).delete('one'),
        )
        if (snapshot) isConflict(outcome)
        else expect(outcome).toBeNull()
        expect(again).toBeNull()
      })
    })

    test('a racer who has not committed is waited for', async () => {
      const opened = await place.openReady()
      const values = { ...aBooking(3), code: 'd' }
      for (const end of ['rollback', 'commit'] as const) {
        const racer = await place.open().db.startTransaction().execute()
        await opened.storage.join(racer, (tx) => tx.repository(Booking, tenant).insert({ id: end, ...values }))
        const outcome = thrownBy(
          joined(opened, async (tx) => {
            const { row, inserted } = await tx.repository(Booking, tenant).insertOrGet('code', values)
            if (end === 'rollback') throw new Error(inserted ? 'inserted' : row.id)
            return row.id
          }),
        )
        await untilSomebodyWaits(place.client)
        await (end === 'commit' ? racer.commit().execute() : racer.rollback().execute())
        if (end === 'rollback') expect(String(await outcome)).toContain('inserted')
        else if (snapshot) expect(await outcome).toMatchObject({ code: 'transaction-conflict' })
        else expect(await outcome).toBe('commit')
      }
    })

    test('16 callers on two clients who begin again lose no update', async () => {
      const clients = [await place.openReady(), place.open()] as const
      await clients[0].storage.repository(Flag).insert({ id: 'flag', ...flag('x') })
      const add = async (opened: Opened): Promise<void> => {
        for (;;) {
          const outcome = await joined(opened, async (tx) => {
            const row = await tx.repository(Flag).get('flag')
            await tx.repository(Flag).update('flag', { count: (row?.count ?? 0) + 1 })
          }).then(
            () => 'done',
            (error: unknown) => error,
          )
          if (outcome === 'done') return
          // At SERIALIZABLE it may be the caller's own commit that finds the conflict, in the server's own words.
          const isOwn = level === 'serializable' && (outcome as { code?: string }).code === '40001'
          if (!isOwn && !isStorageError(outcome, 'transaction-conflict')) throw outcome
          await sleep(Math.random() * 20)
        }
      }
      await Promise.all(Array.from({ length: 16 }, (_, index) => add(index % 2 ? clients[0] : clients[1])))
      expect((await clients[0].storage.repository(Flag).get('flag'))?.count).toBe(16)
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
