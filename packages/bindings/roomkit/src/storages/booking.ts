import { isStorageError, type PatchOf, type ValuesOf } from '@portolan/ports'
import type { Binding, Context, Inside } from '../context.ts'
import { Booking, type BookingTypes } from '../entities/bookings.ts'
import type { Booking as HostBooking } from '../model.ts'
import { listed } from '../pages.ts'
import { without } from '../patches.ts'
import { asHost } from '../repositories.ts'
import type { BookingStorage, NewBooking } from '../storages.ts'
import { checkedRange, meeting } from '../time-range.ts'
import { type BookingRow, blocking, checkSurroundings, holdRoom } from './surroundings.ts'
import { transition } from './transition.ts'

export const asBooking = (row: BookingRow): HostBooking => asHost(Booking, row)

export function bookingStorage(binding: Binding): BookingStorage {
  const { repositories, refuse } = binding
  const { bookings } = repositories
  const found = (row: BookingRow | null) => row && asBooking(row)
  const orderBy = { createdAt: 'asc' } as const
  return {
    createWithConflictCheck: (data, checks) =>
      binding.transaction(async (inside) => {
        const slot = { roomId: data.roomId, ...checkedRange(data.startsAt, data.endsAt, refuse) }
        const room = await holdRoom(inside, data.roomId)
        const booking = await inside.repositories.bookings
          .insert({ ...valuesOf(data), ...slot })
          .catch(refusedSlot(inside, slot, data.idempotencyKey))
        await checkSurroundings(inside, room, booking, checks)
        return asBooking(booking)
      }),

    async findOverlapping(roomId, startsAt, endsAt, excludeBookingId) {
      const range = checkedRange(startsAt, endsAt, refuse)
      const where = { roomId, status: blocking, ...meeting(range.startsAt, range.endsAt) }
      const rows = await bookings.find({
        where: excludeBookingId === undefined ? where : { ...where, id: { ne: excludeBookingId } },
        orderBy: { startsAt: 'asc' },
      })
      return rows.map(asBooking)
    },

    async updateWithVersion(id, changes, expectedVersion) {
      const patch = without(changes, 'id', 'version', 'status', 'createdAt', 'updatedAt')
      const { roomId, startsAt, endsAt } = patch
      const moves = roomId !== undefined || startsAt !== undefined || endsAt !== undefined
      const row = moves
        ? await binding.transaction((inside) => move(inside, id, patch, expectedVersion))
        : await write(binding, id, patch, expectedVersion)
      return asBooking(row)
    },

    findByIdempotencyKey: async (key) => found(await bookings.getBy('idempotencyKey', { idempotencyKey: key })),

    transition: (id, toStatus, by, reason) =>
      transition(binding, id, toStatus, typeof by === 'string' ? { triggeredBy: by, reason } : by),

    findByPerson: (personId, { startsAt, endsAt }, pagination) => {
      const person = { or: [{ requesterId: personId }, { onBehalfOfId: personId }] }
      return listed(bookings, { where: { ...person, ...meeting(startsAt, endsAt) }, orderBy }, pagination, asBooking)
    },

    findByRoom: (roomId, { startsAt, endsAt }, pagination) =>
      listed(bookings, { where: { roomId, ...meeting(startsAt, endsAt) }, orderBy }, pagination, asBooking),

    findById: async (id) => found(await bookings.get(id)),
  }
}

/** A host may hand over what it has read elsewhere: what the storage assigns is left out. */
function valuesOf(data: NewBooking): ValuesOf<BookingTypes> {
  return without(data as HostBooking, 'id', 'version', 'createdAt', 'updatedAt')
}

interface Slot {
  readonly roomId: string
  readonly startsAt: string
  readonly endsAt: string
}

/** The key first: of one caller's two attempts the second one meets its own booking in the slot as well. */
function refusedSlot({ refuse }: Context, slot: Slot, idempotencyKey: string | null | undefined) {
  return (error: unknown): never => {
    if (isStorageError(error, 'duplicate') && error.data.unique === 'idempotencyKey')
      refuse('IDEMPOTENCY_CONFLICT', {
        idempotencyKey: idempotencyKey ?? '',
        existingBookingId: error.data.id ?? '',
      })
    if (isStorageError(error, 'overlap')) refuse('BOOKING_CONFLICT', { ...slot, conflictingBookingId: error.data.id })
    throw error
  }
}

/** Reads the booking, whose room the changes may leave out, and then holds the room in which it is going to be. */
async function move(
  inside: Inside,
  id: string,
  patch: PatchOf<BookingTypes>,
  expectedVersion: number,
): Promise<BookingRow> {
  const { repositories, refuse } = inside
  const before = (await repositories.bookings.get(id)) ?? refuse('BOOKING_NOT_FOUND', { bookingId: id })
  if (before.version !== expectedVersion)
    refuse('STALE_VERSION', { bookingId: id, expectedVersion, actualVersion: before.version })
  const { roomId = before.roomId, startsAt = before.startsAt, endsAt = before.endsAt } = patch
  const slot = { roomId, ...checkedRange(startsAt, endsAt, refuse) }
  const stays = roomId === before.roomId && slot.startsAt === before.startsAt && slot.endsAt === before.endsAt
  if (stays) return await write(inside, id, without(patch, 'roomId', 'startsAt', 'endsAt'), expectedVersion)
  const room = await holdRoom(inside, roomId)
  const after = await write(inside, id, { ...patch, ...slot }, expectedVersion, slot)
  await checkSurroundings(inside, room, after, { checkPartitions: true, checkBuffers: true })
  return after
}

async function write(
  context: Context,
  id: string,
  patch: PatchOf<BookingTypes>,
  expectedVersion: number,
  slot: Slot = { roomId: '', startsAt: '', endsAt: '' },
): Promise<BookingRow> {
  const { repositories, refuse } = context
  try {
    const row = await repositories.bookings.update(id, patch, { version: expectedVersion })
    return row ?? refuse('BOOKING_NOT_FOUND', { bookingId: id })
  } catch (error) {
    if (isStorageError(error, 'stale-version'))
      refuse('STALE_VERSION', { bookingId: id, expectedVersion, actualVersion: error.data.actual })
    return refusedSlot(context, slot, patch.idempotencyKey)(error)
  }
}
