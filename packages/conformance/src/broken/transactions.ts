import { AsyncLocalStorage } from 'node:async_hooks'
import { isStorageError, type Transaction } from '@portolan/ports'
import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith, nativeWith } from '../driver-with.ts'
import { transactionWith, worksWith } from '../storage-with.ts'

const keyValue = 'portolan_key_value_entry'
const outbox = 'portolan_outbox_message'

/** T1, T2, T4, T6 and T8 broken. */
export const brokenTransactions: readonly BrokenDriver[] = [
  {
    name: 'key-value-escapes',
    wrong: 'writes key-value entries at once, outside of the transaction that they are part of',
    breaks: 'T1',
    cases: ['T1.rolls-back-across-ports', 'T1.rolls-back-at-every-step'],
    alsoBreaks: [
      'T2.invisible-before-commit',
      'T3',
      'K3',
      'K4.keys-in-transactions',
      'D6.racing-transactions',
      'O3.acknowledged-in-a-transaction',
    ],
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
        ...nativeWith(driver, (native) => ({
          set: (plan, context) => native.set(plan, { ...context, session: null }),
          delete: (plan, context) => native.delete(plan, { ...context, session: null }),
          deleteMany: (namespace, keys, context) => native.deleteMany(namespace, keys, { ...context, session: null }),
          clear: (namespace, context) => native.clear(namespace, { ...context, session: null }),
        })),
      }),
  },
  {
    name: 'commits-what-was-rejected',
    wrong: 'ends a transaction whose work has rejected by a commit',
    breaks: 'T1',
    cases: ['T1.rolls-back-across-ports', 'T1.rolls-back-at-every-step', 'T1.sums-stay'],
    alsoBreaks: [
      'N1.inside-transactions',
      'T2.messages-after-commit',
      'T4',
      'T6',
      'K4.keys-in-transactions',
      'O3.acknowledged-in-a-transaction',
      'O4.requeue-in-a-transaction',
      'D6',
      'X1',
      'X2',
    ],
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
    alsoBreaks: ['T2', 'T3', 'X1'],
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
    alsoBreaks: ['T1', 'O6'],
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
    alsoBreaks: ['V6.own-copies-inside', 'T3', 'T6', 'O6', 'X1', 'X2'],
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
    alsoBreaks: ['T6.swallowed-inner-rejection-dooms', 'E1.shape', 'E5.no-value-in-a-refusal'],
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
    alsoBreaks: [
      'I3.racers-in-transactions',
      'G1',
      'G2.racing-transactions',
      'T1',
      'T3',
      'T5.dropped-with-their-run',
      'T8',
      'K3.conditions-in-transactions',
      'O6',
      'D6',
      'X2',
    ],
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
    alsoBreaks: [],
    storage: (storage) => ({
      ...storage,
      async transaction(work, options) {
        for (let rounds = 1; ; rounds++) {
          try {
            return await storage.transaction(work, options)
          } catch (error) {
            const timed = options?.timeoutMs !== undefined && options.retries === undefined
            if (!timed || rounds > 6 || !isStorageError(error, 'transaction-conflict')) throw error
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
    alsoBreaks: ['E1.shape', 'E5.no-value-in-a-refusal'],
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
    alsoBreaks: ['E1.shape', 'E5.no-value-in-a-refusal'],
    storage: (storage) => worksWith(storage, (tx) => ({ transaction: (work) => work(transactionWith(tx, {})) })),
  },
  {
    name: 'usable-after-its-end',
    wrong: 'answers calls on a transaction that has ended as if they were calls of the storage',
    breaks: 'T6',
    cases: ['T6.use-after-the-end'],
    alsoBreaks: ['E1.shape', 'E5.no-value-in-a-refusal'],
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
    alsoBreaks: ['T5.inner-hooks-wait-for-the-outer-commit', 'E1.shape', 'E5.no-value-in-a-refusal'],
    storage: (storage) => {
      const outside = escaping(storage)
      return worksWith(storage, () => ({ transaction: (work) => outside.transaction(work) }))
    },
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
    alsoBreaks: ['I3.racers-in-transactions', 'G2.racing-transactions', 'T4', 'K3', 'O6', 'D6', 'X2'],
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
