import { memoryDatabase, memoryStorage } from '@portolan/memory'
import type { Storage, Transaction } from '@portolan/ports'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anAccount, upTo } from '../src/sample-rows.ts'
import { type Happened, hasSerialOrder } from '../src/serial-order.ts'
import { Account } from '../src/standard-entities.ts'

type Task<R> = (storage: Storage, index: number) => Promise<R>

/** Two clients of one database, whose accesses come in an order that fast-check chooses and shrinks. */
async function interleave<R>(
  scheduler: fc.Scheduler,
  tasks: readonly Task<R>[],
  first?: (storage: Storage) => Promise<unknown>,
) {
  const database = memoryDatabase({ clock: () => Date.UTC(2026, 5, 1) })
  const open = (schedule?: () => Promise<void>) => memoryStorage({ entities: [Account], database, schedule })
  const storage = open()
  await first?.(storage)
  const clients = [0, 1].map(() => open(() => scheduler.schedule(Promise.resolve())))
  const running = Promise.allSettled(tasks.map((task, index) => task(clients[index % 2] ?? storage, index)))
  return { storage, results: await scheduler.waitFor(running) }
}

function values<R>(results: readonly PromiseSettledResult<R>[]): R[] {
  return results.map((result) => (result.status === 'fulfilled' ? result.value : expect.fail(String(result.reason))))
}

const some = fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 2 })
const anyPlan = fc.record({ reads: some, writes: some })
const readAndWritten = some.map((all) => ({ reads: all, writes: all }))
const registers = ['r0', 'r1', 'r2']

const read = async (ports: Pick<Transaction, 'repository'>, id: string): Promise<number> =>
  (await ports.repository(Account).get(id))?.balance ?? Number.NaN

function transacting(
  { reads, writes }: { reads: number[]; writes: number[] },
  guards: readonly string[],
): Task<Happened> {
  return (storage, index) =>
    storage.transaction(
      async (tx) => {
        const seen = new Map<string, number>()
        for (const register of reads) seen.set(`r${register}`, await read(tx, `r${register}`))
        const left = new Map(writes.map((register) => [`r${register}`, (index + 1) * 10 + register]))
        for (const [id, balance] of left) await tx.repository(Account).update(id, { balance })
        return { reads: seen, writes: left }
      },
      { guards },
    )
}

describe('in no order of accesses', () => {
  test.each([
    ['guarded transactions that read and write any rows', anyPlan, ['all']],
    ['transactions that write what they read', readAndWritten, []],
  ] as const)('do %s lack a serial order', { timeout: 60_000 }, async (_, plan, guards) => {
    const plans = fc.array(plan, { minLength: 2, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), plans, async (scheduler, drawn) => {
        const { storage, results } = await interleave(
          scheduler,
          drawn.map((one) => transacting(one, guards)),
          (first) => first.repository(Account).insertMany(registers.map((id) => anAccount(id, { id }))),
        )
        const end = new Map<string, number>()
        for (const id of registers) end.set(id, await read(storage, id))
        expect(hasSerialOrder(new Map(registers.map((id) => [id, 0])), values(results), end)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('do two callers hold one reservation, one lease, or one revision', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const reservation = { namespace: 'n', key: 'k', fingerprint: 'f', leaseMs: 1_000 }
        const contend: Task<{ reserved: boolean; ids: string[]; revision: string | null }> = async (storage) => ({
          reserved: (await storage.idempotency().reserve(reservation)).state === 'reserved',
          ids: (await storage.outbox().claim({ limit: 2, leaseMs: 1_000 })).map(({ id }) => id),
          revision: await storage.keyValue('n').set('k', 'v', { absent: true }),
        })
        const { results } = await interleave(scheduler, [contend, contend, contend], (first) =>
          first.outbox('t').enqueue(upTo(3).map((payload) => ({ payload }))),
        )
        const all = values(results)
        expect(all.filter(({ reserved }) => reserved)).toHaveLength(1)
        expect(all.filter(({ revision }) => revision !== null)).toHaveLength(1)
        const ids = all.flatMap((one) => one.ids)
        expect(new Set(ids).size).toBe(ids.length)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the search for a serial order', () => {
  const start = new Map([
    ['x', 0],
    ['y', 0],
  ])
  const happened = (reads: object, writes: object): Happened => ({
    reads: new Map(Object.entries(reads)),
    writes: new Map(Object.entries(writes)),
  })

  test('finds one where there is one, in whatever order they are given', () => {
    const first = happened({ x: 0 }, { x: 1 })
    const second = happened({ x: 1, y: 0 }, { y: 2 })
    for (const order of [
      [first, second],
      [second, first],
    ])
      expect(
        hasSerialOrder(
          start,
          order,
          new Map([
            ['x', 1],
            ['y', 2],
          ]),
        ),
      ).toBe(true)
    expect(hasSerialOrder(start, [], start)).toBe(true)
  })

  test('finds none for a lost update, a write skew, a torn read, or an end that nobody wrote', () => {
    const lost = [happened({ x: 0 }, { x: 1 }), happened({ x: 0 }, { x: 2 })]
    expect(
      hasSerialOrder(
        start,
        lost,
        new Map([
          ['x', 2],
          ['y', 0],
        ]),
      ),
    ).toBe(false)
    const skew = [happened({ x: 0, y: 0 }, { x: 1 }), happened({ x: 0, y: 0 }, { y: 1 })]
    expect(
      hasSerialOrder(
        start,
        skew,
        new Map([
          ['x', 1],
          ['y', 1],
        ]),
      ),
    ).toBe(false)
    const torn = [happened({}, { x: 1, y: 1 }), happened({ x: 1, y: 0 }, {})]
    expect(
      hasSerialOrder(
        start,
        torn,
        new Map([
          ['x', 1],
          ['y', 1],
        ]),
      ),
    ).toBe(false)
    expect(
      hasSerialOrder(
        start,
        [happened({}, { x: 1 })],
        new Map([
          ['x', 3],
          ['y', 0],
        ]),
      ),
    ).toBe(false)
  })
})
