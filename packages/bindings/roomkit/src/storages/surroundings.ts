import type { RowOf } from '@portolan/ports'
import type { Inside } from '../context.ts'
import type { BookingTypes } from '../entities/bookings.ts'
import type { RoomTypes } from '../entities/rooms.ts'
import { blockingStatuses } from '../model.ts'
import type { ConflictChecks } from '../storages.ts'
import { meeting, shifted } from '../time-range.ts'

export type BookingRow = RowOf<BookingTypes>
export type RoomRow = RowOf<RoomTypes>

export const blocking = { in: [...blockingStatuses] } as { readonly in: readonly BookingRow['status'][] }

export function isBlocking(status: BookingRow['status']): boolean {
  return (blockingStatuses as readonly string[]).includes(status)
}

/**
 * Writes the room's row, unchanged but for its version: until this transaction ends nobody else books the room, changes its
 * buffers or gives it a partition, and what it says of those is the latest.
 */
export async function holdRoom({ repositories, refuse }: Inside, roomId: string): Promise<RoomRow> {
  return (await repositories.rooms.update(roomId, {})) ?? refuse('ROOM_NOT_FOUND', { roomId })
}

/**
 * What the rule on the bookings of one room does not see: bookings of related rooms, and minutes that have to stay free. Called
 * after the booking was written, so that its own refusals come first; what is thrown here takes it back. Two related rooms
 * have one guard for the two of them: whoever comes second sees what the first has written.
 */
export async function checkSurroundings(
  inside: Inside,
  room: RoomRow,
  booking: BookingRow,
  { checkPartitions, checkBuffers }: ConflictChecks,
): Promise<void> {
  if (!isBlocking(booking.status)) return
  const { rooms, bookings } = inside.repositories
  const { id, roomId, startsAt, endsAt } = booking
  const relatedIds = checkPartitions ? room.relatedRoomIds : []
  if (relatedIds.length > 0) await inside.guard(...relatedIds.map((related) => pairOf(roomId, related)))
  const related =
    checkBuffers && relatedIds.length > 0
      ? await rooms.getMany(relatedIds)
      : relatedIds.map((related) => ({ id: related, setupBufferMinutes: 0, teardownBufferMinutes: 0 }))
  const own = checkBuffers ? room : { ...room, setupBufferMinutes: 0, teardownBufferMinutes: 0 }
  const places = [own, ...related].flatMap((other) => {
    const before = Math.max(0, own.setupBufferMinutes, other.teardownBufferMinutes)
    const after = Math.max(0, own.teardownBufferMinutes, other.setupBufferMinutes)
    // The rule has seen to the room itself, as far as no minutes have to stay free around it.
    if (other === own && before === 0 && after === 0) return []
    return [{ roomId: other.id, ...meeting(shifted(startsAt, -before), shifted(endsAt, after)) }]
  })
  if (places.length === 0) return
  const [inTheWay] = await bookings.find({
    where: { id: { ne: id }, status: blocking, or: places },
    orderBy: { startsAt: 'asc' },
    limit: 1,
    select: ['id', 'roomId'],
  })
  if (!inTheWay) return
  const conflictingBookingId = inTheWay.id
  if (inTheWay.roomId === roomId) inside.refuse('BOOKING_CONFLICT', { roomId, startsAt, endsAt, conflictingBookingId })
  inside.refuse('PARTITION_CONFLICT', { roomId, partitionRoomId: inTheWay.roomId, conflictingBookingId })
}

/** The same words from either side. */
function pairOf(roomId: string, related: string): string[] {
  return ['related rooms', ...[roomId, related].sort()]
}
