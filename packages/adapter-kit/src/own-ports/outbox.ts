import type { Capabilities, Outbox } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import { refuse } from '../errors.ts'
import type { Operations } from '../operations.ts'
import { decodeCursor, encodeCursor } from '../queries/cursor.ts'
import { checkOptions } from '../queries/limits.ts'
import { compareRows } from '../queries/position.ts'
import { all, always, type Changes, type Predicate } from '../spi/index.ts'
import { isInstant, toInstant } from '../values/instant.ts'
import { checkKey, describe, isKey } from '../values/text.ts'
import { availability, enqueueMessages } from './enqueue.ts'
import { keptError } from './last-error.ts'
import { readClaimed, readListed, readMessage } from './message-rows.ts'
import { attemptsRemain, attemptsUsedUp, byAvailability, claimable, states } from './message-states.ts'
import { OutboxMessage } from './own-entities.ts'
import { ownSelect, unexpectedOutcome } from './own-rows.ts'
import { checkPeriod } from './periods.ts'
import { changeHeld, checkLeases, split, without } from './settle.ts'

const name = OutboxMessage.name
const maximumBatch = 10_000
const purgedAtOnce = 10_000

const noLease: Changes = { leasedUntil: null, token: null }

/**
 * The outbox port over messages as rows. claim, acknowledge, deadLetter and extend are one operation of the driver whatever
 * the number of messages; retry is one, and a second one where some message was not given back by the first, because its
 * attempts are used up or its lease is lost. Inside a transaction only enqueue, acknowledge and requeue are offered.
 */
export function outbox({
  operations,
  topic: given,
  generateId,
  capabilities,
}: {
  readonly operations: Operations
  readonly topic: string | null
  readonly generateId: () => string
  readonly capabilities: Capabilities
}): Outbox {
  const topic = given === null ? null : checkKey(name, 'topic', given)
  const entity = modelOf(OutboxMessage).stored
  const ofTopic: Predicate = topic === null ? always : { op: 'eq', field: 'topic', value: topic }

  return {
    async enqueue(messages) {
      const rows = await enqueueMessages({ operations, topic, generateId, capabilities }, messages)
      return rows.map(readMessage)
    },

    async claim(options) {
      checkOptions(name, 'claim', options ?? null, ['limit', 'leaseMs'])
      const limit = checkBatch('claim', options.limit)
      const leasedUntil = { clock: checkPeriod(name, 'leaseMs', options.leaseMs) }
      const rows = await operations.claim({
        entity,
        scope: null,
        where: all(claimable, ofTopic),
        order: byAvailability,
        limit,
        set: { leasedUntil, token: crypto.randomUUID(), attemptsLeft: { increment: -1 } },
      })
      return [...rows].sort((left, right) => compareRows(byAvailability, left, right)).map(readClaimed)
    },

    async acknowledge(leases) {
      const { ids, byToken } = checkLeases(leases)
      const delivered: Changes = { state: 'delivered', deliveredAt: { clock: 0 }, ...noLease }
      return split(ids, await changeHeld(operations, byToken, ofTopic, delivered))
    },

    async retry(leases, options) {
      const { ids, byToken } = checkLeases(leases)
      checkOptions(name, 'retry', options, ['delayMs', 'at', 'error'])
      const { delayMs, at, error } = options ?? {}
      if (delayMs !== undefined && at !== undefined) {
        refuse('invalid-value', `${name}.at was given together with delayMs: give one of them`, {
          entity: name,
          field: 'at',
        })
      }
      const later: Changes = { availableAt: availability(delayMs, at), ...noLease, ...failure(error) }
      const again = await changeHeld(operations, byToken, all(attemptsRemain, ofTopic), later)
      // What is left has lost its lease or its last attempt: only the store can tell, so it is asked once more.
      const dead: Changes = { state: 'dead', ...noLease, ...failure(error) }
      const buried = await changeHeld(operations, without(byToken, again), all(attemptsUsedUp, ofTopic), dead)
      return split(ids, new Set([...again, ...buried]))
    },

    async deadLetter(leases, options) {
      const { ids, byToken } = checkLeases(leases)
      checkOptions(name, 'deadLetter', options, ['error'])
      const dead: Changes = { state: 'dead', ...noLease, ...failure(options?.error) }
      return split(ids, await changeHeld(operations, byToken, ofTopic, dead))
    },

    async extend(leases, leaseMs) {
      const { ids, byToken } = checkLeases(leases)
      const longer: Changes = { leasedUntil: { clock: checkPeriod(name, 'leaseMs', leaseMs) } }
      return split(ids, await changeHeld(operations, byToken, ofTopic, longer))
    },

    async list(options) {
      checkOptions(name, 'list', options ?? null, ['state', 'limit', 'cursor'])
      const { state, cursor } = options
      if (typeof state !== 'string' || !Object.hasOwn(states, state)) {
        refuse('invalid-query', `${name}: list needs a state, one of ${Object.keys(states).join(', ')}`, {
          entity: name,
          part: 'state',
        })
      }
      const limit = checkBatch('list', options.limit)
      const context = `${name} ${state} ${JSON.stringify(topic)}`
      const rows = await operations.select(
        ownSelect(OutboxMessage, all(states[state], ofTopic), {
          order: byAvailability,
          after: cursor === undefined || cursor === null ? null : positionOf(context, cursor),
          limit: limit + 1,
        }),
      )
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      return {
        items: page.map((row) => readListed(row, state)),
        nextCursor: last ? encodeCursor(context, [last.availableAt ?? null, last.id ?? null]) : null,
      }
    },

    async requeue(givenIds) {
      const ids = checkIds(givenIds)
      const those = ids.filter(isKey)
      if (those.length === 0) return []
      // Of several callers each message is told to one: the others no longer find it dead.
      const where = all({ op: 'in', field: 'id', values: those }, states.dead, ofTopic)
      const attemptsLeft = { field: 'maxAttempts' }
      const set: Changes = { state: 'pending', attemptsLeft, availableAt: { clock: 0 }, ...noLease }
      const outcome = await operations.updateMany({ entity, scope: null, where, set, returning: 'ids' })
      if (outcome.kind !== 'updated') return unexpectedOutcome(name, 'requeue', outcome)
      const revived = new Set(outcome.ids)
      return ids.filter((id) => revived.has(id))
    },

    async purge(options) {
      checkOptions(name, 'purge', options ?? null, ['deliveredBefore'])
      const before = toInstant(options.deliveredBefore)
      if (before === null) {
        return refuse(
          'invalid-value',
          `${name}.deliveredBefore must be an instant: a Date, a Temporal.Instant, or text such as 2026-01-31T09:00:00.000Z`,
          {
            entity: name,
            field: 'deliveredBefore',
          },
        )
      }
      const where = all(states.delivered, { op: 'lt', field: 'deliveredAt', value: before }, ofTopic)
      for (let removed = 0; ; ) {
        const now = await operations.deleteMany({ entity, scope: null, where, limit: purgedAtOnce })
        removed += now
        if (now < purgedAtOnce) return removed
      }
    },
  }
}

/** Without an error's text the former one stays. */
function failure(error: unknown): Changes {
  return error === undefined ? {} : { lastError: keptError(name, error) }
}

function positionOf(context: string, cursor: unknown): string[] {
  const position = decodeCursor(name, context, cursor, 2)
  const [availableAt, id] = position
  if (isInstant(availableAt) && isKey(id)) return [availableAt, id]
  return refuse(
    'invalid-cursor',
    `${name}: the cursor is damaged or belongs to another list; begin again without one`,
    { entity: name },
  )
}

function checkBatch(call: string, limit: unknown): number {
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= maximumBatch) return limit
  return refuse('invalid-query', `${name}: limit of ${call} must be a whole number from 1 to ${maximumBatch}`, {
    entity: name,
    part: 'limit',
  })
}

function checkIds(ids: unknown): string[] {
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return [...new Set<string>(ids)]
  return refuse(
    'invalid-value',
    `${name}.ids must be an array of texts, but is ${Array.isArray(ids) ? 'an array of something else' : describe(ids)}`,
    {
      entity: name,
      field: 'ids',
    },
  )
}
