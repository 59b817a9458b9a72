import { equal, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { declared, together } from '../needs.ts'
import { Account } from '../standard-entities.ts'
import { joined, transact } from './join.ts'

const joins = declared('join')

/** T5 in join. */
export const joinHookCases: readonly Case[] = [
  defineCase(
    'T5.hooks-in-join',
    'hooks of a join are handed to the caller, who runs them after the commit: once, however often they are called',
    async ({ a, b, first }: World) => {
      const log: string[] = []
      const handed: (() => Promise<void>)[] = []
      await transact(first, async (native) => {
        await a.join(
          native,
          async (tx) => {
            tx.afterCommit(async () => {
              log.push(`one, ${await b.repository(Account).count()} rows`)
            })
            tx.afterCommit(() => {
              log.push('two')
            })
            await tx.repository(Account).insert({ email: 'row' })
          },
          { afterCommit: (runHooks) => handed.push(runHooks) },
        )
        log.push('joined')
      })
      equal(handed.length, 1, 'calls of the option')
      same(log, ['joined'], 'what ran before the caller ran the hooks')
      await handed[0]?.()
      await handed[0]?.()
      same(log, ['joined', 'one, 1 rows', 'two'], 'what happened, in order')
    },
    { skip: together(joins, declared('hooksInJoin')) },
  ),

  defineCase(
    'T5.hooks-of-a-rejected-join',
    'hooks of a join that rejects are never handed over; one that fails is after-commit-failed to the caller',
    async ({ a, first }: World) => {
      const handed: (() => Promise<void>)[] = []
      let ran = 0
      const afterCommit = (runHooks: () => Promise<void>) => handed.push(runHooks)
      const option = { afterCommit: (runHooks: () => Promise<void>) => void afterCommit(runHooks) }
      const call = transact(first, (native) =>
        a.join(
          native,
          async (tx) => {
            tx.afterCommit(() => {
              ran++
            })
            throw new Error('rejected')
          },
          option,
        ),
      )
      equal(await call.catch((error: Error) => error.message), 'rejected', 'what came out')
      same([handed.length, ran], [0, 0], 'hooks handed over, and hooks that ran')
      await transact(first, (native) =>
        a.join(
          native,
          async (tx) => {
            tx.afterCommit(() => Promise.reject(new Error('failed')))
            tx.afterCommit(() => {
              ran++
            })
          },
          option,
        ),
      )
      const error = await refused(() => handed[0]?.(), 'after-commit-failed')
      equal(error.data.failures.length, 1, 'failures')
      equal(ran, 1, 'hooks that ran')
    },
    { skip: together(joins, declared('hooksInJoin')) },
  ),

  defineCase(
    'T5.no-hooks-in-join',
    'without the option, or where hooks in join are not declared, a hook is refused as unsupported; nothing is lost in silence',
    async ({ a, b, first, capabilities }: World) => {
      const data = { what: 'hooksInJoin' }
      await joined(first, async (tx) => {
        await refused(() => tx.afterCommit(() => undefined), 'unsupported', { data, says: ['afterCommit'] })
        await tx.repository(Account).insert({ email: 'row' })
      })
      equal(await b.repository(Account).count(), 1, 'rows committed')
      if (capabilities.hooksInJoin) return
      let runs = 0
      const call = transact(first, (native) => a.join(native, async () => ++runs, { afterCommit: () => undefined }))
      await refused(call, 'unsupported', { data })
      equal(runs, 0, 'runs of the work')
    },
    { skip: joins },
  ),
]
