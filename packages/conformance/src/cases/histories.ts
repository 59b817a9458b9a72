import { isStorageError, type Transaction, type TransactionOptions } from '@portolan/ports'
import fc from 'fast-check'
import { describeError, fail, ok, outcomes } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { turns } from '../interleaving.ts'
import { declared } from '../needs.ts'
import { anAccount, owner, upTo } from '../sample-rows.ts'
import { type Happened, hasSerialOrder } from '../serial-order.ts'
import { Account, Note } from '../standard-entities.ts'

interface Plan {
  readonly reads: readonly number[]
  readonly writes: readonly number[]
}

/** Registers that hold one number each. */
interface Registers {
  create(world: World, round: number): Promise<readonly string[]>
  read(tx: Pick<Transaction<unknown>, 'repository'>, id: string): Promise<number>
  write(tx: Pick<Transaction<unknown>, 'repository'>, id: string, value: number): Promise<unknown>
}

const versioned: Registers = {
  create: async ({ a }, round) =>
    (await a.repository(Account).insertMany(upTo(registers).map((index) => anAccount(`${round}-${index}`)))).map(
      ({ id }) => id,
    ),
  read: async (tx, id) => (await tx.repository(Account).get(id))?.balance ?? fail('a register is gone'),
  write: (tx, id, value) => tx.repository(Account).update(id, { balance: value }),
}

const unversioned: Registers = {
  create: async ({ a }) =>
    (await a.repository(Note, owner).insertMany(upTo(registers).map(() => ({})))).map(({ id }) => id),
  read: async (tx, id) => (await tx.repository(Note, owner).get(id))?.views ?? fail('a register is gone'),
  write: (tx, id, value) => tx.repository(Note, owner).update(id, { views: value }),
}

const registers = 4
const some = fc.uniqueArray(fc.integer({ min: 0, max: registers - 1 }), { minLength: 1, maxLength: 3 })
/** Reads some registers and writes others: only guards make that serial. */
const anyPlan: fc.Arbitrary<Plan> = fc.record({ reads: some, writes: some })
/** Writes what it has read: that no update is lost makes it serial. */
const readAndWritten: fc.Arbitrary<Plan> = some.map((all) => ({ reads: all, writes: all }))

interface Setting {
  readonly kind: Registers
  readonly plans: fc.Arbitrary<Plan>
  /** The number of the racer tells which one guards by the option and which by the call. */
  readonly options: (racer: number) => TransactionOptions
  readonly guard?: string
}

async function check(world: World, { kind, plans, options, guard }: Setting): Promise<void> {
  for (const round of upTo(world.rounds)) {
    const ids = await kind.create(world, round)
    const idOf = (register: number): string => ids[register] ?? fail('no such register')
    const drawn = fc.sample(plans, { seed: world.seed + round, numRuns: world.racers })
    const results = await world.race<Happened>(world.racers, (storage, racer) =>
      storage.transaction(async (tx) => {
        if (guard !== undefined && !options(racer).guards) await tx.guard(guard)
        const { reads, writes } = drawn[racer] ?? { reads: [], writes: [] }
        const seen = new Map<string, number>()
        for (const register of reads) seen.set(idOf(register), await kind.read(tx, idOf(register)))
        await turns(racer % 3)
        const left = new Map<string, number>()
        for (const register of writes) {
          const value = (racer + 1) * 10 + register
          await kind.write(tx, idOf(register), value)
          left.set(idOf(register), value)
        }
        return { reads: seen, writes: left }
      }, options(racer)),
    )
    const { won, lost } = outcomes(results)
    for (const error of lost)
      if (!isStorageError(error, 'transaction-conflict')) fail(`a transaction ended with ${describeError(error)}`)
    ok(won.length > 0, 'no transaction committed')
    const end = new Map<string, number>()
    for (const id of ids) end.set(id, await kind.read(world.a, id))
    const start = new Map(ids.map((id) => [id, 0]))
    const told = won.map(
      ({ reads, writes }) => `read ${[...reads.values()].join()} wrote ${[...writes.values()].join()}`,
    )
    ok(
      hasSerialOrder(start, won, end),
      `no order of the committed transactions explains what they saw: ${told.join('; ')}; in the end ${[...end.values()].join()}`,
    )
  }
}

export const historyCases: readonly Case[] = [
  defineCase(
    'X2.guarded',
    'transactions that guard one key and read and write any rows have a serial order',
    (world) =>
      check(world, {
        kind: versioned,
        plans: anyPlan,
        guard: 'registers',
        options: (racer) => (racer % 2 === 0 ? { guards: ['registers'] } : {}),
      }),
    { race: true, skip: declared('transactions') },
  ),
  defineCase(
    'X2.read-and-written',
    'transactions that write what they have read have a serial order, with versions and without',
    async (world) => {
      await check(world, { kind: versioned, plans: readAndWritten, options: () => ({}) })
      await check(world, { kind: unversioned, plans: readAndWritten, options: () => ({}) })
    },
    { race: true, skip: declared('transactions') },
  ),
  defineCase(
    'X2.snapshots',
    'the same holds for transactions that read a snapshot',
    (world) => check(world, { kind: versioned, plans: readAndWritten, options: () => ({ reads: 'snapshot' }) }),
    { race: true, skip: declared('transactions', 'snapshot') },
  ),
]
