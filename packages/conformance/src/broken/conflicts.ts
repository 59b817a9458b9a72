import type { AnyDriver } from '../broken-driver.ts'
import { driverWith } from '../driver-with.ts'

class Conflict extends Error {
  override readonly name: string = 'BrokenDriverConflict'
}

/** What the broken drivers throw where they meet a conflict of their own making. */
export function conflictError(): Error {
  return new Conflict('a conflict of the broken driver')
}

/** The driver with changes, and with these errors known as conflicts that may be run again. */
export function knowingConflicts(driver: AnyDriver, changes: Partial<AnyDriver>): AnyDriver {
  return driverWith(driver, {
    classify: (error, phase) =>
      error instanceof Conflict
        ? { code: 'transaction-conflict', message: 'the broken driver says that there was a conflict' }
        : driver.classify(error, phase),
    ...changes,
  })
}
