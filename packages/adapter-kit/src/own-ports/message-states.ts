import type { MessageState } from '@portolan/ports'
import { all, any, type Operand, type Order, type Predicate } from '../spi/index.ts'

/** Oldest first: the order of claims and of every list. */
export const byAvailability: readonly Order[] = [
  { field: 'availableAt', direction: 'asc', nullable: false },
  { field: 'id', direction: 'asc', nullable: false },
]

const now: Operand = { clock: 0 }
const inState = (state: 'pending' | 'delivered' | 'dead'): Predicate => ({ op: 'eq', field: 'state', value: state })

export const pending: Predicate = inState('pending')
export const leaseRuns: Predicate = { op: 'gt', field: 'leasedUntil', value: now }
const noLease: Predicate = any({ op: 'isNull', field: 'leasedUntil' }, { op: 'lte', field: 'leasedUntil', value: now })
export const attemptsRemain: Predicate = { op: 'gt', field: 'attemptsLeft', value: 0 }
export const attemptsUsedUp: Predicate = { op: 'lte', field: 'attemptsLeft', value: 0 }

/** May be claimed: due, not leased, with an attempt left. */
export const claimable: Predicate = all(
  pending,
  { op: 'lte', field: 'availableAt', value: now },
  attemptsRemain,
  noLease,
)

/** Each message is in exactly one of these at any moment, and becomes dead by the mere passing of its last lease. */
export const states: { readonly [state in MessageState]: Predicate } = {
  due: all(pending, attemptsRemain, noLease),
  leased: all(pending, leaseRuns),
  dead: any(inState('dead'), all(pending, attemptsUsedUp, noLease)),
  delivered: inState('delivered'),
}
