import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith } from '../driver-with.ts'

export const brokenModel: readonly BrokenDriver[] = [
  {
    name: 'update-time-kept',
    wrong: 'leaves updatedAt as it was at the insert',
    breaks: 'X1',
    cases: ['X1.commands'],
    alsoBreaks: ['C1'],
    driver: (driver) =>
      driverWith(driver, {
        update({ set: { updatedAt: _, ...set }, ...plan }, context) {
          return driver.update({ ...plan, set }, context)
        },
      }),
  },
  {
    name: 'reads-forgotten',
    wrong: 'claims that nobody can change what a transaction has read, so that nothing is compared before a write',
    breaks: 'X2',
    cases: ['X2.read-and-written'],
    alsoBreaks: ['T3', 'T4', 'T5', 'T7', 'T8'],
    driver: (driver) =>
      driverWith(driver, { holdsReads: { latest: true, snapshot: driver.holdsReads.snapshot, join: true } }),
  },
]
