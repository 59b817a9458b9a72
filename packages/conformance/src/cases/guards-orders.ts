import { allWon, equal, refused } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared, together, undeclared } from '../needs.ts'
import { Account, Task } from '../standard-entities.ts'

const transactions = declared('transactions')

/** G1 and G3: orders of taking guards, and the end of holding them. */
export const guardOrderCases: readonly Case[] = [
  defineCase(
    'G3.held-guards-come-again',
    'a key that the transaction holds may be named again, by guard and by unless',
    async ({ a }) => {
      await a.transaction(
        async (tx) => {
          await tx.guard('key', 'other')
          await tx.guard('other', 'key', 'key')
          await tx.repository(Task).insert({ queue: 'q' }, { unless: { queue: 'q' }, guard: ['other', 'key'] })
          await refused(
            tx.repository(Task).insert({ queue: 'q' }, { unless: { queue: 'q' }, guard: 'key' }),
            'condition-failed',
          )
        },
        { guards: ['key'] },
      )
      equal(await a.repository(Task).count(), 1, 'rows')
    },
    { skip: transactions },
  ),

  defineCase(
    'G3.released-at-the-end',
    'a guard is free after the transaction, committed or rolled back',
    async ({ a, b }) => {
      const options = { guards: ['key'], timeoutMs: 3_000 }
      await refused(
        a.transaction((tx) => tx.repository(Task).insert({ queue: '\0' }), options),
        'invalid-value',
      )
      await b.transaction((tx) => tx.repository(Task).insert({ queue: 'q' }), options)
      await a.transaction((tx) => tx.repository(Task).insert({ queue: 'q' }), options)
      await b.repository(Task).insert({ queue: 'q' }, { unless: { queue: 'r' }, guard: 'key' })
      equal(await a.repository(Task).count(), 3, 'rows')
    },
    { skip: transactions },
  ),

  defineCase(
    'G1.opposite-orders-finish',
    'transactions that take guards call by call in opposite orders all finish: a deadlock is retried',
    async ({ a, race, racers, rounds }) => {
      const [counter] = await a.repository(Account).insertMany([{ email: 'counter' }])
      const few = Math.min(rounds, 5)
      for (let round = 0; round < few; round++) {
        const keys = [`a-${round}`, `b-${round}`]
        allWon(
          await race(racers, (storage, index) =>
            storage.transaction(
              async (tx) => {
                for (const key of index % 4 < 2 ? keys : [...keys].reverse()) await tx.guard(key)
                await tx.repository(Account).update(counter?.id ?? '', { balance: { increment: 1 } })
              },
              { timeoutMs: 60_000 },
            ),
          ),
        )
      }
      equal((await a.repository(Account).get(counter?.id ?? ''))?.balance, racers * few, 'increments')
    },
    { race: true, skip: transactions },
  ),

  defineCase(
    'G3.option-in-opposite-orders-finishes',
    'guards named in the option are taken in one order: opposite lists finish without running a work twice',
    async ({ race, racers, rounds }) => {
      let runs = 0
      for (let round = 0; round < rounds; round++) {
        const keys = [`a-${round}`, `b-${round}`, `c-${round}`]
        allWon(
          await race(racers, (storage, index) =>
            storage.transaction(
              async () => {
                runs++
              },
              { guards: index % 4 < 2 ? keys : [...keys].reverse() },
            ),
          ),
        )
      }
      equal(runs, racers * rounds, 'runs of the work')
    },
    { race: true, skip: transactions },
  ),

  defineCase(
    'G3.no-guards-in-snapshot',
    'where a snapshot cannot wait for a guard it is refused as unsupported before the work or a write',
    async ({ a }) => {
      let runs = 0
      const reads = 'snapshot'
      const data = { what: 'guardsInSnapshot' }
      await refused(
        a.transaction(async () => ++runs, { reads, guards: ['key'] }),
        'unsupported',
        { data },
      )
      equal(runs, 0, 'runs of the work')
      await a.transaction(
        async (tx) => {
          await refused(tx.guard('key'), 'unsupported', { data })
          const insert = tx.repository(Task).insert({ queue: 'q' }, { unless: { queue: 'q' }, guard: 'key' })
          await refused(insert, 'unsupported', { data })
          await tx.repository(Task).insert({ queue: 'without' })
        },
        { reads },
      )
      equal(await a.repository(Task).count(), 1, 'rows')
    },
    { skip: together(transactions, declared('snapshot'), undeclared('guardsInSnapshot')) },
  ),
]
