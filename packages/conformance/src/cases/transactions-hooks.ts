import { describeError, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { fault, withFaults } from '../faults.ts'
import { gate, meanwhile, turns } from '../interleaving.ts'
import { declared, manyWriters, together } from '../needs.ts'
import { Account } from '../standard-entities.ts'

const skip = declared('transactions')

/** T5: hooks after the commit. */
export const hookCases: readonly Case[] = [
  defineCase(
    'T5.once-in-order-after-the-commit',
    'hooks run once each, in order, each awaited before the next, after the commit and before the call resolves',
    async ({ a, b }) => {
      const log: string[] = []
      const slow = gate()
      const call = a
        .transaction(async (tx) => {
          tx.afterCommit(async () => {
            log.push('first begins')
            await slow.opened
            const seen = await b.repository(Account).count()
            const seenBySame = await a.repository(Account).count()
            log.push(`first ends, ${seen} and ${seenBySame} rows committed`)
          })
          await tx.repository(Account).insert({ email: 'row' })
          tx.afterCommit(() => {
            log.push('second')
          })
          log.push('work ends')
          return 'answer'
        })
        .then(
          (answer) => log.push(answer),
          (error: unknown) => log.push(describeError(error)),
        )
      while (!log.includes('first begins') && log.length < 2) await turns(1)
      await turns()
      slow.open()
      await call
      const ending = 'first ends, 1 and 1 rows committed'
      same(log, ['work ends', 'first begins', ending, 'second', 'answer'], 'what happened, in order')
    },
    { skip },
  ),

  defineCase(
    'T5.dropped-on-rollback',
    'hooks of a work that rejects never run',
    async ({ a }) => {
      let ran = 0
      const call = a.transaction(async (tx) => {
        tx.afterCommit(() => {
          ran++
        })
        throw new Error('own error')
      })
      equal(await call.catch((error: Error) => error.message), 'own error', 'what came out')
      await turns()
      equal(ran, 0, 'hooks that ran')
    },
    { skip },
  ),

  defineCase(
    'T5.dropped-with-their-run',
    'hooks of a run that met a conflict are dropped: those of the run that committed run',
    async (world) => {
      const { a, b } = world
      await a.repository(Account).insert({ id: 'row', email: 'row' })
      const ran: number[] = []
      let runs = 0
      let other: Promise<unknown> | undefined
      await a.transaction(async (tx) => {
        const run = ++runs
        tx.afterCommit(() => {
          ran.push(run)
        })
        await tx.repository(Account).get('row')
        if (!other) {
          other = b.repository(Account).update('row', { balance: 1 })
          await meanwhile(world, other)
        }
        await tx.repository(Account).update('row', { name: 'written' })
      })
      await other
      ok(runs >= 2, 'there was no conflict')
      same(ran, [runs], 'the runs whose hooks ran')
    },
    { skip: together(skip, manyWriters) },
  ),

  defineCase(
    'T5.one-failure-does-not-stop-the-next',
    'where hooks fail the others run all the same, the commit stands, and the error holds the result and the failures',
    async ({ a, b }) => {
      const ran: string[] = []
      const first = new Error('first failure')
      const call = a.transaction(async (tx) => {
        await tx.repository(Account).insert({ email: 'row' })
        tx.afterCommit(() => {
          throw first
        })
        tx.afterCommit(async () => {
          ran.push('second')
        })
        tx.afterCommit(() => Promise.reject(new Error('third failure')))
        tx.afterCommit(() => {
          ran.push('fourth')
        })
        return { answer: 42 }
      })
      const error = await refused(call, 'after-commit-failed', {
        data: { result: { answer: 42 } },
        says: ['committed'],
      })
      same(ran, ['second', 'fourth'], 'the hooks that did not fail')
      same(
        error.data.failures.map((failure) => (failure as Error).message),
        ['first failure', 'third failure'],
        'the failures',
      )
      equal(error.retryable, false, 'retryable')
      equal(await b.repository(Account).count(), 1, 'rows committed')
    },
    { skip },
  ),

  defineCase(
    'T5.none-after-an-unknown-commit',
    'where the answer to the commit is lost no hook runs, and the work does not run again',
    async (world) => {
      const client = await world.open({
        wrapDriver: (driver) =>
          withFaults(driver, {
            transaction: async (work, options) => {
              await driver.transaction(work, options)
              throw fault('commit-unknown')
            },
          }),
      })
      let ran = 0
      let runs = 0
      const call = client.storage.transaction(async (tx) => {
        runs++
        tx.afterCommit(() => {
          ran++
        })
        await tx.repository(Account).insert({ email: 'row' })
      })
      await refused(call, 'commit-unknown')
      await turns()
      same([runs, ran], [1, 0], 'runs of the work, and hooks that ran')
    },
    { skip },
  ),

  defineCase(
    'T5.inner-hooks-wait-for-the-outer-commit',
    'hooks that an inner transaction adds run after the outer commit, in the order of adding',
    async ({ a, b }) => {
      const log: string[] = []
      await a.transaction(async (tx) => {
        tx.afterCommit(() => {
          log.push('outer')
        })
        await tx.transaction(async (inner) => {
          inner.afterCommit(async () => {
            log.push(`inner, ${await b.repository(Account).count()} rows`)
          })
          await inner.repository(Account).insert({ email: 'inner' })
        })
        log.push('inner transaction ended')
        await tx.repository(Account).insert({ email: 'outer' })
      })
      same(log, ['inner transaction ended', 'outer', 'inner, 2 rows'], 'what happened, in order')
    },
    { skip },
  ),

  defineCase(
    'T5.added-after-the-end',
    'a hook added after the end of the transaction, or by a hook, is misuse and never runs',
    async ({ a }) => {
      let ran = 0
      const late = () => {
        ran++
      }
      let kept: { afterCommit(hook: () => void): void } | undefined
      await a.transaction(async (tx) => {
        kept = tx
        tx.afterCommit(() => refused(() => tx.afterCommit(late), 'misuse').then(() => undefined))
      })
      await refused(() => kept?.afterCommit(late), 'misuse', { says: ['afterCommit', 'ended'] })
      await a
        .transaction(async (tx) => {
          kept = tx
          throw new Error('rolled back')
        })
        .catch(() => undefined)
      await refused(() => kept?.afterCommit(late), 'misuse')
      await turns()
      equal(ran, 0, 'late hooks that ran')
    },
    { skip },
  ),

  defineCase(
    'T5.hooks-may-use-the-storage',
    'a hook is outside the transaction: it may call the storage and begin another transaction',
    async ({ a }) => {
      await a.transaction(async (tx) => {
        await tx.repository(Account).insert({ id: 'row', email: 'row' })
        tx.afterCommit(async () => {
          await a.repository(Account).update('row', { balance: 1 })
          await a.transaction((next) => next.repository(Account).update('row', { balance: { increment: 1 } }))
        })
      })
      equal((await a.repository(Account).get('row'))?.balance, 2, 'the balance')
    },
    { skip },
  ),
]
