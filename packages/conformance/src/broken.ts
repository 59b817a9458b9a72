import type { BrokenDriver } from './broken-driver.ts'

export type { AnyDriver, BrokenDriver } from './broken-driver.ts'

/** At least one for every clause that runs. */
export const brokenDrivers: readonly BrokenDriver[] = []
