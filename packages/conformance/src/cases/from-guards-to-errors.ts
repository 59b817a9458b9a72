import type { Case } from '../case.ts'
import { capabilityCases } from './capabilities.ts'
import { cutTransactionCases } from './cut-transactions.ts'
import { errorCases } from './errors.ts'
import { unlessCases } from './guards.ts'
import { guardOrderCases } from './guards-orders.ts'
import { guardedTransactionCases } from './guards-transactions.ts'
import { hostClockCases } from './host-clocks.ts'
import { idempotencyCases } from './idempotency.ts'
import { idempotencyNameCases } from './idempotency-names.ts'
import { joinCases } from './join.ts'
import { joinConflictCases } from './join-conflicts.ts'
import { joinHookCases } from './join-hooks.ts'
import { keyValueCases } from './key-value.ts'
import { keyValueConditionCases } from './key-value-conditions.ts'
import { keyValueNameCases } from './key-value-names.ts'
import { lostAnswerCases } from './lost-answers.ts'
import { outageCases } from './outages.ts'
import { outboxCases } from './outbox.ts'
import { outboxLeaseCases } from './outbox-leases.ts'
import { outboxStateCases } from './outbox-states.ts'
import { overlapCases } from './overlap.ts'
import { overlapRaceCases } from './overlap-races.ts'
import { schemaCases } from './schema.ts'
import { timeCases } from './time.ts'
import { atomicityCases } from './transactions.ts'
import { deathCases } from './transactions-death.ts'
import { doomCases } from './transactions-doom.ts'
import { hookCases } from './transactions-hooks.ts'
import { lostUpdateCases } from './transactions-lost-update.ts'
import { nestingCases } from './transactions-nesting.ts'
import { readCases } from './transactions-reads.ts'
import { retryCases } from './transactions-retry.ts'

/** The cases of the clauses G to E, in the order of the law. */
export const fromGuardsToErrorsCases: readonly Case[] = [
  ...unlessCases,
  ...guardedTransactionCases,
  ...guardOrderCases,
  ...overlapCases,
  ...overlapRaceCases,
  ...atomicityCases,
  ...deathCases,
  ...cutTransactionCases,
  ...lostUpdateCases,
  ...readCases,
  ...retryCases,
  ...doomCases,
  ...hookCases,
  ...nestingCases,
  ...joinCases,
  ...joinConflictCases,
  ...joinHookCases,
  ...keyValueCases,
  ...keyValueConditionCases,
  ...keyValueNameCases,
  ...outboxCases,
  ...outboxLeaseCases,
  ...outboxStateCases,
  ...idempotencyCases,
  ...idempotencyNameCases,
  ...timeCases,
  ...hostClockCases,
  ...schemaCases,
  ...errorCases,
  ...outageCases,
  ...lostAnswerCases,
  ...capabilityCases,
]
