import type { Case } from '../case.ts'
import { bulkCases } from './bulk.ts'
import { claimCases } from './claims.ts'
import { filterCases } from './filters.ts'
import { fromGuardsToErrorsCases } from './from-guards-to-errors.ts'
import { historyCases } from './histories.ts'
import { hostileInputCases } from './hostile-input.ts'
import { identityCases } from './identity.ts'
import { limitCases } from './limits.ts'
import { modelCases } from './model.ts'
import { orderCases } from './order.ts'
import { pageCases } from './pages.ts'
import { precedenceCases } from './precedence.ts'
import { scopeCases } from './scope.ts'
import { valueCases } from './values.ts'
import { versionCases } from './versions.ts'

/** Every case that runs on the standard entities, in the order of the clauses. */
export const standardCases: readonly Case[] = [
  ...precedenceCases,
  ...valueCases,
  ...identityCases,
  ...versionCases,
  ...orderCases,
  ...filterCases,
  ...pageCases,
  ...limitCases,
  ...hostileInputCases,
  ...scopeCases,
  ...bulkCases,
  ...claimCases,
  ...fromGuardsToErrorsCases,
  ...modelCases,
  ...historyCases,
]
