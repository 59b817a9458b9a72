import { allWon, equal, fail, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared, offered, together, undeclared } from '../needs.ts'
import { raceProcesses } from '../process.ts'
import { upTo } from '../sample-rows.ts'
import { Task } from '../standard-entities.ts'

const waiting = (queue: string) => ({ queue, state: 'waiting' }) as const

export const claimCases: readonly Case[] = [
  defineCase(
    'B3.order-and-patch',
    'a claim gives the first rows in order, patched, and stores them so',
    async ({ a, b }) => {
      await a.repository(Task).insertMany(upTo(9).map((index) => ({ queue: 'q', priority: (index * 4) % 9 })))
      const claimed = await a.repository(Task).claim({
        where: waiting('q'),
        orderBy: [{ priority: 'desc' }],
        limit: 4,
        patch: { state: 'taken', worker: 'w', runs: { increment: 1 } },
      })
      same(
        claimed.map(({ priority, state, worker, runs, version }) => [priority, state, worker, runs, version]),
        [8, 7, 6, 5].map((priority) => [priority, 'taken', 'w', 1, 2]),
        'what was claimed',
      )
      same(await b.repository(Task).getMany(claimed.map(({ id }) => id)), claimed, 'the rows stored')
      equal(await b.repository(Task).count({ where: waiting('q') }), 5, 'rows left')
      const rest = await b.repository(Task).claim({ where: waiting('q'), limit: 100, patch: { state: 'taken' } })
      equal(rest.length, 5, 'the rest')
      same(
        rest.map(({ id }) => id),
        rest.map(({ id }) => id).sort(),
        'the rest by id',
      )
      same(
        await a.repository(Task).claim({ where: waiting('q'), limit: 1, patch: { state: 'taken' } }),
        [],
        'a claim of nothing',
      )
    },
    { skip: declared('claim') },
  ),
  defineCase(
    'B3.refused',
    'a claim is refused without limit, with an unknown field, and with a patch of a key, before anything changes',
    async ({ a }) => {
      const tasks = a.repository(Task)
      await tasks.insert({ queue: 'q' })
      await refused(tasks.claim({ where: {}, patch: { state: 'taken' } } as never), 'invalid-query', {
        data: { entity: 'task', part: 'limit' },
      })
      await refused(tasks.claim({ limit: 1, patch: { state: 'taken' } } as never), 'invalid-query', {
        data: { entity: 'task' },
        says: ['task', 'where'],
      })
      await refused(tasks.claim({ where: { nothing: 1 } as never, limit: 1, patch: {} }), 'invalid-query', {
        says: ['task', 'nothing'],
      })
      await refused(tasks.claim({ where: {}, limit: 1, patch: { nothing: 1 } as never }), 'invalid-value', {
        says: ['task', 'nothing'],
      })
      await refused(tasks.claim({ where: {}, limit: 1, patch: { state: 'gone' as never } }), 'invalid-value', {
        data: { field: 'state' },
      })
      await refused(tasks.claim({ where: {}, limit: 1, patch: {}, skip: 1 } as never), 'invalid-query', {
        says: ['task', 'skip'],
      })
      equal(await tasks.count({ where: { version: 1 } }), 1, 'untouched rows')
    },
    { skip: declared('claim') },
  ),
  defineCase(
    'B3.not-declared',
    'where claim is not declared it is refused as unsupported before anything changes',
    async ({ a }) => {
      await a.repository(Task).insert({ queue: 'q' })
      await refused(a.repository(Task).claim({ where: {}, limit: 1, patch: { state: 'taken' } }), 'unsupported', {
        says: [/claim/],
      })
      equal(await a.repository(Task).count({ where: { version: 1 } }), 1, 'untouched rows')
    },
    { skip: undeclared('claim') },
  ),
  defineCase(
    'B3.never-inside',
    'a transaction has no claim',
    async ({ a }) => {
      await a.repository(Task).insert({ queue: 'q' })
      await a.transaction(async (tx) => {
        ok(!('claim' in tx.repository(Task)), 'a repository of a transaction offers claim')
      })
      equal(await a.repository(Task).count({ where: { version: 1 } }), 1, 'untouched rows')
    },
    { skip: declared('claim', 'transactions') },
  ),
  defineCase(
    'B3.racers-share',
    'no row goes to two racing claimers, and in the end every row went to one',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const queue = `q-${round}`
        const rows = await a.repository(Task).insertMany(upTo(60).map((priority) => ({ queue, priority })))
        const claim = (storage: typeof a, worker: string) =>
          storage.repository(Task).claim({
            where: waiting(queue),
            orderBy: { priority: 'asc' },
            limit: 5,
            patch: { state: 'taken', worker, runs: { increment: 1 } },
          })
        const batches = allWon(await race(racers, (storage, index) => claim(storage, `w${index}`)))
        for (const [index, batch] of batches.entries())
          for (const task of batch) same([task.worker, task.runs], [`w${index}`, 1], 'what a racer got')
        const taken = batches.flat()
        // Fewer than there are is allowed under contention; none for ever is not.
        for (let empty = 0; empty < 3; ) {
          const more = await claim(a, 'late')
          taken.push(...more)
          empty = more.length === 0 ? empty + 1 : 0
        }
        equal(new Set(taken.map(({ id }) => id)).size, taken.length, 'different rows among those claimed')
        same(taken.map(({ id }) => id).sort(), rows.map(({ id }) => id).sort(), 'the rows that went to somebody')
        equal(await a.repository(Task).count({ where: { queue, state: 'taken', runs: 1 } }), 60, 'rows taken once')
      }
    },
    { race: true, skip: declared('claim') },
  ),
  defineCase(
    'B3.never-zero-for-ever',
    'racers that claim until the queue is empty take everything, in a bounded number of calls',
    async ({ a, race, racers }) => {
      const total = 200
      await a.repository(Task).insertMany(upTo(total).map((priority) => ({ queue: 'q', priority })))
      const amounts = allWon(
        await race(racers, async (storage) => {
          let taken = 0
          for (let calls = 0; calls < total * 5; calls++) {
            const batch = await storage
              .repository(Task)
              .claim({ where: waiting('q'), limit: 3, patch: { state: 'taken', runs: { increment: 1 } } })
            taken += batch.length
            if (batch.length === 0 && (await storage.repository(Task).count({ where: waiting('q') })) === 0)
              return taken
          }
          return fail('the queue was not empty after a thousand claims')
        }),
      )
      equal(
        amounts.reduce((sum, amount) => sum + amount, 0),
        total,
        'what the racers took together',
      )
      equal(await a.repository(Task).count({ where: { runs: 1 } }), total, 'rows taken once')
    },
    { race: true, skip: declared('claim') },
  ),
  defineCase(
    'B3.racing-processes',
    'no row goes to claimers in two processes',
    async ({ a, b, process, racers, rounds }) => {
      const other = await process()
      for (const round of upTo(rounds)) {
        const queue = `q-${round}`
        await a.repository(Task).insertMany(upTo(60).map((priority) => ({ queue, priority })))
        const here = upTo(racers / 2).map(
          (index) => () =>
            (index % 2 ? a : b).repository(Task).claim({
              where: waiting(queue),
              orderBy: { priority: 'asc' },
              limit: 5,
              patch: { state: 'taken', worker: 'here' },
            }),
        )
        const { local, remote } = await raceProcesses(
          other,
          'claim tasks',
          upTo(racers / 2).map(() => queue),
          here,
        )
        const there = remote.flatMap((one) =>
          one.status === 'fulfilled'
            ? (one.value as string[])
            : fail(`a racer of the other process failed: ${one.message}`),
        )
        const ids = [...local.flat().map(({ id }) => id), ...there]
        equal(new Set(ids).size, ids.length, 'different rows among those claimed')
        equal(await a.repository(Task).count({ where: { queue, state: 'taken' } }), ids.length, 'rows taken')
      }
    },
    { race: true, skip: together(declared('claim'), offered('processes')) },
  ),
]
