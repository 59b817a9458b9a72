import type { LocationNode, Room, TimeRange } from '../model.ts'
import type { ConflictChecks, NewBooking } from '../storages.ts'
import type { HostStorages } from './target.ts'

export const checked: ConflictChecks = { checkPartitions: true, checkBuffers: true }
export const unchecked: ConflictChecks = { checkPartitions: false, checkBuffers: false }

/** A minute of one day, counted from its hour `hour`. */
export function at(hour: number, minute: number = 0): Date {
  return new Date(Date.UTC(2030, 2, 4, hour, minute))
}

let made = 0
/** A name that nothing in the place has yet. */
export function fresh(what: string): string {
  return `${what}-${++made}`
}

export function location(
  storages: HostStorages,
  path: string,
  more: Partial<LocationNode> = {},
): Promise<LocationNode> {
  return storages.location.createNode({
    parentId: null,
    type: 'building',
    displayName: path,
    path,
    aliases: [],
    isActive: true,
    metadata: null,
    ...more,
  })
}

export function room(storages: HostStorages, locationNodeId: string, more: Partial<Room> = {}): Promise<Room> {
  return storages.room.create({
    locationNodeId,
    seatedCapacity: 40,
    examCapacity: 20,
    standingCapacity: 80,
    setupBufferMinutes: 0,
    teardownBufferMinutes: 0,
    isActive: true,
    metadata: null,
    ...more,
  })
}

/** Rooms of a new building. */
export async function rooms(storages: HostStorages, count: number, more: Partial<Room> = {}): Promise<Room[]> {
  const building = await location(storages, fresh('building'))
  const all: Room[] = []
  for (let index = 0; index < count; index++) all.push(await room(storages, building.id, more))
  return all
}

export async function oneRoom(storages: HostStorages, more: Partial<Room> = {}): Promise<Room> {
  const [only] = await rooms(storages, 1, more)
  return only as Room
}

/** A hall and its two parts. */
export async function hall(
  storages: HostStorages,
  more: Partial<Room> = {},
): Promise<{ readonly hall: Room; readonly left: Room; readonly right: Room }> {
  const [whole, left, right] = (await rooms(storages, 3, more)) as [Room, Room, Room]
  await storages.room.createPartition({ parentRoomId: whole.id, childRoomId: left.id })
  await storages.room.createPartition({ parentRoomId: whole.id, childRoomId: right.id })
  return { hall: whole, left, right }
}

/** What is asked for: nine to ten unless told otherwise. */
export function request(roomId: string, more: Partial<NewBooking> = {}): NewBooking {
  return {
    roomId,
    requesterId: 'person',
    onBehalfOfId: null,
    title: 'A meeting',
    description: null,
    startsAt: at(9),
    endsAt: at(10),
    status: 'requested',
    priority: 25,
    purposeType: 'meeting',
    idempotencyKey: null,
    recurrenceRuleId: null,
    recurrenceModType: null,
    metadata: null,
    ...more,
  }
}

/** The whole day, and more. */
export const wholeDay: TimeRange = { startsAt: at(-24), endsAt: at(48) }
