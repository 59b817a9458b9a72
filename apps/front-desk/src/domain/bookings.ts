import type { Page, Ports } from '@portolan/ports'
import type { Day } from './day.ts'
import { Booking } from './entities.ts'
import { announce } from './events.ts'
import { Refusal } from './refusal.ts'
import { getRoom } from './rooms.ts'
import type { UnitOfWork } from './unit-of-work.ts'

export interface Slot {
  readonly roomId: string
  readonly startsAt: string
  readonly endsAt: string
}

export interface BookingRequest extends Slot {
  readonly guest: string
}

/**
 * The booking and its event, or neither. A slot that is taken is `overlap` and names the booking in the way; there is no
 * check before the insert, because what a check has seen may be gone by the time of the insert.
 */
export function createBooking(unit: UnitOfWork, tenantId: string, request: BookingRequest): Promise<Booking> {
  return unit.transaction(async (tx) => {
    const room = await getRoom(tx, tenantId, request.roomId)
    const booking = await tx.repository(Booking, { tenantId }).insert({
      roomId: room.id,
      guest: request.guest,
      startsAt: request.startsAt,
      endsAt: request.endsAt,
      status: 'confirmed',
    })
    await announce(tx.outbox(), 'BookingCreated', booking)
    return booking
  })
}

export interface Reschedule {
  readonly bookingId: string
  /** The version that the caller has seen: of two who move one booking at once, one gets `stale-version`. */
  readonly version: number
  readonly startsAt: string
  readonly endsAt: string
}

/** Also `overlap`, and `condition-failed` for a booking that is cancelled. */
export function rescheduleBooking(unit: UnitOfWork, tenantId: string, change: Reschedule): Promise<Booking> {
  const { bookingId, version, startsAt, endsAt } = change
  return unit.transaction(async (tx) => {
    const booking = found(
      await tx
        .repository(Booking, { tenantId })
        .update(bookingId, { startsAt, endsAt }, { version, where: { status: 'confirmed' } }),
    )
    await announce(tx.outbox(), 'BookingRescheduled', booking)
    return booking
  })
}

/** Of several who cancel one booking, one does it and the others get `condition-failed`: one event leaves the house. */
export function cancelBooking(unit: UnitOfWork, tenantId: string, bookingId: string): Promise<Booking> {
  return unit.transaction(async (tx) => {
    const booking = found(
      await tx
        .repository(Booking, { tenantId })
        .update(bookingId, { status: 'cancelled' }, { where: { status: 'confirmed' } }),
    )
    await announce(tx.outbox(), 'BookingCancelled', booking)
    return booking
  })
}

export async function getBooking(ports: Ports, tenantId: string, bookingId: string): Promise<Booking> {
  return found(await ports.repository(Booking, { tenantId }).get(bookingId))
}

export interface BookingList {
  readonly roomId: string
  readonly day?: Day | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** The confirmed bookings of a room, in order of their start; with a day those that touch it. */
export function listBookings(ports: Ports, tenantId: string, list: BookingList): Promise<Page<Booking>> {
  const { roomId, day, limit, cursor } = list
  return ports.repository(Booking, { tenantId }).page({
    where: {
      roomId,
      status: 'confirmed',
      ...(day && { startsAt: { lt: day.endsAt }, endsAt: { gt: day.startsAt } }),
    },
    orderBy: { startsAt: 'asc' },
    limit,
    cursor,
  })
}

function found(booking: Booking | null): Booking {
  if (!booking) throw new Refusal('booking-not-found', 'There is no booking with this id.')
  return booking
}
