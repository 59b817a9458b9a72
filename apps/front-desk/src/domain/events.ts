import type { TransactionOutbox } from '@portolan/ports'
import type { Booking } from './bookings.ts'

export type BookingEvent = 'BookingCreated' | 'BookingRescheduled' | 'BookingCancelled'

/** The tenant stands in the payload: an outbox is one for all tenants of a storage. */
export type BookingPayload = Pick<Booking, 'tenantId' | 'roomId' | 'guest' | 'startsAt' | 'endsAt' | 'version'> & {
  readonly bookingId: string
}

/** Given the outbox of a transaction, the event is delivered exactly when the booking's change is committed. */
export async function announce(outbox: TransactionOutbox, topic: BookingEvent, booking: Booking): Promise<void> {
  const { id: bookingId, tenantId, roomId, guest, startsAt, endsAt, version } = booking
  const payload: BookingPayload = { bookingId, tenantId, roomId, guest, startsAt, endsAt, version }
  await outbox.enqueue([{ topic, payload }])
}
