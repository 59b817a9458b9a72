import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageError } from '@portolan/ports'
import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { aBooking, Booking, Flag, tenant } from '../entities.ts'
import { began, flag, joined, labels, levels, thrownBy, type Work } from './joins.ts'
import { type Opened, onPostgres } from './place.ts'

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
  describe.each(levels)('what a join meets at %s', (level) => {
    const snapshot = level !== 'read committed'

    test('guards', async () => {
      const [opened, other] = [await place.openReady(), place.open({ timeoutMs: 1_000 })]
      await began(opened, level, async (native) => {
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
        const outcome = await began(opened, level, async (native) => {
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
        return { outcome, again: await joined(opened, level, work) }
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
          joined(opened, level, async (tx) => {
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
          const outcome = await joined(opened, level, async (tx) => {
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
})
