import type { Failure } from '@portolan/adapter-kit'
import type { AnyDriver } from './broken-driver.ts'
import { driverWith } from './driver-with.ts'

/** As a database client would throw it; what it means only `withFaults` knows. */
class Fault extends Error {
  override readonly name: string = 'FaultOfAClient'
  readonly means: Failure['code'] | null
  constructor(means: Failure['code'] | null, words: string) {
    super(words)
    this.means = means
  }
}

/** A native error that means this; with null one that nobody knows. */
export function fault(means: Failure['code'] | null, words = 'words of the database client'): Error {
  return new Fault(means, words)
}

/** The driver with changes, and with faults classified as what they mean. */
export function withFaults(driver: AnyDriver, changes: Partial<AnyDriver>): AnyDriver {
  return driverWith(driver, {
    classify(error, phase) {
      if (!(error instanceof Fault)) return driver.classify(error, phase)
      return error.means === null ? null : { code: error.means, message: 'a fault made on purpose' }
    },
    ...changes,
  })
}
