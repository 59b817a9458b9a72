import { isStorageError, type Ports, type UnitOfWork } from '@portolan/ports'
import { type RoomKitStorage, roomKitRepositories } from '@portolan/roomkit'
import { RoomSign } from './entities.ts'
import { Refusal } from './refusal.ts'
import { roomKitOf } from './room-kit.ts'

export interface NewRoom {
  readonly code: string
  readonly name: string
  readonly seats: number
}

export interface DemoRoom extends NewRoom {
  /** The code of the room that this one is a part of. */
  readonly partOf?: string
}

export interface Room extends NewRoom {
  readonly id: string
  readonly tenantId: string
  /** Rooms whose space is a part of this one's, or the other way round. */
  readonly sharesSpaceWith: readonly string[]
}

/** RoomKit's room and its sign, or neither. A room of the same code is `duplicate`. */
export async function addRoom(unit: UnitOfWork, tenantId: string, { code, name, seats }: NewRoom): Promise<Room> {
  const locationNodeId = await houseOf(roomKitOf(unit, tenantId))
  return await unit.transaction(async (tx) => {
    const { id } = await roomKitOf(tx, tenantId).room.create({
      locationNodeId,
      seatedCapacity: seats,
      examCapacity: 0,
      standingCapacity: 0,
      setupBufferMinutes: 0,
      teardownBufferMinutes: 0,
    })
    await tx.repository(RoomSign, { tenantId }).insert({ id, code, name })
    return { id, tenantId, code, name, seats, sharesSpaceWith: [] }
  })
}

const house = 'house'

/** The location of all rooms of a tenant, made by whoever needs it first. */
async function houseOf({ location }: RoomKitStorage): Promise<string> {
  const found = await location.getByPath(house)
  if (found) return found.id
  try {
    return (await location.createNode({ type: 'building', displayName: 'House', path: house })).id
  } catch (error) {
    const made = await location.getByPath(house)
    if (!made) throw error
    return made.id
  }
}

/** Harmless at every start, and when several processes start at once: a room that exists stays as it is. */
export async function seedRooms(unit: UnitOfWork, tenantId: string, rooms: readonly DemoRoom[]): Promise<number> {
  const signs = unit.repository(RoomSign, { tenantId })
  const idOf = async (code: string) => (await signs.getBy('byCode', { code }))?.id
  let added = 0
  for (const room of rooms) {
    if (await idOf(room.code)) continue
    try {
      await addRoom(unit, tenantId, room)
      added += 1
    } catch (error) {
      if (!isStorageError(error, 'duplicate')) throw error
    }
  }
  for (const { code, partOf } of rooms) {
    if (partOf === undefined) continue
    const [parentRoomId, childRoomId] = [await idOf(partOf), await idOf(code)]
    if (parentRoomId && childRoomId) await roomKitOf(unit, tenantId).room.createPartition({ parentRoomId, childRoomId })
  }
  return added
}

export async function listRooms(ports: Ports, tenantId: string): Promise<Room[]> {
  const signs = await ports.repository(RoomSign, { tenantId }).find({ orderBy: { name: 'asc' }, limit: 1000 })
  return await withRooms(ports, tenantId, signs)
}

export async function getRoom(ports: Ports, tenantId: string, roomId: string): Promise<Room> {
  const sign = await ports.repository(RoomSign, { tenantId }).get(roomId)
  const [room] = await withRooms(ports, tenantId, sign ? [sign] : [])
  if (!room) throw new Refusal('room-not-found', 'There is no room with this id.')
  return room
}

interface Sign {
  readonly id: string
  readonly code: string
  readonly name: string
}

async function withRooms(ports: Ports, tenantId: string, signs: readonly Sign[]): Promise<Room[]> {
  const { rooms } = roomKitRepositories(ports, { tenantId })
  const found = await rooms.getMany(signs.map(({ id }) => id))
  const byId = new Map(found.map((room) => [room.id, room]))
  return signs.flatMap(({ id, code, name }) => {
    const room = byId.get(id)
    return room ? [{ id, tenantId, code, name, seats: room.seatedCapacity, sharesSpaceWith: room.relatedRoomIds }] : []
  })
}
