import type { Transaction } from '@portolan/ports'
import { equal, ok, refused } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { meanwhile, meeting } from '../interleaving.ts'
import { declared, manyWriters, together } from '../needs.ts'
import { Account, Note, Task } from '../standard-entities.ts'
import type { Client } from '../target.ts'
import { joined, transact } from './join.ts'

const owner = { ownerId: 'owner' }
const joins = declared('join')

/** T7 and G1 where joins meet others, and what is no transaction to join. */
export const joinConflictCases: readonly Case[] = [
  defineCase(
    'T7.conflict-runs-nothing-twice',
    'a row that another commit changed after the join had read it is transaction-conflict when written; the work runs once',
    async (world) => {
      const { a, b, first } = world
      await a.repository(Account).insert({ id: 'row', email: 'row' })
      await a.repository(Note, owner).insert({ id: 'row' })
      const works: readonly ((tx: Transaction<unknown>, meet: () => Promise<void>) => Promise<unknown>)[] = [
        async (tx, meet) => {
          const row = await tx.repository(Account).get('row')
          await meet()
          await tx.repository(Account).update('row', { balance: (row?.balance ?? 0) + 1 })
        },
        async (tx, meet) => {
          const [row] = await tx.repository(Note, owner).find()
          await meet()
          await tx.repository(Note, owner).updateMany({ where: {}, patch: { views: (row?.views ?? 0) + 1 } })
        },
      ]
      for (const work of works) {
        let runs = 0
        const call = joined(first, async (tx) => {
          runs++
          await work(tx, () =>
            meanwhile(
              world,
              Promise.all([
                b.repository(Account).update('row', { balance: { increment: 10 } }),
                b.repository(Note, owner).update('row', { views: { increment: 10 } }),
              ]),
            ),
          )
        })
        const error = await refused(call, 'transaction-conflict')
        equal(error.retryable, true, 'retryable')
        equal(runs, 1, 'runs of the work')
      }
      equal((await b.repository(Account).get('row'))?.balance, 20, 'the balance')
      equal((await b.repository(Note, owner).get('row'))?.views, 20, 'the views')
    },
    { skip: together(joins, manyWriters) },
  ),

  defineCase(
    'T7.no-lost-update',
    'racers that read and write a count in joins, and begin again after a conflict, lose none',
    async ({ a, first, second, racers, rounds }) => {
      await a.repository(Account).insert({ id: 'row', email: 'row' })
      const add = async (client: Client): Promise<void> => {
        for (let attempt = 1; ; attempt++) {
          try {
            await joined(client, async (tx) => {
              const row = await tx.repository(Account).get('row')
              await tx.repository(Account).update('row', { balance: (row?.balance ?? 0) + 1 })
            })
            return
          } catch (error) {
            if ((error as { retryable?: unknown }).retryable !== true || attempt > 200) throw error
          }
        }
      }
      const few = Math.min(rounds, 5)
      for (let round = 0; round < few; round++)
        await Promise.all(Array.from({ length: racers }, (_, index) => add(index % 2 === 0 ? first : second)))
      equal((await a.repository(Account).get('row'))?.balance, racers * few, 'the balance')
    },
    { skip: joins, race: true },
  ),

  defineCase(
    'T7.guards-hold-until-the-caller-ends',
    "a guard that a join has taken is held until the caller's transaction ends, against transactions as well",
    async (world) => {
      const { a, b, first } = world
      let started = false
      let other: Promise<number> | undefined
      await transact(first, async (native) => {
        await a.join(native, (tx) => tx.guard('key'))
        other = b.transaction(
          async (tx) => {
            started = true
            return tx.repository(Task).count()
          },
          { guards: ['key'] },
        )
        await meanwhile(world, other)
        ok(!started, 'another transaction got the guard while the caller was not done')
        await a.join(native, (tx) => tx.repository(Task).insert({ queue: 'q' }))
      })
      equal(await other, 1, 'rows that the other transaction saw')
    },
    { skip: joins },
  ),

  defineCase(
    'G1.deadlock-in-join',
    'joins that take guards in opposite orders end: where that is a deadlock it is transaction-conflict',
    async (world) => {
      const { first, second } = world
      const meet = meeting(world, 2)
      const take = (client: Client, one: string, other: string): Promise<void> =>
        joined(client, async (tx) => {
          await tx.guard(one)
          await meet()
          await tx.guard(other)
          await tx.repository(Task).insert({ queue: one })
        })
      const results = await Promise.allSettled([take(first, 'one', 'two'), take(second, 'two', 'one')])
      let committed = 0
      for (const result of results) {
        if (result.status === 'fulfilled') committed++
        else await refused(Promise.reject(result.reason), 'transaction-conflict')
      }
      equal(await world.a.repository(Task).count(), committed, 'rows of those that committed')
      ok(committed >= 1, 'neither of the two got through')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.use-after-the-join',
    'a tx of a join is misuse after it, though the transaction of the caller goes on',
    async ({ a, b, first }) => {
      await transact(first, async (native) => {
        let kept: Transaction<unknown> | undefined
        await a.join(native, async (tx) => {
          kept = tx
        })
        await refused(async () => kept?.repository(Account).insert({ email: 'late' }), 'misuse', { says: [/ended/] })
      })
      equal(await b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.what-is-no-transaction',
    'a native that is in no transaction, or none at all, is misuse, and nothing is written',
    async ({ a, b, first }) => {
      let runs = 0
      let ended: unknown
      await transact(first, async (native) => {
        ended = native
      })
      const work = async (tx: Transaction<unknown>): Promise<unknown> => {
        runs++
        return tx.repository(Account).insert({ email: 'escaped' })
      }
      for (const native of [undefined, null, {}, 'native', ended])
        await refused(a.join(native, work), 'misuse', { says: [/transaction/] })
      equal(runs, 0, 'runs of the work')
      equal(await b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: joins },
  ),

  defineCase(
    'T7.swallowed-failure-dooms',
    'a join whose work swallows an inner rejection never reports success',
    async (world) => {
      const call = joined(world.first, async (tx) => {
        await tx.repository(Account).insert({ email: 'row' })
        await tx.transaction(() => Promise.reject(new Error('inner'))).catch(() => undefined)
        return 'all is well'
      })
      await refused(call, 'transaction-doomed')
      equal(await world.b.repository(Account).count(), 0, 'rows stored')
    },
    { skip: joins },
  ),
]
