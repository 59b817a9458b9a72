import type { Instant, RowOf } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { Booking, Transition, type TransitionTypes } from '../entities/bookings.ts'
import type { BookingStateTransition, BookingStatus, Booking as HostBooking } from '../model.ts'
import { asHost } from '../repositories.ts'
import type { TransitionResult } from '../storages.ts'

const ways: { readonly [S in BookingStatus]: readonly BookingStatus[] } = {
  requested: ['confirmed', 'cancelled'],
  confirmed: ['in_progress', 'cancelled'],
  in_progress: ['completed', 'cancelled'],
  completed: [],
  cancelled: [],
}

export const asTransition = (row: RowOf<TransitionTypes>): BookingStateTransition =>
  asHost(Transition, row, 'bookingVersion')

/**
 * The booking was read here, so it is written only if nobody has changed it since; else all of this runs again. The audit row
 * has the version that the change has made, and a key on that: the chain can neither fork nor miss a link.
 */
export function transition(
  { transaction }: Binding,
  id: string,
  toStatus: BookingStatus,
  { triggeredBy, reason }: { readonly triggeredBy: string; readonly reason?: string | null | undefined },
): Promise<TransitionResult> {
  return transaction(async ({ repositories: { bookings, transitions }, refuse, now }) => {
    const notFound = () => refuse('BOOKING_NOT_FOUND', { bookingId: id })
    const { status: fromStatus, updatedAt } = (await bookings.get(id)) ?? notFound()
    if (!ways[fromStatus].includes(toStatus))
      refuse('INVALID_STATE_TRANSITION', { bookingId: id, fromStatus, toStatus })
    const booking = (await bookings.update(id, { status: toStatus })) ?? notFound()
    const row = await transitions.insert({
      bookingId: id,
      fromStatus,
      toStatus,
      triggeredBy,
      reason: reason ?? null,
      timestamp: latest(now(), updatedAt),
      bookingVersion: booking.version,
    })
    return resultOf(asHost(Booking, booking), asTransition(row))
  })
}

/** Callers' clocks differ: the audit of one booking goes forward all the same. */
function latest(moment: Instant, other: Instant): Instant {
  if (moment > other) return moment
  return other
}

/** The code's `{ booking, transition }`, and for those who go by the document the booking's own fields on it, unlisted. */
function resultOf(booking: HostBooking, transition: BookingStateTransition): TransitionResult {
  const fields = Object.entries(booking).map(([name, value]) => [name, { value }])
  return Object.defineProperties({ booking, transition }, Object.fromEntries(fields)) as TransitionResult
}
