import { randomUUID } from 'node:crypto'
import type { Desk } from '../desk.ts'
import { listBookings, type Slot } from '../domain/bookings.ts'
import { dayOf } from '../domain/day.ts'
import { race } from '../domain/race.ts'
import { addRoom } from '../domain/rooms.ts'

export const callers = 16

export type Side = 'ports' | 'usual'

/** What one caller was told. */
export interface Answer {
  readonly side: Side
  readonly caller: number
  readonly booked: boolean
  readonly message: string
}

/** What stands in the storage when all have been answered, whatever they were told. */
export interface Outcome {
  readonly side: Side
  readonly standing: number
  readonly milliseconds: number
}

/**
 * One room, one hour, 16 callers at once: through the ports, and when they are done in the usual way, each side in tables of its
 * own. Every race has a room of its own, so nothing older is in the way. `tell` is called as each answer comes.
 */
export async function compare(desk: Desk, tenantId: string, tell: (line: Answer | Outcome) => void): Promise<void> {
  const { storage, checkThenInsert } = desk
  const room = await addRoom(storage, tenantId, { code: randomUUID(), name: 'Race', seats: callers })
  const day = dayOf(storage.now())
  const slot = { roomId: room.id, startsAt: hourOf(day.name, 9), endsAt: hourOf(day.name, 10) }

  let began = performance.now()
  await race(storage, tenantId, slot, callers, ({ caller, won, message }) =>
    tell({ side: 'ports', caller, booked: won, message }),
  )
  let milliseconds = Math.round(performance.now() - began)
  const { items } = await listBookings(storage, tenantId, { roomId: room.id, limit: 100 })
  tell({ side: 'ports', standing: items.length, milliseconds })

  began = performance.now()
  await Promise.all(Array.from({ length: callers }, (_, index) => callTheUsualWay(desk, slot, index + 1, tell)))
  milliseconds = Math.round(performance.now() - began)
  tell({ side: 'usual', standing: await checkThenInsert.count(slot), milliseconds })
}

async function callTheUsualWay(
  { checkThenInsert }: Desk,
  slot: Slot,
  caller: number,
  tell: (line: Answer) => void,
): Promise<void> {
  const { booked, bookingId } = await checkThenInsert.book(slot, `Caller ${caller}`)
  const message = booked ? `has the slot: booking ${bookingId}` : `slot taken by booking ${bookingId}`
  tell({ side: 'usual', caller, booked, message })
}

function hourOf(day: string, hour: number): string {
  return `${day}T${String(hour).padStart(2, '0')}:00:00.000Z`
}
