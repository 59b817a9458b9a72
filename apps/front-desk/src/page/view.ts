import type { Desk } from '../desk.ts'
import { type Booking, listBookings } from '../domain/bookings.ts'
import { type Day, dayOf, parseDay } from '../domain/day.ts'
import { demoTenant } from '../domain/demo.ts'
import { listRooms, type Room } from '../domain/rooms.ts'
import { problemOf } from '../http/problem.ts'
import type { Delivery } from '../relay/delivery-log.ts'

/** What the page shows: one room on one day, on each storage. */
export interface PageView {
  readonly tenantId: string
  readonly day: Day
  readonly roomCode: string
  readonly rooms: readonly Pick<Room, 'code' | 'name' | 'seats'>[]
  readonly columns: readonly Column[]
}

export interface Column {
  readonly name: string
  readonly title: string
  readonly subtitle: string
  /** null where this storage has no such room. */
  readonly roomId: string | null
  /** Of the room, and of those that share its space. */
  readonly bookings: readonly ShownBooking[]
  readonly deliveries: readonly Delivery[]
  /** A sentence in place of the bookings when the storage does not answer. */
  readonly problem: string | null
}

/** `room` is the name of another room, whose booking keeps the space of this one as well. */
export interface ShownBooking extends Booking {
  readonly room: string | null
}

interface Wish {
  readonly room: string | undefined
  readonly day: string | undefined
}

/** A room or day that does not exist becomes the first room and today: the page always shows something. */
export async function viewOf(desks: readonly Desk[], wish: Wish): Promise<PageView> {
  const today = dayOf(desks[0]?.storage.now() ?? new Date().toISOString())
  const day = parseDay(wish.day ?? '') ?? today
  const perDesk = await Promise.all(desks.map((desk) => roomsOf(desk)))
  const rooms = perDesk.find(({ rooms }) => rooms.length > 0)?.rooms ?? []
  const roomCode = rooms.find(({ code }) => code === wish.room)?.code ?? rooms[0]?.code ?? ''
  const columns = await Promise.all(perDesk.map((found) => columnOf(found, roomCode, day)))
  return { tenantId: demoTenant, day, roomCode, rooms, columns }
}

interface DeskRooms {
  readonly desk: Desk
  readonly rooms: readonly Room[]
  readonly problem: string | null
}

async function roomsOf(desk: Desk): Promise<DeskRooms> {
  try {
    return { desk, rooms: await listRooms(desk.storage, demoTenant), problem: null }
  } catch (error) {
    return { desk, rooms: [], problem: sentenceOf(error) }
  }
}

async function columnOf({ desk, rooms, problem }: DeskRooms, roomCode: string, day: Day): Promise<Column> {
  const { name, title, subtitle, storage, deliveries } = desk
  const room = rooms.find(({ code }) => code === roomCode)
  const roomId = room?.id ?? null
  const column = { name, title, subtitle, roomId, deliveries: deliveries.recent(demoTenant), bookings: [], problem }
  if (!room) return { ...column, problem: problem ?? 'This storage has no such room.' }
  try {
    const places = [room.id, ...room.sharesSpaceWith]
    const { items } = await listBookings(storage, demoTenant, { roomId: places, day, limit: 200 })
    const nameOf = (id: string) => rooms.find((other) => other.id === id)?.name ?? null
    return {
      ...column,
      bookings: items.map((one) => ({ ...one, room: one.roomId === roomId ? null : nameOf(one.roomId) })),
    }
  } catch (error) {
    return { ...column, problem: sentenceOf(error) }
  }
}

function sentenceOf(error: unknown): string {
  const { title, detail } = problemOf(error)
  return `${title}. ${detail}`
}
