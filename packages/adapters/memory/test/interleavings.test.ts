import { isStorageError, type Storage } from '@portolan/ports'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryDatabase, memoryStorage } from '../src/index.ts'
import { hour, Visit, visitRow } from './entities.ts'
import { alone, insertPlan, openDriver, selectPlan } from './plans.ts'

const tenant = { tenant: 'one' }

/** Runs the tasks on two clients, in an order of their database accesses that fast-check chooses and shrinks. */
async function interleave(
  scheduler: fc.Scheduler,
  tasks: readonly ((storage: Storage) => Promise<unknown>)[],
): Promise<{ storage: Storage; results: PromiseSettledResult<unknown>[] }> {
  const database = memoryDatabase()
  const open = (schedule?: () => Promise<void>): Storage =>
    memoryStorage({ entities: [Visit], database, schedule, without: ['keyValue', 'outbox', 'idempotency'] })
  const storage = open()
  await storage.repository(Visit, tenant).insert({ ...values(0), id: 'counter' })
  await storage.repository(Visit, tenant).insert({ ...values(0), id: 'mirror' })
  const clients = [0, 1].map(() => open(() => scheduler.schedule(Promise.resolve())))
  const running = Promise.allSettled(tasks.map((task, index) => task(clients[index % 2] as Storage)))
  const results = await scheduler.waitFor(running)
  return { storage, results }
}

function values(count: number) {
  return { count, room: 'blue', from: hour(0), until: hour(1), status: 'free' as const }
}

function rejections(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.flatMap((result) =>
    result.status === 'fulfilled' ? [] : isStorageError(result.reason) ? result.reason.code : String(result.reason),
  )
}

function holds(property: (scheduler: fc.Scheduler) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(fc.scheduler(), property), { numRuns: 150 })
}

it.each(['latest', 'snapshot'] as const)('no order of accesses loses an update, reading %s', async (reads) => {
  await holds(async (scheduler) => {
    const add = (storage: Storage) =>
      storage.transaction(
        async (tx) => {
          const visits = tx.repository(Visit, tenant)
          const { count } = (await visits.get('counter')) ?? { count: Number.NaN }
          await visits.update('counter', { count: count + 1 })
        },
        { reads },
      )
    const { storage, results } = await interleave(scheduler, [add, add, add])
    expect(rejections(results)).toEqual([])
    expect(await storage.repository(Visit, tenant).get('counter')).toMatchObject({ count: 3, version: 4 })
  })
})

it('no order shows a snapshot two moments, or lets anybody see half of a transaction', async () => {
  await holds(async (scheduler) => {
    const move = (storage: Storage) =>
      storage.transaction(async (tx) => {
        const visits = tx.repository(Visit, tenant)
        await visits.update('counter', { count: { increment: 1 } })
        await visits.update('mirror', { count: { increment: 1 } })
      })
    const look = (storage: Storage) =>
      storage.transaction(
        async (tx) => {
          const counter = await tx.repository(Visit, tenant).get('counter')
          const mirror = await tx.repository(Visit, tenant).get('mirror')
          expect(counter?.count).toBe(mirror?.count)
        },
        { reads: 'snapshot' },
      )
    const lookOnce = async (storage: Storage) => {
      const rows = await storage.repository(Visit, tenant).find()
      expect(rows[0]?.count).toBe(rows[1]?.count)
    }
    const { results } = await interleave(scheduler, [move, look, move, look, lookOnce])
    expect(rejections(results)).toEqual([])
  })
})

it.each(['latest', 'snapshot'] as const)('no order skews writes under a guard, reading %s', async (reads) => {
  await holds(async (scheduler) => {
    const leaveOne = (email: string) => (storage: Storage) =>
      storage.transaction(
        async (tx) => {
          const visits = tx.repository(Visit, tenant)
          await visits.get('counter')
          await tx.guard('on duty')
          if ((await visits.count({ where: { room: 'green' } })) === 0) {
            await visits.insert({ ...values(0), room: 'green', email })
          }
        },
        { reads },
      )
    const { storage, results } = await interleave(scheduler, [leaveOne('a'), leaveOne('b'), leaveOne('c')])
    expect(rejections(results)).toEqual([])
    expect(await storage.repository(Visit, tenant).count({ where: { room: 'green' } })).toBe(1)
  })
})

it('no order breaks a natural key or a rule, alone or in transactions', async () => {
  await holds(async (scheduler) => {
    const held = { ...values(1), status: 'held' as const }
    const insertAlone = (storage: Storage) => storage.repository(Visit, tenant).insert({ ...held, email: 'one' })
    const insertInside = (storage: Storage) =>
      storage.transaction((tx) => tx.repository(Visit, tenant).insert({ ...held, email: 'one', room: 'red' }))
    const moveInside = (storage: Storage) =>
      storage.transaction((tx) => tx.repository(Visit, tenant).update('counter', { status: 'held', email: 'two' }))
    const upsert = (storage: Storage) =>
      storage
        .repository(Visit, tenant)
        .upsert('email', { ...held, email: 'two', room: 'green' }, { count: { increment: 1 } })
    const { storage, results } = await interleave(scheduler, [insertAlone, insertInside, moveInside, upsert])
    for (const code of rejections(results)) expect(['duplicate', 'overlap']).toContain(code)
    const rows = await storage.repository(Visit, tenant).find()
    const emails = rows.flatMap(({ email }) => email ?? [])
    expect(new Set(emails).size).toBe(emails.length)
    expect(emails.sort()).toEqual(['one', 'two'])
    expect(rows.filter(({ room, status }) => room === 'blue' && status === 'held').length).toBeLessThanOrEqual(1)
  })
})

it('no order leaves a transaction waiting, or an error of its own work out of a view that never was', async () => {
  await holds(async (scheduler) => {
    const cross = (keys: readonly [string, string], own: string, other: string) => (storage: Storage) =>
      storage.transaction(async (tx) => {
        const visits = tx.repository(Visit, tenant)
        await tx.guard(keys[0])
        await visits.update(own, { count: { increment: 1 } })
        await tx.guard(keys[1])
        await visits.update(other, { count: { increment: 1 } })
      })
    const bump = (storage: Storage) =>
      storage.transaction(async (tx) => {
        const visits = tx.repository(Visit, tenant)
        const mine = await visits.update('counter', { count: { increment: 0 } })
        const mirror = await visits.get('mirror')
        if (mine?.count !== mirror?.count) throw new RangeError('counter and mirror differ')
      })
    const { storage, results } = await interleave(scheduler, [
      cross(['k', 'l'], 'counter', 'mirror'),
      cross(['l', 'k'], 'mirror', 'counter'),
      bump,
    ])
    expect(rejections(results)).toEqual([])
    const rows = await storage.repository(Visit, tenant).find({ select: ['count'] })
    expect(rows).toEqual([{ count: 2 }, { count: 2 }])
  })
})

it('interleaves calls of drivers at every access: each waits for its schedule once', async () => {
  let accesses = 0
  const driver = openDriver(memoryDatabase(), async () => {
    accesses++
  })
  await driver.insert(insertPlan([visitRow('x')]), alone())
  await driver.select(selectPlan(), alone())
  await driver.now(alone())
  expect(accesses).toBe(3)
})

it('lets timers have their turn in a loop that never waits for anything else', async () => {
  const driver = openDriver(memoryDatabase())
  let fired = false
  setTimeout(() => {
    fired = true
  }, 0)
  for (let call = 0; call < 5_000 && !fired; call++) await driver.count(selectPlan(), alone())
  expect(fired).toBe(true)
})
