import type { Storage, Transaction } from '@portolan/ports'
import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { meanwhile } from '../interleaving.ts'
import { declared, manyWriters, together, undeclared } from '../needs.ts'
import { Account, Note } from '../standard-entities.ts'

const owner = { ownerId: 'owner' }
const transactions = declared('transactions')
const snapshot = together(transactions, declared('snapshot'))

/** One number in a row, in a row of another entity and in an entry: equal at every moment, since they change together. */
async function makeTriple(storage: Storage<unknown>): Promise<void> {
  await storage.repository(Account).insert({ id: 'one', email: 'one' })
  await storage.repository(Note, owner).insert({ id: 'two' })
  await storage.keyValue('space').set('three', '0')
}

async function setTriple(storage: Storage<unknown>, value: number): Promise<void> {
  await storage.transaction(
    async (tx) => {
      await tx.repository(Account).update('one', { balance: value })
      await tx.repository(Note, owner).update('two', { views: value })
      await tx.keyValue('space').set('three', String(value))
    },
    { timeoutMs: 60_000 },
  )
}

const parts: readonly ((tx: Transaction<unknown>) => Promise<number>)[] = [
  async (tx) => (await tx.repository(Account).get('one'))?.balance ?? -1,
  async (tx) => (await tx.repository(Note, owner).find())[0]?.views ?? -1,
  async (tx) => Number(await tx.keyValue('space').get('three')),
]

/** T3's reads, and T8: what a transaction sees, and that nobody acts on a view that never was. */
export const readCases: readonly Case[] = [
  defineCase(
    'T3.latest-sees-what-was-committed',
    'a read of the default kind sees what was committed when it began, also after earlier reads',
    async (world) => {
      const { a, b } = world
      await makeTriple(a)
      let other: Promise<void> | undefined
      await a.transaction(async (tx) => {
        await tx.repository(Account).get('one')
        if (!other) {
          other = b
            .repository(Note, owner)
            .update('two', { views: 7 })
            .then(() => undefined)
          await meanwhile(world, other)
        }
        equal((await tx.repository(Note, owner).get('two'))?.views, 7, 'a row that was committed before it was read')
        equal(await tx.repository(Note, owner).count({ where: { views: 7 } }), 1, 'such rows counted')
      })
      await other
    },
    { skip: together(transactions, manyWriters) },
  ),

  defineCase(
    'T3.snapshot-sees-one-moment',
    'all reads of a snapshot transaction see one moment, across entities and key-value, whichever is read first',
    async (world) => {
      const { a, b } = world
      await makeTriple(a)
      let value = 0
      for (const [index, first] of parts.entries()) {
        let other: Promise<void> | undefined
        const others = parts.filter((_, each) => each !== index)
        const seen = await a.transaction(
          async (tx) => {
            const start = await first(tx)
            other ??= setTriple(b, ++value)
            await meanwhile(world, other)
            return [start, await others[0]?.(tx), await others[1]?.(tx), await first(tx)]
          },
          { reads: 'snapshot' },
        )
        await other
        equal(new Set(seen).size, 1, `different moments seen by one snapshot (${seen.join(', ')})`)
      }
    },
    { skip: snapshot },
  ),

  defineCase(
    'T3.snapshot-sees-no-newcomers',
    'rows that were inserted or removed after the first read of a snapshot are not missing and not there',
    async (world) => {
      const { a, b } = world
      await a.repository(Note, owner).insertMany([{ id: 'stays' }, { id: 'goes' }])
      let other: Promise<unknown> | undefined
      const seen = await a.transaction(
        async (tx) => {
          const notes = tx.repository(Note, owner)
          const first = (await notes.find()).map(({ id }) => id)
          other ??= Promise.allSettled([
            b.repository(Note, owner).insert({ id: 'comes' }),
            b.repository(Note, owner).delete('goes'),
          ])
          await meanwhile(world, other)
          const ids = (await notes.find()).map(({ id }) => id)
          return { first, count: await notes.count(), ids, comes: (await notes.get('comes')) !== null }
        },
        { reads: 'snapshot' },
      )
      await other
      // A store that finds out at the end runs the work again, which then shows the moment of that run.
      const { first, ...later } = seen
      same(later, { count: first.length, ids: first, comes: first.includes('comes') }, 'what the snapshot showed')
      equal((await a.repository(Note, owner).find()).length, 2, 'rows afterwards')
    },
    { skip: snapshot },
  ),

  defineCase(
    'T3.snapshots-race-with-writers',
    'however many writers commit meanwhile, a snapshot shows what was true at one moment',
    async (world) => {
      const { a, b, racers, rounds } = world
      await makeTriple(a)
      let done = false
      const writing = (async () => {
        for (let value = 1; value <= rounds * 3; value++) await setTriple(value % 2 === 0 ? a : b, value)
      })().finally(() => {
        done = true
      })
      const reading = Array.from({ length: racers }, async (_, index) => {
        do {
          const seen = await (index % 2 === 0 ? a : b).transaction(
            async (tx) => {
              const values: number[] = []
              for (let part = 0; part < parts.length; part++)
                values.push((await parts[(part + index) % parts.length]?.(tx)) ?? -1)
              return values
            },
            { reads: 'snapshot', timeoutMs: 60_000 },
          )
          equal(new Set(seen).size, 1, `different moments seen by one snapshot (${seen.join(', ')})`)
        } while (!done)
      })
      allWon(await Promise.allSettled([writing, ...reading]))
    },
    { skip: snapshot, race: true },
  ),

  defineCase(
    'T3.no-snapshot',
    'where snapshots are not declared they are refused as unsupported before the work starts',
    async ({ a }) => {
      let runs = 0
      await refused(
        a.transaction(async () => ++runs, { reads: 'snapshot' }),
        'unsupported',
        { data: { what: 'snapshot' } },
      )
      equal(runs, 0, 'runs of the work')
    },
    { skip: together(transactions, undeclared('snapshot')) },
  ),

  defineCase(
    'T8.no-error-from-a-view-that-never-was',
    'a work in a snapshot that rejects where its rows contradict each other never does so: they never do',
    async (world) => {
      const { a, b, racers, rounds } = world
      await makeTriple(a)
      let done = false
      const writing = (async () => {
        for (let value = 1; value <= rounds; value++) await setTriple(b, value)
      })().finally(() => {
        done = true
      })
      const reading = Array.from({ length: racers / 2 }, async (_, index) => {
        do {
          await (index % 2 === 0 ? a : b).transaction(
            async (tx) => {
              const [one, two, three] = [await parts[0]?.(tx), await parts[1]?.(tx), await parts[2]?.(tx)]
              if (one !== two || two !== three) throw new Error(`a view that never was: ${one}, ${two}, ${three}`)
            },
            { reads: 'snapshot', timeoutMs: 60_000 },
          )
        } while (!done)
      })
      allWon(await Promise.allSettled([writing, ...reading]))
    },
    { skip: snapshot, race: true },
  ),

  defineCase(
    'T8.conflict-before-the-own-error',
    "a work that meets a conflict and answers it with an error of its own runs again: that error's view is gone",
    async (world) => {
      const { a, b } = world
      await makeTriple(a)
      let other: Promise<unknown> | undefined
      let runs = 0
      const answer = await a.transaction(async (tx) => {
        runs++
        const row = await tx.repository(Account).get('one')
        if (!other) {
          other = b.repository(Account).update('one', { balance: 5 })
          await meanwhile(world, other)
        }
        try {
          await tx.repository(Account).update('one', { name: `saw ${row?.balance}` })
        } catch {
          throw new Error(`an error of its own, about the balance ${row?.balance}`)
        }
        return row?.balance
      })
      await other
      ok(runs >= 2, 'the work did not run again')
      equal(answer, 5, 'the answer')
      equal((await a.repository(Account).get('one'))?.name, 'saw 5', 'what was written')
    },
    { skip: together(transactions, manyWriters) },
  ),

  defineCase(
    'T8.conflict-before-the-answer',
    'a work that meets a conflict, swallows it and answers runs again: no answer of the first run gets out',
    async (world) => {
      const { a, b } = world
      await makeTriple(a)
      let other: Promise<unknown> | undefined
      const answer = await a.transaction(async (tx) => {
        const row = await tx.repository(Account).get('one')
        if (!other) {
          other = b.repository(Account).update('one', { balance: 5 })
          await meanwhile(world, other)
        }
        await tx
          .repository(Account)
          .update('one', { name: 'seen' })
          .catch(() => undefined)
        return row?.balance
      })
      await other
      equal(answer, 5, 'the answer')
    },
    { skip: together(transactions, manyWriters) },
  ),
]
