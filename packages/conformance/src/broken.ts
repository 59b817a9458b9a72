import { brokenBulk } from './broken/bulk.ts'
import { brokenBeyondMemory, brokenFromGuardsToErrors } from './broken/from-guards-to-errors.ts'
import { brokenIdentity } from './broken/identity.ts'
import { brokenModel } from './broken/model.ts'
import { brokenUnderFaults } from './broken/network.ts'
import { brokenPrecedence } from './broken/precedence.ts'
import { brokenQueries } from './broken/queries.ts'
import { brokenScope } from './broken/scope.ts'
import { brokenValues } from './broken/values.ts'
import { brokenVersions } from './broken/versions.ts'
import type { BrokenDriver } from './broken-driver.ts'

export type { AnyDriver, BrokenDriver } from './broken-driver.ts'

/** At least one for every clause that runs. */
export const brokenDrivers: readonly BrokenDriver[] = [
  ...brokenPrecedence,
  ...brokenValues,
  ...brokenIdentity,
  ...brokenVersions,
  ...brokenQueries,
  ...brokenScope,
  ...brokenBulk,
  ...brokenFromGuardsToErrors,
  ...brokenModel,
]

export { brokenBeyondMemory, brokenUnderFaults }
