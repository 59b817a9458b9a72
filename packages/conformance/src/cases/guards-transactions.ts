import type { Storage, Transaction, TransactionOptions } from '@portolan/ports'
import { allWon, equal, ok, refused } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { gate, meanwhile } from '../interleaving.ts'
import { declared, offered, together } from '../needs.ts'
import { Account, Task } from '../standard-entities.ts'

const seats = 3

/** Counts and inserts: what only a guard protects, since neither a count nor an absence is a read. */
async function takeSeat(tx: Transaction<unknown>, queue: string): Promise<boolean> {
  const tasks = tx.repository(Task)
  if ((await tasks.count({ where: { queue } })) >= seats) return false
  await tasks.insert({ queue })
  return true
}

async function seatRace(
  { a, race, racers, rounds }: World,
  attempt: (storage: Storage<unknown>, key: string, index: number) => Promise<boolean>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const key = `hall-${round}`
    const seated = allWon(await race(racers, (storage, index) => attempt(storage, key, index))).filter(Boolean)
    equal(seated.length, seats, 'racers who were told that they have a seat')
    equal(await a.repository(Task).count({ where: { queue: key } }), seats, 'seats taken')
  }
}

const transactions = declared('transactions')

/** G3: transactions that guard one key are serial. */
export const guardedTransactionCases: readonly Case[] = [
  defineCase(
    'G3.guarded-transactions-are-serial',
    'of transactions that guard one key each sees what the former ones wrote',
    (world) =>
      seatRace(world, (storage, key) =>
        storage.transaction(async (tx) => {
          await tx.guard(key)
          return takeSeat(tx, key)
        }),
      ),
    { race: true, skip: transactions },
  ),

  defineCase(
    'G3.option-guards-are-serial-and-run-once',
    'guards named in the option are held before the work starts, and taking them never runs the work twice',
    async (world) => {
      let runs = 0
      let inside = 0
      await seatRace(world, (storage, key) =>
        storage.transaction(
          async (tx) => {
            runs++
            inside++
            equal(inside, 1, 'works that hold the guard at one time')
            try {
              return await takeSeat(tx, key)
            } finally {
              inside--
            }
          },
          { guards: [key] },
        ),
      )
      equal(runs, world.racers * world.rounds, 'runs of the work')
    },
    { race: true, skip: transactions },
  ),

  defineCase(
    'G3.held-before-the-work-starts',
    'a work whose guard another transaction holds has not started, and then sees what that one wrote',
    async (world) => {
      const { a, b } = world
      let started = false
      const second = gate()
      let outcome: Promise<number> | undefined
      await a.transaction(
        async (tx) => {
          outcome ??= b.transaction(
            async (other) => {
              started = true
              second.open()
              return other.repository(Task).count({ where: { queue: 'shared' } })
            },
            { guards: ['key'] },
          )
          await meanwhile(world, second.opened)
          ok(!started, 'the second work started while the first one held its guard')
          await tx.repository(Task).insert({ queue: 'shared' })
        },
        { guards: ['key'] },
      )
      equal(await outcome, 1, 'rows that the second transaction saw')
    },
    { skip: transactions },
  ),

  defineCase(
    'G3.no-write-skew',
    'of accounts that may be closed as long as another one is open, one stays open',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const name = `duty-${round}`
        const open = await a
          .repository(Account)
          .insertMany(Array.from({ length: racers }, (_, index) => ({ email: `${round}-${index}`, name })))
        const leave = async (tx: Transaction<unknown>, index: number): Promise<boolean> => {
          const left = await tx.repository(Account).find({ where: { name, active: true } })
          if (left.length < 2) return false
          await tx.repository(Account).update(open[index]?.id ?? '', { active: false })
          return true
        }
        const results = await race(racers, (storage, index) => {
          const options: TransactionOptions = index % 4 < 2 ? { guards: [name] } : {}
          return storage.transaction(async (tx) => {
            if (!options.guards) await tx.guard(name)
            return leave(tx, index)
          }, options)
        })
        equal(allWon(results).filter(Boolean).length, racers - 1, 'accounts that were told that they are closed')
        equal(await a.repository(Account).count({ where: { name, active: true } }), 1, 'accounts still open')
      }
    },
    { race: true, skip: transactions },
  ),

  defineCase(
    'G3.one-lock-for-transactions-and-calls',
    'the guard of a transaction and that of a call that stands alone are one lock',
    async (world) => {
      const { a, b } = world
      let settled = false
      let call: Promise<unknown> | undefined
      await a.transaction(
        async (tx) => {
          call ??= b
            .repository(Task)
            .insert({ queue: 'shared' }, { unless: { queue: 'shared' }, guard: 'key' })
            .finally(() => {
              settled = true
            })
          await meanwhile(world, call)
          ok(!settled, 'the call did not wait for the guard')
          await tx.repository(Task).insert({ queue: 'shared' })
        },
        { guards: ['key'] },
      )
      await refused(call ?? Promise.resolve(), 'condition-failed', { data: { failed: 'unless' } })
    },
    { skip: transactions },
  ),

  defineCase(
    'G3.guards-in-snapshot',
    'where guards are declared for snapshots, guarded snapshot transactions are serial as well',
    (world) =>
      seatRace(world, (storage, key) =>
        storage.transaction((tx) => takeSeat(tx, key), { reads: 'snapshot', guards: [key] }),
      ),
    { race: true, skip: together(transactions, declared('snapshot', 'guardsInSnapshot')) },
  ),

  defineCase(
    'G3.one-lock-whatever-the-reads',
    'a key has one lock, whether a transaction reads the latest or a snapshot',
    (world) =>
      seatRace(world, (storage, key, index) =>
        storage.transaction((tx) => takeSeat(tx, key), {
          reads: index % 4 < 2 ? 'snapshot' : 'latest',
          guards: [key],
        }),
      ),
    { race: true, skip: together(transactions, declared('snapshot', 'guardsInSnapshot')) },
  ),

  defineCase(
    'G3.two-processes',
    'transactions of two processes that guard one key are serial',
    async (world) => {
      const { a, racers, rounds } = world
      const other = await world.process()
      const few = Math.min(rounds, 5)
      for (let round = 0; round < few; round++) {
        const queue = `hall-${round}`
        const inputs = Array.from({ length: racers / 2 }, () => ({ queue, seats }))
        const [theirs, ours] = await Promise.all([
          other.run('guarded-seat', inputs),
          Promise.allSettled(
            inputs.map(() => a.transaction((tx) => takeSeat(tx, queue), { guards: [queue], timeoutMs: 30_000 })),
          ),
        ])
        const seatedHere = allWon(ours).filter(Boolean).length
        const lost = theirs.find((each) => each.status === 'rejected')
        ok(!lost, `a racer of the second process failed: ${lost?.status === 'rejected' ? lost.message : ''}`)
        const seatedThere = theirs.filter((each) => each.status === 'fulfilled' && each.value === true).length
        equal(seatedHere + seatedThere, seats, 'racers who were told that they have a seat')
        equal(await a.repository(Task).count({ where: { queue } }), seats, 'seats taken')
      }
    },
    {
      race: true,
      skip: together(transactions, offered('processes')),
    },
  ),
]

/** What the second process runs for these cases. */
export async function guardedSeat(storage: Storage<unknown>, input: unknown): Promise<boolean> {
  const { queue } = input as { queue: string }
  return storage.transaction((tx) => takeSeat(tx, queue), { guards: [queue], timeoutMs: 30_000 })
}
