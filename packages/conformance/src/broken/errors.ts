import { isStorageError, type NewMessage, type Storage, StorageError } from '@portolan/ports'
import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith, repositoriesWith } from '../driver-with.ts'
import { portsWith } from '../storage-with.ts'

type Method = (...given: never[]) => unknown

/** The storage whose repositories throw another error in the place of some. */
function errorsWith(storage: Storage<unknown>, change: (error: unknown) => unknown): Storage<unknown> {
  const turned =
    (call: Method): Method =>
    (...given) => {
      const outcome = call(...given)
      return outcome instanceof Promise ? outcome.catch((error: unknown) => Promise.reject(change(error))) : outcome
    }
  return repositoriesWith(storage, (repository) =>
    Object.fromEntries(Object.entries(repository).map(([name, call]) => [name, turned(call)])),
  )
}

export const brokenErrors: readonly BrokenDriver[] = [
  {
    name: 'the-native-error-as-cause',
    wrong: 'hangs the error of the database client on its own as the cause',
    breaks: 'E1',
    cases: ['E1.shape', 'E1.cause-is-a-plain-copy'],
    alsoBreaks: ['E5'],
    storage: (storage) =>
      errorsWith(storage, (error) =>
        isStorageError(error, 'unexpected')
          ? new StorageError(error.code, error.message, {}, new Error('native'))
          : error,
      ),
  },
  {
    name: 'retry-everything',
    wrong: 'tells callers that every error may pass',
    breaks: 'E1',
    cases: ['E1.shape'],
    alsoBreaks: ['T4.lone-unknown-outcome-is-not-repeated'],
    storage: (storage) =>
      errorsWith(storage, (error) =>
        isStorageError(error) ? Object.defineProperty(error, 'retryable', { value: true }) : error,
      ),
  },
  {
    name: 'unknown-options-ignored',
    wrong: 'ignores the options of a message that it does not know',
    breaks: 'E4',
    cases: ['E4.no-ordering-key'],
    alsoBreaks: ['O1.refused-messages'],
    storage: (storage) =>
      portsWith(storage, {
        outbox: (outbox) => ({
          enqueue: (messages) =>
            outbox.enqueue(
              messages.map((message) => {
                const { orderingKey: _, ...known } = message as NewMessage & { readonly orderingKey?: unknown }
                return known
              }),
            ),
        }),
      }),
  },
  {
    name: 'capabilities-without-sense',
    wrong: 'declares what no reader of capabilities knows',
    breaks: 'E4',
    cases: ['E4.capabilities-are-data'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        capabilities: { ...driver.capabilities, joinIsolation: 'some' as never, durability: 'much' as never },
      }),
  },
  {
    name: 'words-of-the-client',
    wrong: 'repeats what the database client said, with the values and the password in it',
    breaks: 'E5',
    cases: ['E5.no-words-of-the-client'],
    alsoBreaks: ['E1', 'T4'],
    driver: (driver) =>
      driverWith(driver, {
        classify: (error, phase) =>
          driver.classify(error, phase) ?? {
            code: 'unexpected',
            message: error instanceof Error ? error.message : 'no error',
          },
      }),
  },
  {
    name: 'the-value-in-the-refusal',
    wrong: 'says which value it was that exists already',
    breaks: 'E5',
    cases: ['E5.no-value-in-a-refusal'],
    alsoBreaks: ['P1', 'I1', 'I2', 'E1'],
    storage: (storage) =>
      repositoriesWith(storage, (repository) => ({
        insert: (values: never, ...more: never[]) =>
          Promise.resolve(repository.insert?.(values, ...more)).catch((error: unknown) => {
            if (!isStorageError(error, 'duplicate')) throw error
            const { code, message, data } = error
            throw new StorageError(code, `${message}: ${JSON.stringify(values)}`, data)
          }),
      })),
  },
]
