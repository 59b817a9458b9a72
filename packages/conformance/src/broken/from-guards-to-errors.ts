import type { BrokenDriver } from '../broken-driver.ts'
import { brokenErrors } from './errors.ts'
import { brokenGuards } from './guards.ts'
import { brokenIdempotency } from './idempotency.ts'
import { brokenJoin } from './join.ts'
import { brokenKeyValue } from './key-value.ts'
import { brokenOutbox } from './outbox.ts'
import { brokenOverlap } from './overlap.ts'
import { brokenSchema, brokenVerify } from './schema.ts'
import { brokenTime } from './time.ts'
import { brokenTransactions } from './transactions.ts'
import { brokenHooks } from './transactions-hooks.ts'
import { brokenReads } from './transactions-reads.ts'

/** Those of the clauses G to E, in the order of the law. */
export const brokenFromGuardsToErrors: readonly BrokenDriver[] = [
  ...brokenGuards,
  ...brokenOverlap,
  ...brokenTransactions,
  ...brokenReads,
  ...brokenHooks,
  ...brokenKeyValue,
  ...brokenOutbox,
  ...brokenIdempotency,
  ...brokenTime,
  ...brokenSchema,
  ...brokenErrors,
]

/** Those that show only on targets with join, or whose tables can be missing. */
export const brokenBeyondMemory: readonly BrokenDriver[] = [...brokenJoin, ...brokenVerify]
