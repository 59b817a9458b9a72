import type { Ports, UnitOfWork } from '@portolan/ports'
import { createBooking, listBookings, type Slot } from './bookings.ts'
import type { Day } from './day.ts'
import { Refusal } from './refusal.ts'
import { getRoom } from './rooms.ts'

export const openingHour = 8
export const closingHour = 20

export interface Racer {
  readonly caller: number
  readonly won: boolean
  /** The caller's own booking, or the one in the way. */
  readonly bookingId: string
  readonly message: string
}

/** The first full hour of the day, 8:00 to 20:00 UTC, that no booking of the room or of one sharing its space touches. */
export async function firstFreeHour(ports: Ports, tenantId: string, roomId: string, day: Day): Promise<Slot> {
  const room = await getRoom(ports, tenantId, roomId)
  const taken = await listBookings(ports, tenantId, { roomId: [room.id, ...room.sharesSpaceWith], day, limit: 1000 })
  for (let hour = openingHour; hour < closingHour; hour += 1) {
    const startsAt = atHour(day, hour)
    const endsAt = atHour(day, hour + 1)
    if (!taken.items.some((booking) => booking.startsAt < endsAt && booking.endsAt > startsAt)) {
      return { roomId: room.id, startsAt, endsAt }
    }
  }
  throw new Refusal(
    'day-full',
    `${room.name} has no free hour left on ${day.name}: choose another day or cancel a booking.`,
  )
}

function atHour(day: Day, hour: number): string {
  return new Date(Date.parse(day.startsAt) + hour * 3_600_000).toISOString()
}

/**
 * All callers want the slot at the same moment, in an order left to chance, each by the ordinary use case. `tell` is called as
 * each of them is answered.
 */
export function race(
  unit: UnitOfWork,
  tenantId: string,
  slot: Slot,
  callers: number,
  tell: (racer: Racer) => void = () => {},
): Promise<Racer[]> {
  const arrivals = Array.from({ length: callers }, (_, index) => ({ caller: index + 1, chance: Math.random() }))
  arrivals.sort((one, other) => one.chance - other.chance)
  return Promise.all(
    arrivals.map(async ({ caller }) => {
      const racer = await attempt(unit, tenantId, slot, caller)
      tell(racer)
      return racer
    }),
  )
}

async function attempt(unit: UnitOfWork, tenantId: string, slot: Slot, caller: number): Promise<Racer> {
  try {
    const { id } = await createBooking(unit, tenantId, { ...slot, guest: `Caller ${caller}` })
    return { caller, won: true, bookingId: id, message: `has the slot: booking ${id}` }
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'overlap') throw error
    const bookingId = String(error.members.bookingInTheWay)
    return { caller, won: false, bookingId, message: `slot taken by booking ${bookingId}` }
  }
}
