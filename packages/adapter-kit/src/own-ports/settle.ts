import type { Lease, Settled } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import { refuse } from '../errors.ts'
import type { Operations } from '../operations.ts'
import { all, any, type Changes, type Predicate } from '../spi/index.ts'
import { describe, isKey, isStorable } from '../values/text.ts'
import { leaseRuns, pending } from './message-states.ts'
import { OutboxMessage } from './own-entities.ts'
import { unexpectedOutcome } from './own-rows.ts'

const name = OutboxMessage.name

/** Leases by token: those of one claim share one, so that a batch is one condition. */
export type LeasesByToken = ReadonlyMap<string, ReadonlySet<string>>

/**
 * The leases to settle. Text that can be no id or token of a message belongs to no lease: it stays out of the statement, and
 * is told as lost like any other.
 */
export function checkLeases(leases: unknown): { readonly ids: readonly string[]; readonly byToken: LeasesByToken } {
  const bad = (why: string): never =>
    refuse('invalid-value', `${name}.leases ${why}`, { entity: name, field: 'leases' })
  if (!Array.isArray(leases)) return bad(`must be an array of claimed messages, but is ${describe(leases)}`)
  const ids = new Set<string>()
  const byToken = new Map<string, Set<string>>()
  for (const lease of leases as Partial<Lease>[]) {
    if (typeof lease?.id !== 'string' || typeof lease.token !== 'string') {
      return bad('must hold objects with the id and the token of a claim')
    }
    ids.add(lease.id)
    if (!isKey(lease.id) || !isStorable(lease.token)) continue
    const together = byToken.get(lease.token) ?? new Set<string>()
    byToken.set(lease.token, together.add(lease.id))
  }
  return { ids: [...ids], byToken }
}

/** Fencing: only messages whose lease of this token still runs by the store's clock. An expired lease has lost even if nobody took over. */
export function stillHeld(byToken: LeasesByToken): Predicate {
  const leases = [...byToken].map(([token, ids]) =>
    all({ op: 'eq', field: 'token', value: token }, { op: 'in', field: 'id', values: [...ids] }),
  )
  return all(pending, leaseRuns, any(...leases))
}

/** Changes the messages still held that match, in one operation; returns their ids. */
export async function changeHeld(
  operations: Operations,
  byToken: LeasesByToken,
  also: Predicate,
  set: Changes,
): Promise<ReadonlySet<string>> {
  if (byToken.size === 0) return new Set()
  const outcome = await operations.updateMany({
    entity: modelOf(OutboxMessage).stored,
    scope: null,
    where: all(stillHeld(byToken), also),
    set,
    returning: 'ids',
  })
  if (outcome.kind !== 'updated') return unexpectedOutcome(name, 'settling', outcome)
  return new Set(outcome.ids)
}

/** The leases without those of these messages. */
export function without(byToken: LeasesByToken, settled: ReadonlySet<string>): LeasesByToken {
  const left = new Map<string, Set<string>>()
  for (const [token, ids] of byToken) {
    const rest = new Set([...ids].filter((id) => !settled.has(id)))
    if (rest.size > 0) left.set(token, rest)
  }
  return left
}

/** Each id once, in the order given. */
export function split(ids: readonly string[], succeeded: ReadonlySet<string>): Settled {
  return { succeeded: ids.filter((id) => succeeded.has(id)), leaseLost: ids.filter((id) => !succeeded.has(id)) }
}
