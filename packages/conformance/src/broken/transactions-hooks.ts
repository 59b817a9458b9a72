import type { Storage, Transaction } from '@portolan/ports'
import { isStorageError } from '@portolan/ports'
import type { BrokenDriver } from '../broken-driver.ts'
import { transactionWith, worksWith } from '../storage-with.ts'

type Hook = () => void | Promise<void>

/** The storage that keeps the hooks of a transaction itself, and does with them what `run` does after the commit. */
function hooksKept(storage: Storage<unknown>, run: (hooks: readonly Hook[]) => Promise<void>): Storage<unknown> {
  return {
    ...storage,
    async transaction(work, options) {
      let hooks: Hook[] = []
      const wrap = (tx: Transaction<unknown>): Transaction<unknown> =>
        transactionWith(tx, {
          afterCommit(hook) {
            tx.afterCommit(() => undefined)
            hooks.push(hook)
          },
          transaction: (inner) => tx.transaction((nested) => inner(wrap(nested))),
        })
      const result = await storage.transaction((tx) => {
        hooks = []
        return work(wrap(tx))
      }, options)
      await run(hooks)
      return result
    },
  }
}

/** T5 broken. */
export const brokenHooks: readonly BrokenDriver[] = [
  {
    name: 'hooks-inside-the-transaction',
    wrong: 'runs a hook as soon as it is added, before the commit',
    breaks: 'T5',
    cases: ['T5.once-in-order-after-the-commit', 'T5.dropped-on-rollback', 'T5.dropped-with-their-run'],
    alsoBreaks: ['E1.shape', 'E5.no-value-in-a-refusal'],
    storage: (storage) =>
      worksWith(storage, () => ({
        afterCommit: (hook) =>
          void Promise.resolve()
            .then(hook)
            .catch(() => undefined),
      })),
  },
  {
    name: 'hooks-not-awaited',
    wrong: 'starts all hooks and waits for none',
    breaks: 'T5',
    cases: ['T5.once-in-order-after-the-commit', 'T5.one-failure-does-not-stop-the-next'],
    alsoBreaks: ['E1.shape', 'E5.no-value-in-a-refusal'],
    storage: (storage) =>
      hooksKept(storage, async (hooks) => {
        for (const hook of hooks) void (async () => hook())().catch(() => undefined)
      }),
  },
  {
    name: 'hooks-twice',
    wrong: 'runs each hook twice',
    breaks: 'T5',
    cases: ['T5.once-in-order-after-the-commit', 'T5.dropped-with-their-run'],
    alsoBreaks: [],
    storage: (storage) =>
      worksWith(storage, (tx) => ({
        afterCommit: (hook) => {
          tx.afterCommit(hook)
          tx.afterCommit(hook)
        },
      })),
  },
  {
    name: 'first-failing-hook-ends-it',
    wrong: 'stops at the first hook that fails',
    breaks: 'T5',
    cases: ['T5.one-failure-does-not-stop-the-next'],
    alsoBreaks: ['E1.shape', 'E5.no-value-in-a-refusal'],
    storage: (storage) =>
      hooksKept(storage, async (hooks) => {
        for (const hook of hooks) await hook()
      }),
  },
  {
    name: 'hooks-of-every-run',
    wrong: 'keeps the hooks of runs that met a conflict and runs them with the others',
    breaks: 'T5',
    cases: ['T5.dropped-with-their-run'],
    alsoBreaks: [],
    storage: (storage) => ({
      ...storage,
      transaction(work, options) {
        const earlier: Hook[] = []
        return storage.transaction((tx) => {
          for (const hook of earlier) tx.afterCommit(hook)
          return work(
            transactionWith(tx, {
              afterCommit(hook) {
                earlier.push(hook)
                tx.afterCommit(hook)
              },
            }),
          )
        }, options)
      },
    }),
  },
  {
    name: 'hooks-after-an-unknown-commit',
    wrong: 'runs the hooks though nobody knows whether there was a commit',
    breaks: 'T5',
    cases: ['T5.none-after-an-unknown-commit'],
    alsoBreaks: [],
    storage: (storage) => ({
      ...storage,
      async transaction(work, options) {
        let hooks: Hook[] = []
        try {
          return await storage.transaction((tx) => {
            hooks = []
            return work(
              transactionWith(tx, {
                afterCommit(hook) {
                  hooks.push(hook)
                  tx.afterCommit(hook)
                },
              }),
            )
          }, options)
        } catch (error) {
          if (isStorageError(error, 'commit-unknown')) for (const hook of hooks) await hook()
          throw error
        }
      },
    }),
  },
  {
    name: 'late-hooks-dropped',
    wrong: 'drops a hook that is added after the end in silence',
    breaks: 'T5',
    cases: ['T5.added-after-the-end'],
    alsoBreaks: [],
    storage: (storage) =>
      worksWith(storage, (tx) => ({
        afterCommit(hook) {
          try {
            tx.afterCommit(hook)
          } catch {
            // Dropped.
          }
        },
      })),
  },
]
