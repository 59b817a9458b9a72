import type { Transaction } from '@portolan/ports'
import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { meanwhile, turns } from '../interleaving.ts'
import { declared, together } from '../needs.ts'
import { Account, Label, Note } from '../standard-entities.ts'
import { account, type Counter, id, keyValue, note, owner, unversioned, versioned } from './transactions-counters.ts'

const transactions = declared('transactions')
type Reads = 'latest' | 'snapshot'

/** Read, let another client add 10, add 1 to what was read and write that. Whoever commits first, the 10 stays. */
async function addBetween(
  world: World,
  counter: Counter,
  reading: string,
  writing: string,
  reads: Reads,
): Promise<void> {
  await counter.make(world)
  let other: Promise<unknown> | undefined
  await world.a.transaction(
    async (tx) => {
      const count = (await counter.readings[reading]?.(tx)) ?? -1
      if (!other) {
        other = counter.add(world, 10)
        await meanwhile(world, other)
      }
      await counter.writings[writing]?.(tx, count + 1)
    },
    { reads },
  )
  await other
  const count = await counter.read(world)
  ok(counter.valid.includes(count ?? -1), `the count after ${reading} and ${writing} is ${count}: a write was lost`)
}

function readingCases(counter: Counter, reads: Reads): Case[] {
  const [writing = ''] = Object.keys(counter.writings)
  const name = reads === 'latest' ? counter.kind : `${counter.kind}-in-snapshot`
  const skip = reads === 'latest' ? transactions : together(transactions, declared('snapshot'))
  const byReading = Object.keys(counter.readings).map((reading) =>
    defineCase(
      `T3.${name}-read-by-${reading}`,
      `what ${reading} returned and the transaction then writes was not changed in between by another commit`,
      (world) => addBetween(world, counter, reading, writing, reads),
      { skip },
    ),
  )
  const byWriting = Object.keys(counter.writings)
    .slice(1)
    .map((other) =>
      defineCase(
        `T3.${name}-written-by-${other}`,
        `what was read and is then written by ${other} was not changed in between by another commit`,
        (world) => addBetween(world, counter, 'get', other, reads),
        { skip },
      ),
    )
  return [...byReading, ...byWriting]
}

/** Delete what was read as untouched: where another client's change committed first, the row must still be there. */
function deleteCase(name: string, remove: (tx: Transaction<unknown>) => Promise<unknown>, counter: Counter): Case {
  return defineCase(
    `T3.${counter.kind}-removed-by-${name}`,
    `what was read and is then removed by ${name} was not changed in between by another commit`,
    async (world) => {
      await counter.make(world)
      let other: Promise<unknown> | undefined
      const removed = await world.a.transaction(async (tx) => {
        const count = await counter.readings.get?.(tx)
        if (!other) {
          other = counter.add(world, 10)
          await meanwhile(world, other)
        }
        if (count !== 0) return false
        await remove(tx)
        return true
      })
      const row = await counter.read(world)
      const changed = await other
      if (counter.kind === 'key-value') ok(row === 10, 'the entry that the other client set is gone')
      else if (changed) same([removed, row], [false, 10], 'whether it was removed, and what is there')
      else same([removed, row], [true, null], 'whether it was removed, and what is there')
    },
    { skip: transactions },
  )
}

function racingCase(counter: Counter): Case {
  return defineCase(
    `T3.${counter.kind}-racing-counters`,
    'racers that each read a count and write one more, in transactions, lose none',
    async (world) => {
      await counter.make(world)
      const { race, racers, rounds } = world
      const [reading = ''] = Object.keys(counter.readings)
      const [writing = ''] = Object.keys(counter.writings)
      const few = Math.min(rounds, 10)
      for (let round = 0; round < few; round++) {
        const results = await race(racers, (storage, index) =>
          storage.transaction(
            async (tx) => {
              const count = (await counter.readings[reading]?.(tx)) ?? -1
              // Some take longer than others: their writes come after commits of those who read the same.
              await turns(index % 4)
              await counter.writings[writing]?.(tx, count + 1)
            },
            { timeoutMs: 60_000 },
          ),
        )
        allWon(results)
        equal(await counter.read(world), racers * (round + 1), 'the count')
      }
    },
    { skip: transactions, race: true },
  )
}

/** T3: no lost update, whatever the reading and the writing call. */
export const lostUpdateCases: readonly Case[] = [
  ...readingCases(versioned, 'latest'),
  ...readingCases(unversioned, 'latest'),
  ...readingCases(keyValue, 'latest'),
  ...readingCases(versioned, 'snapshot').slice(0, 4),
  ...readingCases(unversioned, 'snapshot').slice(0, 1),
  deleteCase('delete', (tx) => account(tx).delete(id), versioned),
  deleteCase('delete-many', (tx) => account(tx).deleteMany({ where: { name: 'searched' } }), versioned),
  deleteCase('delete', (tx) => note(tx).delete(id), unversioned),
  deleteCase('delete-many', (tx) => note(tx).deleteMany({ where: {} }), unversioned),
  deleteCase('delete', (tx) => tx.keyValue('space').delete(id), keyValue),
  deleteCase('delete-many', (tx) => tx.keyValue('space').deleteMany([id, 'other']), keyValue),
  deleteCase('clear', (tx) => tx.keyValue('space').clear(), keyValue),
  ...[versioned, unversioned, keyValue].map(racingCase),

  defineCase(
    'T3.any-column-counts',
    'without versions every column as read is compared, json among them',
    async (world) => {
      const { a, b } = world
      await a.repository(Note, owner).insert({ id, content: ['first'] })
      let other: Promise<unknown> | undefined
      await a.transaction(async (tx) => {
        const content = ((await note(tx).get(id))?.content ?? []) as string[]
        if (!other) {
          other = b.repository(Note, owner).update(id, { content: ['other'] })
          await meanwhile(world, other)
        }
        await note(tx).update(id, { content: [...content, 'added'] })
      })
      await other
      const content = (await a.repository(Note, owner).get(id))?.content as string[]
      equal(content[0], 'other', 'the first part of the content, which the other client wrote')
    },
    { skip: transactions },
  ),

  defineCase(
    'T3.own-writes-refresh',
    'a row that the transaction itself has written, by whatever call, is no conflict for it',
    async ({ a }) => {
      await a.repository(Account).insertMany([
        { id, email: id },
        { id: 'second', email: 'second' },
      ])
      await a.repository(Note, owner).insert({ id, slug: id })
      let runs = 0
      await a.transaction(async (tx) => {
        runs++
        for (const table of [account(tx), note(tx)] as { get(id: string): Promise<unknown> }[]) await table.get(id)
        await account(tx).update(id, { balance: 1 })
        await account(tx).updateMany({ where: {}, patch: { balance: { increment: 1 } } })
        await account(tx).find()
        await account(tx).upsert('email', { email: id }, { balance: { increment: 1 } })
        await account(tx).update(id, { balance: { increment: 1 } })
        await note(tx).upsert('slug', { slug: id }, { views: 1 })
        await note(tx).updateMany({ where: {}, patch: { views: { increment: 1 } } })
        await note(tx).find()
        await note(tx).update(id, { views: { increment: 1 } })
        await account(tx).delete('second')
        await account(tx).deleteMany({ where: { email: id } })
        await note(tx).deleteMany({ where: {} })
      })
      equal(runs, 1, 'runs of the work')
      equal(await a.repository(Account).count(), 0, 'rows left')
    },
    { skip: transactions },
  ),

  defineCase(
    'T3.ten-thousand-rows',
    'a transaction that reads more rows than can be remembered is query-too-broad, or needs to remember none; never half of them',
    async ({ a }) => {
      const many = 10_001
      for (let from = 0; from < many; from += 2_000) {
        const rows = Array.from({ length: Math.min(2_000, many - from) }, (_, index) => ({ shelf: `${from + index}` }))
        await a.repository(Label).insertMany(rows)
      }
      await a.transaction(
        async (tx) => {
          const found = await tx
            .repository(Label)
            .find()
            .catch((error: unknown) => ({ error }))
          if (Array.isArray(found)) equal(found.length, many, 'rows found')
          else
            await refused(Promise.reject(found.error), 'query-too-broad', {
              data: { entity: 'label' },
              says: ['label'],
            })
          await tx.repository(Account).insert({ email: 'usable' })
        },
        { timeoutMs: 60_000 },
      )
      equal(await a.repository(Account).count(), 1, 'rows written after it')
    },
    {
      skip: (capabilities, offers) => {
        const { scanBound, maxTransactionRows } = capabilities
        const bounded = (scanBound ?? Infinity) < 10_001 || (maxTransactionRows ?? Infinity) < 2_000
        return transactions(capabilities, offers) ?? (bounded ? 'declares smaller bounds' : null)
      },
    },
  ),
]
