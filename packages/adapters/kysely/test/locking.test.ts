import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageError } from '@portolan/ports'
import { CompiledQuery } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aBooking, Booking, Flag, tenant } from './entities.ts'
import { type Opened, open, openReady, temporaryFile } from './open.ts'

const journals = ['wal', 'delete'] as const

/** A second process that has written and not committed; `commit` lets it. */
async function otherProcess(file: string): Promise<{ commit(): Promise<void> }> {
  const child = fork(new URL('./writer-process.ts', import.meta.url), [file, 'flag'], {
    execArgv: process.features.typescript === false ? ['--experimental-strip-types', '--no-warnings'] : [],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(child, 'message')
  return {
    async commit() {
      child.send('commit')
      await once(child, 'exit')
    },
  }
}

/** Two clients of one file, and the row that they write. */
async function twoClients(journal: (typeof journals)[number], options: object = {}): Promise<[Opened, Opened, string]> {
  const file = temporaryFile()
  const first = await openReady({ file, journal, ...options })
  const second = open({ file, journal, ...options })
  await first.storage.repository(Flag).insert({ id: 'flag', label: 'x', on: true })
  await second.storage.repository(Flag).count()
  return [first, second, file]
}

describe.each(journals)('locks in %s mode', (journal) => {
  test('the statement that begins transactions holds the lock and changes no byte', async () => {
    const [first, second] = await twoClients(journal)
    const version = (): unknown => second.raw.pragma('data_version', { simple: true })
    const before = version()
    await first.storage.transaction(async () => {
      expect(() => second.raw.exec('begin immediate')).toThrow('locked')
    })
    expect(version()).toBe(before)
    second.raw.exec('begin immediate; rollback')
  })

  test('a statement of its own waits for another process, by timers, and then runs', async () => {
    const [first, , file] = await twoClients(journal)
    const other = await otherProcess(file)
    let ticks = 0
    const ticking = setInterval(() => ticks++, 5)
    const flags = first.storage.repository(Flag)
    const writing = flags.update('flag', { count: { increment: 1 } })
    await sleep(150)
    await other.commit()
    expect((await writing)?.count).toBe(2)
    clearInterval(ticking)
    expect(ticks, 'the process went on meanwhile').toBeGreaterThan(10)
  })

  test('a transaction waits for another process, its work runs once, and reads go on beside it', async () => {
    const [first, , file] = await twoClients(journal)
    const other = await otherProcess(file)
    let runs = 0
    const writing = first.storage.transaction(async (tx) => {
      runs++
      return await tx.repository(Flag).update('flag', { count: { increment: 1 } })
    })
    await sleep(50)
    expect(await first.storage.repository(Flag).count()).toBe(1)
    expect(runs).toBe(0)
    await other.commit()
    expect((await writing)?.count).toBe(2)
    expect(runs).toBe(1)
  })

  test('at the deadline a locked database is unavailable, with a sentence that says what to do', async () => {
    const [first, second] = await twoClients(journal, { timeoutMs: 150 })
    second.raw.exec('begin immediate')
    const calls: (() => Promise<unknown>)[] = [
      () => first.storage.repository(Flag).update('flag', { on: false }),
      () => first.storage.transaction((tx) => tx.repository(Flag).count()),
      () => first.storage.repository(Booking, tenant).insertMany([aBooking(1), aBooking(2)]),
    ]
    for (const call of calls) {
      const began = performance.now()
      const error = await call().catch((thrown: unknown) => thrown)
      expect(isStorageError(error, 'unavailable'), String(error)).toBe(true)
      expect(String(error)).toContain('locked by another connection or process')
      expect(performance.now() - began).toBeGreaterThan(140)
      expect(performance.now() - began).toBeLessThan(2_000)
    }
    second.raw.exec('rollback')
    await first.storage.repository(Flag).update('flag', { on: false })
  })

  test('parallel transactions of two clients with pauses inside all finish and lose nothing', async () => {
    const [first, second] = await twoClients(journal)
    const add = ({ storage }: Opened) =>
      storage.transaction(async (tx) => {
        const row = await tx.repository(Flag).get('flag')
        await sleep(1)
        await tx.repository(Flag).update('flag', { count: (row?.count ?? 0) + 1 })
      })
    await Promise.all(Array.from({ length: 100 }, (_, index) => add(index % 2 ? first : second)))
    expect((await first.storage.repository(Flag).get('flag'))?.count).toBe(100)
  })

  test('a client that writes without a pause does not starve the other one of its process', async () => {
    const [first, second] = await twoClients(journal)
    const busy = { ended: false }
    const work = async () => {
      while (!busy.ended)
        await first.storage.transaction((tx) =>
          tx
            .repository(Flag)
            .count()
            .then(() => sleep(2)),
        )
    }
    const load = [work(), work(), work()]
    await sleep(20)
    for (let round = 0; round < 5; round++) {
      const began = performance.now()
      await second.storage.transaction((tx) => tx.repository(Flag).update('flag', { count: { increment: 1 } }))
      expect(performance.now() - began).toBeLessThan(2_000)
    }
    busy.ended = true
    await Promise.all(load)
  })
})

test('in rollback-journal mode a reader keeps a commit waiting, and the work is not run again', async () => {
  const [first, second] = await twoClients('delete')
  second.raw.exec('begin')
  second.raw.prepare('select * from flag').all()
  let runs = 0
  const writing = first.storage.transaction(async (tx) => {
    runs++
    await tx.repository(Flag).update('flag', { count: 5 })
  })
  await sleep(60)
  second.raw.exec('commit')
  await writing
  expect(runs).toBe(1)
  expect((await second.storage.repository(Flag).get('flag'))?.count).toBe(5)
})

test('the connection held by a transaction of the user is waited for until the deadline, and the call never runs later', async () => {
  const { db, storage } = await openReady({ timeoutMs: 400 })
  const held = await db.startTransaction().execute()
  const late = [
    () => storage.repository(Flag).insert({ label: 'late', on: true }),
    () => storage.transaction((tx) => tx.repository(Flag).insert({ label: 'late', on: true })),
    () => storage.repository(Flag).count(),
  ]
  for (const call of late) {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(isStorageError(error, 'unavailable'), String(error)).toBe(true)
    expect(String(error)).toContain('one connection')
  }
  await held.commit().execute()
  await sleep(20)
  expect(await storage.repository(Flag).count()).toBe(0)
})

test('two storages on one Kysely instance take turns', async () => {
  const first = await openReady()
  const { kyselyStorage } = await import('../src/index.ts')
  const second = kyselyStorage(first.db, { entities: [Booking, Flag] })
  await first.storage.repository(Flag).insert({ id: 'flag', label: 'x', on: true })
  const add = (storage: typeof second) =>
    storage.transaction(async (tx) => {
      const row = await tx.repository(Flag).get('flag')
      await sleep(1)
      await tx.repository(Flag).update('flag', { count: (row?.count ?? 0) + 1 })
    })
  const singles = Array.from({ length: 20 }, () => second.repository(Flag).update('flag', { label: 'y' }))
  await Promise.all([...Array.from({ length: 40 }, (_, index) => add(index % 2 ? first.storage : second)), ...singles])
  expect((await second.repository(Flag).get('flag'))?.count).toBe(40)
})

test('an error that made SQLite roll back by itself commits nothing', async () => {
  const { db, storage } = await openReady()
  await db.executeQuery(
    CompiledQuery.raw(
      `create trigger refuse before insert on flag when new.label = 'poison' begin select raise(rollback, 'away'); end`,
    ),
  )
  const call = storage.transaction(async (tx) => {
    await tx.repository(Flag).insert({ label: 'first', on: true })
    await tx
      .repository(Flag)
      .insert({ label: 'poison', on: true })
      .catch(() => null)
    await tx
      .repository(Flag)
      .insert({ label: 'later', on: true })
      .catch(() => null)
  })
  await expect(call).rejects.toThrow('already failed')
  expect(await storage.repository(Flag).count()).toBe(0)
  await storage.repository(Flag).insert({ label: 'goes on', on: true })
})
