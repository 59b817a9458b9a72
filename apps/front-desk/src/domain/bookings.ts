import { isStorageError, type Page, type Ports, type UnitOfWork } from '@portolan/ports'
import { type BookingStatus, roomKitRepositories } from '@portolan/roomkit'
import type { Day } from './day.ts'
import { announce } from './events.ts'
import { Refusal } from './refusal.ts'
import { roomKitOf } from './room-kit.ts'

export interface Slot {
  readonly roomId: string
  readonly startsAt: string
  readonly endsAt: string
}

export interface BookingRequest extends Slot {
  readonly guest: string
}

/** RoomKit's booking, as this service shows it. */
export interface Booking extends BookingRequest {
  readonly id: string
  readonly tenantId: string
  readonly status: BookingStatus
  readonly version: number
  readonly createdAt: string
  readonly updatedAt: string
}

/**
 * The booking and its event, or neither. A slot that is taken, in the room or in one that shares its space, is `overlap` and
 * names the booking in the way; there is no check before the insert, because what a check has seen may be gone by the time of
 * the insert.
 */
export function createBooking(unit: UnitOfWork, tenantId: string, request: BookingRequest): Promise<Booking> {
  const { roomId, guest, startsAt, endsAt } = request
  return unit.transaction(async (tx) => {
    const made = await roomKitOf(tx, tenantId)
      .booking.createWithConflictCheck(
        {
          roomId,
          title: guest,
          startsAt: new Date(startsAt),
          endsAt: new Date(endsAt),
          status: 'confirmed',
          requesterId: 'front-desk',
          purposeType: 'visit',
        },
        { checkPartitions: true, checkBuffers: true },
      )
      .catch(namingTheGuest)
    const booking = shown(tenantId, made)
    await announce(tx.outbox(), 'BookingCreated', booking)
    return booking
  })
}

/** RoomKit calls a guest a title. */
function namingTheGuest(error: unknown): never {
  if (isStorageError(error, 'invalid-value') && error.data.field === 'title')
    throw new Refusal('invalid-value', 'The name of the guest cannot be stored.', { property: 'guest' })
  throw error
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
    const roomKit = roomKitOf(tx, tenantId)
    const seen = await roomKit.booking.findById(bookingId)
    if (seen?.status === 'cancelled') throw new Refusal('condition-failed', 'It is cancelled already.')
    const times = { startsAt: new Date(startsAt), endsAt: new Date(endsAt) }
    const booking = shown(tenantId, await roomKit.booking.updateWithVersion(bookingId, times, version))
    await announce(tx.outbox(), 'BookingRescheduled', booking)
    return booking
  })
}

/** Of several who cancel one booking, one does it and the others get `condition-failed`: one event leaves the house. */
export function cancelBooking(unit: UnitOfWork, tenantId: string, bookingId: string): Promise<Booking> {
  return unit.transaction(async (tx) => {
    const by = { triggeredBy: 'front-desk' }
    const { booking } = await roomKitOf(tx, tenantId).booking.transition(bookingId, 'cancelled', by)
    const cancelled = shown(tenantId, booking)
    await announce(tx.outbox(), 'BookingCancelled', cancelled)
    return cancelled
  })
}

export async function getBooking(ports: Ports, tenantId: string, bookingId: string): Promise<Booking> {
  const booking = await roomKitRepositories(ports, { tenantId }).bookings.get(bookingId)
  if (!booking) throw new Refusal('booking-not-found', 'There is no booking with this id.')
  return shown(tenantId, booking)
}

export interface BookingList {
  /** Of one room, or of several. */
  readonly roomId: string | readonly string[]
  readonly day?: Day | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** The confirmed bookings of a room, in order of their start, for which RoomKit has no list; with a day those that touch it. */
export async function listBookings(ports: Ports, tenantId: string, list: BookingList): Promise<Page<Booking>> {
  const { roomId, day, limit, cursor } = list
  const { items, nextCursor } = await roomKitRepositories(ports, { tenantId }).bookings.page({
    where: {
      roomId: typeof roomId === 'string' ? roomId : { in: roomId },
      status: 'confirmed',
      ...(day && { startsAt: { lt: day.endsAt }, endsAt: { gt: day.startsAt } }),
    },
    orderBy: { startsAt: 'asc' },
    limit,
    cursor,
  })
  return { items: items.map((booking) => shown(tenantId, booking)), nextCursor }
}

type Moment = 'startsAt' | 'endsAt' | 'createdAt' | 'updatedAt'
type Stored = Pick<Booking, 'id' | 'roomId' | 'status' | 'version'> & { readonly title: string } & {
  readonly [M in Moment]: string | Date
}

function shown(tenantId: string, { id, roomId, title, status, version, ...more }: Stored): Booking {
  const [startsAt, endsAt, createdAt, updatedAt] = [more.startsAt, more.endsAt, more.createdAt, more.updatedAt].map(
    (moment) => new Date(moment).toISOString(),
  ) as [string, string, string, string]
  return { id, tenantId, roomId, guest: title, startsAt, endsAt, status, version, createdAt, updatedAt }
}
