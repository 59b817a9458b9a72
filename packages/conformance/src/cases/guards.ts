import { allWon, checkRefusal, equal, ok, outcomes, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared } from '../needs.ts'
import { Account, Task } from '../standard-entities.ts'

const taken = { state: 'taken' } as const

/** G1: `unless` with `guard`, on calls that stand alone and across the calls of a transaction. */
export const unlessCases: readonly Case[] = [
  defineCase(
    'G1.racing-inserts-one-writes',
    'of racers that insert unless there is one already, one inserts and the others learn which row is in the way',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const queue = `queue-${round}`
        const results = await race(racers, (storage, index) =>
          storage.repository(Task).insert({ queue, priority: index }, { unless: { queue }, guard: `guard-${round}` }),
        )
        const { won, lost } = outcomes(results)
        equal(won.length, 1, 'racers that inserted')
        for (const error of lost) {
          checkRefusal(error, 'condition-failed', {
            data: { entity: 'task', failed: 'unless', ids: [won[0]?.id ?? ''] },
            says: ['task', 'unless', won[0]?.id ?? ''],
          })
        }
        equal(await a.repository(Task).count({ where: { queue } }), 1, 'rows stored')
      }
    },
    { race: true },
  ),

  defineCase(
    'G1.racing-updates-one-writes',
    'of racers that each take a row of their own unless another one is taken, one takes it',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const queue = `queue-${round}`
        const tasks = await a.repository(Task).insertMany(Array.from({ length: racers }, () => ({ queue })))
        const results = await race(racers, (storage, index) =>
          storage
            .repository(Task)
            .update(tasks[index]?.id ?? '', taken, { unless: { queue, ...taken }, guard: `guard-${round}` }),
        )
        const { won, lost } = outcomes(results)
        equal(won.length, 1, 'racers that took their row')
        for (const error of lost) checkRefusal(error, 'condition-failed', { data: { ids: [won[0]?.id ?? ''] } })
        equal(await a.repository(Task).count({ where: { queue, ...taken } }), 1, 'rows taken')
      }
    },
    { race: true },
  ),

  defineCase(
    'G1.racing-upserts-one-writes',
    'racers that upsert different keys, and so exclude each other by the guard alone: one writes, in either branch',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const name = `holder-${round}`
        const accounts = a.repository(Account)
        for (let index = 0; index < racers; index += 4) await accounts.insert({ email: `${round}-${index}` })
        const { won, lost } = outcomes(
          await race(racers, (storage, index) =>
            storage
              .repository(Account)
              .upsert('email', { email: `${round}-${index}`, name }, { name }, { unless: { name }, guard: name }),
          ),
        )
        equal(won.length, 1, 'racers that wrote')
        for (const error of lost) checkRefusal(error, 'condition-failed', { data: { failed: 'unless' } })
        equal(await accounts.count({ where: { name } }), 1, 'rows that hold the name')
      }
    },
    { race: true },
  ),

  defineCase(
    'G1.delete-unless',
    'a delete is refused while another row matches, and done when none does; the row itself is not in its own way',
    async ({ a, b }) => {
      const [first, second] = await a.repository(Task).insertMany([
        { queue: 'q', state: 'taken' },
        { queue: 'q', state: 'taken' },
      ])
      const condition = { unless: { queue: 'q', ...taken }, guard: 'q' }
      await refused(b.repository(Task).delete(first?.id ?? '', condition), 'condition-failed', {
        data: { entity: 'task', failed: 'unless', ids: [second?.id ?? ''] },
      })
      ok(await a.repository(Task).get(first?.id ?? ''), 'the row is still there after the refusal')
      await a.repository(Task).delete(second?.id ?? '')
      ok(await b.repository(Task).delete(first?.id ?? '', condition), 'the last row can be deleted')
    },
  ),

  defineCase(
    'G1.at-most-ten-ids',
    'however many rows are in the way, the error names at most ten of them, and only such',
    async ({ a }) => {
      const many = await a.repository(Task).insertMany(Array.from({ length: 25 }, () => ({ queue: 'full' })))
      const error = await refused(
        a.repository(Task).insert({ queue: 'full' }, { unless: { queue: 'full' }, guard: 'full' }),
        'condition-failed',
      )
      equal(error.data.ids.length, 10, 'ids named')
      equal(new Set(error.data.ids).size, 10, 'distinct ids named')
      ok(
        error.data.ids.every((id) => many.some((row) => row.id === id)),
        'an id was named that is not in the way',
      )
    },
  ),

  defineCase('G1.refusal-writes-nothing', 'a write refused by unless leaves everything as it was', async ({ a, b }) => {
    await a.repository(Account).insert({ email: 'other', name: 'taken' })
    const before = await a.repository(Account).insert({ email: 'mine', balance: 5 })
    const condition = { unless: { name: 'taken' }, guard: 'name' }
    const accounts = b.repository(Account)
    await refused(accounts.update(before.id, { balance: 6 }, condition), 'condition-failed')
    await refused(accounts.upsert('email', { email: 'mine' }, { balance: 7 }, condition), 'condition-failed')
    await refused(accounts.insert({ email: 'third' }, condition), 'condition-failed')
    same(await a.repository(Account).get(before.id), before, 'the row after three refusals')
    equal(await a.repository(Account).count(), 2, 'rows')
  }),

  defineCase(
    'G1.disjoint-guards-none-refused',
    'racers whose guards have nothing in common all write',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        allWon(
          await race(racers, (storage, index) => {
            const queue = `${round}-${index}`
            return storage.repository(Task).insert({ queue }, { unless: { queue }, guard: queue })
          }),
        )
      }
      equal(await a.repository(Task).count(), racers * rounds, 'rows')
    },
    { race: true },
  ),

  defineCase(
    'G1.disjoint-guards-run-once',
    'transactions on guards that have nothing in common run their work once each',
    async ({ a, race, racers, rounds }) => {
      let runs = 0
      for (let round = 0; round < rounds; round++) {
        allWon(
          await race(racers, (storage, index) =>
            storage.transaction(async (tx) => {
              runs++
              const queue = `${round}-${index}`
              await tx.guard(queue)
              await tx.repository(Task).insert({ queue }, { unless: { queue }, guard: queue })
            }),
          ),
        )
      }
      equal(runs, racers * rounds, 'runs')
      equal(await a.repository(Task).count(), racers * rounds, 'rows')
    },
    { race: true, skip: declared('transactions') },
  ),

  defineCase(
    'G1.one-call-any-order',
    'within one call guards are taken in one order: calls that name them in opposite orders finish',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const guards = [`a-${round}`, `b-${round}`, `c-${round}`]
        const { won, lost } = outcomes(
          await race(racers, (storage, index) =>
            storage.repository(Task).insert(
              { queue: `queue-${round}` },
              {
                unless: { queue: `queue-${round}` },
                guard: index % 2 === 0 ? guards : [...guards].reverse(),
              },
            ),
          ),
        )
        equal(won.length, 1, 'racers that inserted')
        for (const error of lost) checkRefusal(error, 'condition-failed')
      }
      equal(await a.repository(Task).count(), rounds, 'rows')
    },
    { race: true },
  ),

  defineCase(
    'G1.unless-and-guard-together',
    'unless without a guard, a guard without unless, and keys that are none are refused by name before anything is written',
    async ({ a }) => {
      const tasks = a.repository(Task)
      const says = ['task', 'unless', 'guard']
      await refused(tasks.insert({ queue: 'q' }, { unless: { queue: 'q' } } as never), 'invalid-query', {
        data: { entity: 'task' },
        says,
      })
      await refused(tasks.insert({ queue: 'q' }, { guard: 'g' } as never), 'invalid-query', { says })
      for (const guard of ['', 'g'.repeat(513), 'nul\0', '\ud800', [], ['g', '']])
        await refused(tasks.insert({ queue: 'q' }, { unless: { queue: 'x' }, guard }), 'invalid-value', {
          says: ['guard'],
        })
      for (const guard of ['é'.repeat(256), "'; --", '%_\\', 'a', 'A', 'a '])
        await tasks.insert({ queue: 'fine' }, { unless: { queue: 'x' }, guard })
      equal(await tasks.count(), 6, 'rows stored')
    },
  ),
]
