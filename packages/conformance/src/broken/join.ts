import { isStorageError } from '@portolan/ports'
import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith } from '../driver-with.ts'

/** T7 broken. Only where there is join. */
export const brokenJoin: readonly BrokenDriver[] = [
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
    alsoBreaks: [],
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
]
