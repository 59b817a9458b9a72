import type { Ports } from '@portolan/ports'
import { Room } from './entities.ts'
import { Refusal } from './refusal.ts'

export interface NewRoom {
  readonly code: string
  readonly name: string
  readonly seats: number
}

/** A room of the same code is `duplicate`. */
export function addRoom(ports: Ports, tenantId: string, room: NewRoom): Promise<Room> {
  return ports.repository(Room, { tenantId }).insert(room)
}

/** Harmless at every start, and when several processes start at once: a room that exists stays as it is. */
export async function seedRooms(ports: Ports, tenantId: string, rooms: readonly NewRoom[]): Promise<number> {
  let added = 0
  for (const room of rooms) {
    const { inserted } = await ports.repository(Room, { tenantId }).insertOrGet('byCode', room)
    if (inserted) added += 1
  }
  return added
}

export function listRooms(ports: Ports, tenantId: string): Promise<Room[]> {
  return ports.repository(Room, { tenantId }).find({ orderBy: { name: 'asc' }, limit: 1000 })
}

export async function getRoom(ports: Ports, tenantId: string, roomId: string): Promise<Room> {
  const room = await ports.repository(Room, { tenantId }).get(roomId)
  if (!room) throw new Refusal('room-not-found', 'There is no room with this id.')
  return room
}
