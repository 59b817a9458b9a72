import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageError } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import { kyselyStorage } from '../src/index.ts'
import { Booking, Flag } from './entities.ts'
import { type Opened, open, openReady, temporaryFile } from './open.ts'

const thrownBy = (call: Promise<unknown>): Promise<unknown> => call.catch((thrown: unknown) => thrown)
const labels = async ({ storage }: Opened): Promise<string[]> =>
  (await storage.repository(Flag).find({ orderBy: { label: 'asc' } })).map(({ label }) => label)
const flag = (label: string) => ({ label, on: true })

test('what is no transaction is misuse', async () => {
  const { db, storage } = await openReady()
  const work = async (): Promise<never> => expect.unreachable('the work ran')
  for (const native of [db, {}, null, undefined]) {
    const error = await thrownBy(storage.join(native as never, work))
    expect(isStorageError(error, 'misuse'), String(error)).toBe(true)
  }
  const ended = await db.startTransaction().execute()
  await ended.commit().execute()
  const error = await thrownBy(storage.join(ended, work))
  expect(isStorageError(error, 'misuse'), String(error)).toBe(true)
  expect(String(error)).toContain('has ended')
})

test("both forms of Kysely's transactions can be joined, with native queries beside", async () => {
  const opened = await openReady()
  const { db, storage } = opened
  await db.transaction().execute(async (native) => {
    await storage.join(native, async (tx) => {
      expect(tx.native).toBe(native)
      await tx.repository(Flag).insert({ id: 'a', ...flag('joined') })
      await tx.native.updateTable('flag').set({ count: 3 }).where('id', '=', 'a').execute()
      expect((await tx.repository(Flag).get('a'))?.count).toBe(3)
    })
  })
  const controlled = await db.startTransaction().execute()
  await storage.join(controlled, (tx) => tx.repository(Flag).insert(flag('controlled')))
  await controlled.rollback().execute()
  expect(await labels(opened)).toEqual(['joined'])
})

test('a join that rejects leaves nothing of itself, and its own error comes out', async () => {
  const opened = await openReady()
  const { db, storage } = opened
  const own = new Error('own')
  await db.transaction().execute(async (native) => {
    await storage.join(native, (tx) => tx.repository(Flag).insert(flag('first')))
    const failing = storage.join(native, async (tx) => {
      await tx.repository(Flag).insert(flag('gone'))
      throw own
    })
    expect(await thrownBy(failing)).toBe(own)
    await native.insertInto('flag').values({ id: 'n', label: 'native', on: 1, count: 0 }).execute()
  })
  expect(await labels(opened)).toEqual(['first', 'native'])
})

describe('joins of two storages in one transaction', () => {
  const twoStorages = async () => {
    const opened = await openReady()
    return { opened, other: kyselyStorage(opened.db, { entities: [Booking, Flag] }) }
  }

  test('one within the other: the inner one alone can be undone', async () => {
    const { opened, other } = await twoStorages()
    await opened.db.transaction().execute(async (native) => {
      await opened.storage.join(native, async (tx) => {
        await tx.repository(Flag).insert(flag('outer'))
        await thrownBy(
          other.join(native, async (inner) => {
            await inner.repository(Flag).insert(flag('inner'))
            throw new Error('inner')
          }),
        )
        await other.join(native, (inner) => inner.repository(Flag).insert(flag('second')))
      })
    })
    expect(await labels(opened)).toEqual(['outer', 'second'])
  })

  test('at the same time and both well: everything is there', async () => {
    const { opened, other } = await twoStorages()
    await opened.db.transaction().execute(async (native) => {
      await Promise.all([
        opened.storage.join(native, async (tx) => {
          await tx.repository(Flag).insert(flag('quick'))
        }),
        other.join(native, async (tx) => {
          await tx.repository(Flag).insert(flag('slow'))
          await sleep(10)
          await tx.repository(Flag).insert(flag('slower'))
        }),
      ])
    })
    expect(await labels(opened)).toEqual(['quick', 'slow', 'slower'])
  })

  test('at the same time, and the first one fails: the second is told that part of it was undone', async () => {
    const { opened, other } = await twoStorages()
    const outcome = opened.db.transaction().execute(async (native) => {
      const first = opened.storage.join(native, async (tx) => {
        await tx.repository(Flag).insert(flag('first'))
        await sleep(10)
        throw new Error('first')
      })
      const second = other.join(native, async (tx) => {
        await tx.repository(Flag).insert(flag('second'))
        await sleep(30)
      })
      const [, told] = await Promise.all([thrownBy(first), thrownBy(second)])
      expect(isStorageError(told, 'misuse'), String(told)).toBe(true)
      expect(String(told)).toContain('at the same time')
      throw new Error('rolled back')
    })
    await expect(outcome).rejects.toThrow('rolled back')
    expect(await labels(opened)).toEqual([])
  })
})

describe.each(['wal', 'delete'] as const)('join and other writers in %s mode', (journal) => {
  const twoClients = async (options: object = {}): Promise<[Opened, Opened]> => {
    const file = temporaryFile()
    const first = await openReady({ file, journal, ...options })
    const second = open({ file, journal, ...options })
    await first.storage.repository(Flag).insert({ id: 'flag', ...flag('x') })
    await second.storage.repository(Flag).count()
    return [first, second]
  }
  const add = ({ db, storage }: Opened) =>
    db.transaction().execute((native) =>
      storage.join(native, async (tx) => {
        const row = await tx.repository(Flag).get('flag')
        await sleep(1)
        await tx.repository(Flag).update('flag', { count: (row?.count ?? 0) + 1 })
      }),
    )

  test('a caller who has not read waits its turn', async () => {
    const [first, second] = await twoClients({ timeout: 5_000 })
    await Promise.all(Array.from({ length: 20 }, (_, index) => add(index % 2 ? first : second)))
    expect((await first.storage.repository(Flag).get('flag'))?.count).toBe(20)
  })

  test('a caller who has read and meets another writer hears at once that it must begin again', async () => {
    const [first, second] = await twoClients()
    second.raw.exec('begin immediate')
    const began = performance.now()
    const outcome = first.db.transaction().execute(async (native) => {
      await native.selectFrom('flag').selectAll().execute()
      await first.storage.join(native, (tx) => tx.repository(Flag).count())
    })
    const error = await thrownBy(outcome)
    expect(isStorageError(error, 'transaction-conflict'), String(error)).toBe(true)
    expect(String(error)).toContain('begin again')
    expect(performance.now() - began).toBeLessThan(1_000)
    second.raw.exec('commit')
    await add(first)
  })

  test('a caller who has read and asks for nobody else’s lock goes on', async () => {
    const [first] = await twoClients()
    const count = await first.db.transaction().execute(async (native) => {
      await native.selectFrom('flag').selectAll().execute()
      return first.storage.join(native, (tx) => tx.repository(Flag).count())
    })
    expect(count).toBe(1)
  })
})

test('in WAL mode a caller whose view is out of date hears that it must begin again', async () => {
  const file = temporaryFile()
  const first = await openReady({ file, journal: 'wal' })
  const second = open({ file, journal: 'wal' })
  await first.storage.repository(Flag).insert({ id: 'flag', ...flag('x') })
  const outcome = first.db.transaction().execute(async (native) => {
    await native.selectFrom('flag').selectAll().execute()
    await second.storage.repository(Flag).update('flag', { label: 'changed' })
    await first.storage.join(native, (tx) => tx.repository(Flag).update('flag', { on: false }))
  })
  const error = await thrownBy(outcome)
  expect(isStorageError(error, 'transaction-conflict'), String(error)).toBe(true)
  expect((await first.storage.repository(Flag).get('flag'))?.on).toBe(true)
})
