import type { UnitOfWork } from '@portolan/ports'
import { createRoomKitStorage, type RoomKitErrorMakers, type RoomKitStorage } from '@portolan/roomkit'
import { Refusal } from './refusal.ts'

/** RoomKit's refusals are the domain's own: whoever calls a use case needs to know no other. */
const errors: Partial<RoomKitErrorMakers> = {
  ROOM_NOT_FOUND: () => new Refusal('room-not-found', 'There is no room with this id.'),
  BOOKING_NOT_FOUND: () => new Refusal('booking-not-found', 'There is no booking with this id.'),
  BOOKING_CONFLICT: ({ conflictingBookingId: bookingInTheWay }) =>
    new Refusal('overlap', `The slot is taken by booking ${bookingInTheWay}.`, { bookingInTheWay }),
  PARTITION_CONFLICT: ({ partitionRoomId: roomInTheWay, conflictingBookingId: bookingInTheWay }) =>
    new Refusal('overlap', `The space is taken by booking ${bookingInTheWay} of a room that shares it.`, {
      bookingInTheWay,
      roomInTheWay,
    }),
  STALE_VERSION: ({ expectedVersion: expected, actualVersion: actual }) =>
    new Refusal('stale-version', `The booking has version ${actual}, not ${expected}: read it again.`, {
      expected,
      actual,
    }),
  INVALID_STATE_TRANSITION: () => new Refusal('condition-failed', 'It is cancelled already.'),
  INVALID_TIME_RANGE: () => new Refusal('invalid-value', 'The end must come after the start.', { property: 'endsAt' }),
}

export function roomKitOf(unit: UnitOfWork, tenantId: string): RoomKitStorage {
  return createRoomKitStorage(unit, { tenantId, errors })
}
