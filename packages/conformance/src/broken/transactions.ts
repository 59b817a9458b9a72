import { AsyncLocalStorage } from 'node:async_hooks'
import { isStorageError, type Transaction } from '@portolan/ports'
import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith } from '../driver-with.ts'
import { transactionWith, worksWith } from '../storage-with.ts'

const keyValue = 'portolan_key_value_entry'
const outbox = 'portolan_outbox_message'

/** T1, T2, T4, T6, T7 and T8 broken. */
export const brokenTransactions: readonly BrokenDriver[] = [
  {
    name: 'key-value-escapes',
    wrong: 'writes key-value entries at once, outside of the transaction that they are part of',
    breaks: 'T1',
    cases: ['T1.rolls-back-across-ports', 'T1.rolls-back-at-every-step'],
    alsoBreaks: ['T', 'T1', 'T2', 'T3', 'T5', 'T7', 'K3', 'K4', 'K5', 'D6', 'O3', 'O6', 'X1'],
    driver: (driver) =>
      driverWith(driver, {
        insert: (plan, context) =>
          driver.insert(plan, plan.entity.name === keyValue ? { ...context, session: null } : context),
        update: (plan, context) =>
          driver.update(plan, plan.entity.name === keyValue ? { ...context, session: null } : context),
        delete: (plan, context) =>
          driver.delete(plan, plan.entity.name === keyValue ? { ...context, session: null } : context),
        deleteMany: (plan, context) =>
          driver.deleteMany(plan, plan.entity.name === keyValue ? { ...context, session: null } : context),
      }),
  },
  {
    name: 'commits-what-was-rejected',
    wrong: 'ends a transaction whose work has rejected by a commit',
    breaks: 'T1',
    cases: ['T1.rolls-back-across-ports', 'T1.rolls-back-at-every-step', 'T1.sums-stay'],
    alsoBreaks: ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'K4', 'D6', 'O3', 'O4', 'X1', 'I', 'N', 'S', 'B'],
    driver: (driver) =>
      driverWith(driver, {
        async transaction(work, options) {
          const outcome = await driver.transaction(
            (session) =>
              work(session).then(
                (value) => ({ value }),
                (thrown: unknown) => ({ thrown }),
              ),
            options,
          )
          if ('thrown' in outcome) throw outcome.thrown
          return outcome.value
        },
      }),
  },
  {
    name: 'commit-loses-a-write',
    wrong: 'loses the removals of a transaction',
    breaks: 'T1',
    cases: ['T1.commits-across-ports'],
    alsoBreaks: ['T2.own-writes-are-visible', 'T3', 'T7', 'D6', 'K4', 'X1', 'T2.invisible-before-commit'],
    driver: (driver) =>
      driverWith(driver, {
        async delete(plan, context) {
          if (context.session === null) return driver.delete(plan, context)
          const unchanged = { ...plan, set: {}, require: null }
          const outcome = await driver.update(unchanged, context)
          return outcome.kind === 'updated' ? { ...outcome, kind: 'deleted' } : outcome
        },
      }),
  },
  {
    name: 'messages-before-the-commit',
    wrong: 'enqueues messages at once, so that workers find them before the commit and after a rollback',
    breaks: 'T2',
    cases: ['T2.messages-after-commit', 'T2.invisible-before-commit'],
    alsoBreaks: ['T1', 'T2', 'T7'],
    driver: (driver) =>
      driverWith(driver, {
        insert: (plan, context) =>
          driver.insert(plan, plan.entity.name === outbox ? { ...context, session: null } : context),
      }),
  },
  {
    name: 'reads-beside-the-transaction',
    wrong: 'answers the queries of a transaction from outside of it, as another connection of a pool would',
    breaks: 'T2',
    cases: ['T2.own-writes-are-visible'],
    alsoBreaks: ['T', 'T2', 'T3', 'T5', 'T6', 'T7', 'T8', 'G3', 'K3', 'K4', 'D6', 'O', 'X1', 'I', 'S'],
    driver: (driver) =>
      driverWith(driver, {
        select: (plan, context) => driver.select({ ...plan, lock: false }, { ...context, session: null }),
        count: (plan, context) => driver.count(plan, { ...context, session: null }),
      }),
  },
  {
    name: 'success-after-a-failure',
    wrong: 'reports success where the work swallowed the failure that had ended its transaction',
    breaks: 'T4',
    cases: ['T4.swallowed-failure-dooms'],
    alsoBreaks: [
      'T4.failed-statement-dooms',
      'T6.swallowed-inner-rejection-dooms',
      'T7.swallowed-failure-dooms',
      'E1',
      'E5',
    ],
    storage: (storage) => ({
      ...storage,
      async transaction(work, options) {
        let answer: Awaited<ReturnType<typeof work>> | undefined
        try {
          return await storage.transaction(async (tx) => {
            answer = await work(tx)
            return answer
          }, options)
        } catch (error) {
          if (isStorageError(error, 'transaction-doomed')) return answer as Awaited<ReturnType<typeof work>>
          throw error
        }
      },
    }),
  },
  {
    name: 'never-runs-again',
    wrong: 'gives up at the first conflict',
    breaks: 'T4',
    cases: ['T4.retries-counted', 'T4.hundred-runs', 'T4.one-deadline-for-all-runs'],
    alsoBreaks: ['T', 'G', 'K', 'D', 'O', 'X1', 'I', 'N', 'B', 'S', 'C1'],
    storage: (storage) => ({
      ...storage,
      transaction: (work, options) => storage.transaction(work, { ...options, retries: 0 }),
    }),
  },
  {
    name: 'a-deadline-for-each-run',
    wrong: 'grants each run of the work the whole timeoutMs, however many there were',
    breaks: 'T4',
    cases: ['T4.one-deadline-for-all-runs'],
    alsoBreaks: ['T4'],
    storage: (storage) => ({
      ...storage,
      async transaction(work, options) {
        for (let rounds = 1; ; rounds++) {
          try {
            return await storage.transaction(work, options)
          } catch (error) {
            const timed = options?.timeoutMs !== undefined && options.retries === undefined
            if (!timed || rounds > 20 || !isStorageError(error, 'transaction-conflict')) throw error
          }
        }
      },
    }),
  },
  {
    name: 'repeats-what-may-be-done',
    wrong: 'takes a write whose outcome is unknown for one that was not done, and repeats it',
    breaks: 'T4',
    cases: ['T4.lone-unknown-outcome-is-not-repeated'],
    alsoBreaks: ['E1', 'E5'],
    storage: (storage) => {
      const repeating =
        (call: (...given: never[]) => Promise<unknown>) =>
        async (...given: never[]): Promise<unknown> => {
          try {
            return await call(...given)
          } catch (error) {
            if (!isStorageError(error, 'commit-unknown')) throw error
            return call(...given).catch(() => null)
          }
        }
      return {
        ...storage,
        repository: ((...given: Parameters<typeof storage.repository>) => {
          const repository = storage.repository(...given)
          return { ...repository, update: repeating(repository.update as never) }
        }) as typeof storage.repository,
      }
    },
  },
  {
    name: 'inner-rejection-forgotten',
    wrong: 'goes on after an inner transaction has rejected, with what that one had written',
    breaks: 'T6',
    cases: ['T6.swallowed-inner-rejection-dooms'],
    alsoBreaks: ['T7.swallowed-failure-dooms', 'E1', 'E5', 'T4.swallowed-failure-dooms'],
    storage: (storage) => worksWith(storage, (tx) => ({ transaction: (work) => work(transactionWith(tx, {})) })),
  },
  {
    name: 'usable-after-its-end',
    wrong: 'answers calls on a transaction that has ended as if they were calls of the storage',
    breaks: 'T6',
    cases: ['T6.use-after-the-end'],
    alsoBreaks: ['T7.use-after-the-join', 'E1', 'E5'],
    storage: (storage) => ({
      ...storage,
      async transaction(work, options) {
        const ended = { yet: false }
        try {
          return await storage.transaction(
            (tx) => work(transactionWith(tx, { keyValue: (name) => (ended.yet ? storage : tx).keyValue(name) })),
            options,
          )
        } finally {
          ended.yet = true
        }
      },
    }),
  },
  {
    name: 'storage-calls-escape',
    wrong: 'lets calls of the storage itself out of its own transaction, where they are done at once or wait for ever',
    breaks: 'T6',
    cases: ['T6.outer-storage-inside'],
    alsoBreaks: [],
    storage: (storage) => ({ ...storage, ...escaping(storage) }),
  },
  {
    name: 'a-tx-of-its-own-for-each-call',
    wrong: 'begins an inner transaction that is none of the outer one',
    breaks: 'T6',
    cases: ['T6.outer-rolls-back-the-inner', 'T6.inner-joins-the-outer'],
    alsoBreaks: ['T5.inner-hooks-wait-for-the-outer-commit', 'T7', 'T6', 'T4', 'E1', 'E5'],
    storage: (storage) => {
      const outside = escaping(storage)
      return worksWith(storage, () => ({ transaction: (work) => outside.transaction(work) }))
    },
  },
  {
    name: 'join-keeps-what-it-rejected',
    wrong: 'leaves what a rejected join has written in the transaction of the caller',
    breaks: 'T7',
    cases: ['T7.rejection-leaves-nothing-of-itself'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async join(native, work, options) {
          const outcome = await driver.join(
            native,
            (session) =>
              work(session).then(
                (value) => ({ value }),
                (thrown: unknown) => ({ thrown }),
              ),
            options,
          )
          if ('thrown' in outcome) throw outcome.thrown
          return outcome.value
        },
      }),
  },
  {
    name: 'join-works-twice',
    wrong: 'runs the work of a join again after a conflict, in a transaction of which it knows nothing',
    breaks: 'T7',
    cases: ['T7.what-is-no-transaction'],
    alsoBreaks: ['T7', 'T5', 'G1'],
    storage: (storage) => ({
      ...storage,
      async join(native, work, options) {
        try {
          return await storage.join(native, work, options)
        } catch (error) {
          if (!isStorageError(error, 'misuse') && !isStorageError(error, 'transaction-conflict')) throw error
          return storage.transaction(work)
        }
      },
    }),
  },
  {
    name: 'the-first-answer-counts',
    wrong: 'tells the error of the first run though the work has run again since',
    breaks: 'T8',
    cases: ['T8.conflict-before-the-own-error'],
    alsoBreaks: [],
    storage: (storage) => ({
      ...storage,
      async transaction(work, options) {
        let first: { readonly thrown: unknown } | undefined
        const result = await storage.transaction(async (tx) => {
          try {
            return await work(tx)
          } catch (thrown) {
            if (!isStorageError(thrown)) first ??= { thrown }
            throw thrown
          }
        }, options)
        if (first) throw first.thrown
        return result
      },
    }),
  },
  {
    name: 'the-first-result-counts',
    wrong: 'answers what the first run answered though the work has run again since',
    breaks: 'T8',
    cases: ['T8.conflict-before-the-answer'],
    alsoBreaks: ['T4', 'D6', 'K3', 'O6', 'G', 'T'],
    storage: (storage) => ({
      ...storage,
      async transaction(work, options) {
        let first: { readonly value: Awaited<ReturnType<typeof work>> } | undefined
        await storage.transaction(async (tx: Transaction<unknown>) => {
          const value = await work(tx)
          first ??= { value }
          return value
        }, options)
        return first?.value as Awaited<ReturnType<typeof work>>
      },
    }),
  },
]

/** The calls of a storage as they are outside of any transaction. */
function escaping<S extends Parameters<NonNullable<BrokenDriver['storage']>>[0]>(storage: S): S {
  const outside = AsyncLocalStorage.snapshot() as <R>(call: () => R) => R
  const freed = <M extends object>(port: M): M =>
    Object.fromEntries(
      Object.entries(port).map(([name, member]) => [
        name,
        typeof member === 'function' ? (...given: unknown[]) => outside(() => member(...given)) : member,
      ]),
    ) as M
  return {
    ...storage,
    repository: ((...given: never[]) =>
      freed((storage.repository as unknown as (...given: never[]) => object)(...given))) as unknown as S['repository'],
    keyValue: (namespace: string) => freed(storage.keyValue(namespace)),
    outbox: (topic?: string) => freed(storage.outbox(topic)),
    idempotency: () => freed(storage.idempotency()),
    transaction: (work: never, options: never) => outside(() => storage.transaction(work, options)),
  }
}
