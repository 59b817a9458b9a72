import type { Transaction } from '@portolan/ports'
import { equal, ok, refused } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { gate, meanwhile } from '../interleaving.ts'
import { declared, manyWriters, together } from '../needs.ts'
import { Account } from '../standard-entities.ts'

const transactions = declared('transactions')
const conflicting = together(transactions, manyWriters)

/** A work in which each run meets a conflict: what it has read is changed before it writes. */
function alwaysInConflict(world: World, ran: () => void): (tx: Transaction<unknown>) => Promise<void> {
  return async (tx) => {
    ran()
    await tx.repository(Account).get('row')
    await meanwhile(world, world.b.repository(Account).update('row', { balance: { increment: 1 } }))
    await tx.repository(Account).update('row', { name: 'from the transaction' })
  }
}

async function addRow({ a }: World): Promise<void> {
  await a.repository(Account).insert({ id: 'row', email: 'row' })
}

/** T4: when the work runs again, and when it gives up. */
export const retryCases: readonly Case[] = [
  defineCase(
    'T4.retries-off',
    'retries: 0 turns repetition off: one run, transaction-conflict, retryable, nothing stored',
    async (world) => {
      await addRow(world)
      let runs = 0
      const error = await refused(
        world.a.transaction(
          alwaysInConflict(world, () => runs++),
          { retries: 0 },
        ),
        'transaction-conflict',
        { data: { attempts: 1 } },
      )
      equal(error.retryable, true, 'retryable')
      equal(runs, 1, 'runs of the work')
      equal((await world.b.repository(Account).get('row'))?.name, '', 'what the transaction wrote')
    },
    { skip: conflicting },
  ),

  defineCase(
    'T4.retries-counted',
    'the work runs again as often as allowed and no more; the error tells how often',
    async (world) => {
      await addRow(world)
      let runs = 0
      const call = world.a.transaction(
        alwaysInConflict(world, () => runs++),
        { retries: 3 },
      )
      await refused(call, 'transaction-conflict', { data: { attempts: 4 }, says: ['4'] })
      equal(runs, 4, 'runs of the work')
    },
    { skip: conflicting },
  ),

  defineCase(
    'T4.hundred-runs',
    'where nothing else is said a work in eternal conflict runs 100 times',
    async (world) => {
      await addRow(world)
      let runs = 0
      const call = world.a.transaction(
        alwaysInConflict(world, () => runs++),
        { timeoutMs: 100_000 },
      )
      await refused(call, 'transaction-conflict', { data: { attempts: 100 } })
      equal(runs, 100, 'runs of the work')
    },
    { skip: conflicting },
  ),

  defineCase(
    'T4.one-deadline-for-all-runs',
    'timeoutMs is one deadline for all runs of a call, and not for each',
    async (world) => {
      await addRow(world)
      let runs = 0
      const began = performance.now()
      const call = world.a.transaction(
        alwaysInConflict(world, () => runs++),
        { timeoutMs: 400 },
      )
      await refused(call, 'transaction-conflict')
      const took = performance.now() - began
      ok(runs >= 2, 'the work ran once only')
      ok(took > 300 && took < 2_000, `it gave up after ${Math.round(took)} ms, though timeoutMs was 400`)
    },
    { skip: conflicting },
  ),

  defineCase(
    'T4.one-deadline-with-waits',
    'waiting for a guard ends at the deadline as well, with an error that may be retried; the work has not run',
    async ({ a, b }) => {
      let runs = 0
      const waiting = gate()
      const held = gate()
      const holding = a.transaction(
        async () => {
          held.open()
          await waiting.opened
        },
        { guards: ['key'], timeoutMs: 30_000 },
      )
      await Promise.race([held.opened, holding])
      const began = performance.now()
      const error = await b
        .transaction(async () => ++runs, { guards: ['key'], timeoutMs: 300 })
        .then(
          () => null,
          (thrown: unknown) => thrown,
        )
      const took = performance.now() - began
      waiting.open()
      await holding
      ok(error !== null, 'the second transaction got a guard that was held')
      const code = (error as { code?: unknown }).code
      ok(code === 'transaction-conflict' || code === 'unavailable', `it ended as ${String(code)}`)
      equal((error as { retryable?: unknown }).retryable, true, 'retryable')
      ok(took < 4_000, `it gave up after ${Math.round(took)} ms, though timeoutMs was 300`)
      equal(runs, 0, 'runs of the work')
    },
    { skip: transactions },
  ),

  defineCase(
    'T4.options-are-checked',
    'options of a transaction that are unknown or make no sense are refused by name before the work runs',
    async ({ a }) => {
      let runs = 0
      const bad = [
        { reads: 'newest' },
        { retries: -1 },
        { retries: 1.5 },
        { timeoutMs: 0 },
        { timeoutMs: NaN },
        { retry: 1 },
      ]
      for (const options of bad)
        await refused(
          a.transaction(async () => ++runs, options as never),
          'invalid-query',
          { says: [Object.keys(options)[0] ?? ''] },
        )
      await refused(
        a.transaction(async () => ++runs, { guards: [''] }),
        'invalid-value',
        { says: ['guard'] },
      )
      equal(runs, 0, 'runs of the work')
    },
    { skip: transactions },
  ),

  defineCase(
    'T4.swallowed-conflict-runs-again',
    'a work that swallows a conflict and answers as if nothing had been runs again',
    async (world) => {
      await addRow(world)
      const { a, b } = world
      let runs = 0
      const call = a.transaction(
        async (tx) => {
          runs++
          await tx.repository(Account).get('row')
          await meanwhile(world, b.repository(Account).update('row', { balance: { increment: 1 } }))
          await tx
            .repository(Account)
            .update('row', { name: 'lost' })
            .catch(() => undefined)
          return 'all is well'
        },
        { retries: 2 },
      )
      await refused(call, 'transaction-conflict')
      equal(runs, 3, 'runs of the work')
      equal((await b.repository(Account).get('row'))?.name, '', 'what the transaction wrote')
    },
    { skip: conflicting },
  ),
]
