import type { Binding } from '../context.ts'
import { Accessibility, Equipment, Room } from '../entities/rooms.ts'
import { standing } from '../in-the-way.ts'
import type { CapacityType, Room as HostRoom } from '../model.ts'
import { without } from '../patches.ts'
import { asHost } from '../repositories.ts'
import type { RoomStorage } from '../storages.ts'
import { within } from './location.ts'
import { existingLocation, holdTree } from './location-tree.ts'
import { operatingHours } from './operating-hours.ts'
import { inOrder, partitions, relate } from './partitions.ts'
import type { RoomRow } from './surroundings.ts'

export function asRoom(row: RoomRow): HostRoom {
  const { madeAt, changedAt, ...room } = asHost<HostRoom & { madeAt: Date; changedAt: Date }, never>(
    Room as never,
    row as never,
    ...(['version', 'relatedRoomIds'] as never[]),
  )
  return { ...room, createdAt: madeAt, updatedAt: changedAt }
}

const capacities = { seated: 'seatedCapacity', exam: 'examCapacity', standing: 'standingCapacity' } as const satisfies {
  readonly [T in CapacityType]: keyof RoomRow
}

export function roomStorage(binding: Binding): RoomStorage {
  const { repositories, refuse, transaction, now } = binding
  const { rooms, equipment, accessibility, locations } = repositories
  const existing = async (roomId: string) => (await rooms.get(roomId)) ?? refuse('ROOM_NOT_FOUND', { roomId })

  /** Rooms that have all of the tags; null where none is asked for. */
  const equippedWith = async (tags: readonly string[], find: (tags: string[]) => Promise<{ roomId: string }[]>) => {
    const wanted = [...new Set(tags)]
    if (wanted.length === 0) return null
    const counts = new Map<string, number>()
    for (const { roomId } of await find(wanted)) counts.set(roomId, (counts.get(roomId) ?? 0) + 1)
    return [...counts].filter(([, count]) => count === wanted.length).map(([roomId]) => roomId)
  }

  return {
    ...partitions(binding),
    ...operatingHours(binding),

    create: (data) =>
      transaction(async (inside) => {
        await holdTree(inside)
        await existingLocation(inside, data.locationNodeId)
        const moment = now()
        return asRoom(await inside.repositories.rooms.insert({ ...data, madeAt: moment, changedAt: moment }))
      }),

    async findById(id) {
      const row = await rooms.get(id)
      return row && asRoom(row)
    },

    async findByCompoundFilter(filter) {
      const { minCapacity, capacityType = 'seated', locationScope, isActive } = filter
      const sets = [
        await equippedWith(filter.equipment ?? [], (tags) => equipment.find({ where: { tag: { in: tags } } })),
        await equippedWith(filter.accessibility ?? [], (attributes) =>
          accessibility.find({ where: { attribute: { in: attributes } } }),
        ),
      ].filter((ids) => ids !== null)
      const inScope =
        locationScope === undefined ? null : await locations.find({ where: within(locationScope), select: ['id'] })
      const rows = await rooms.find({
        where: {
          ...(minCapacity !== undefined && { [capacities[capacityType]]: { gte: minCapacity } }),
          ...(inScope && { locationNodeId: { in: inScope.map(({ id }) => id) } }),
          ...(isActive !== undefined && { isActive }),
          and: sets.map((ids) => ({ id: { in: ids } })),
        },
        orderBy: { madeAt: 'asc' },
      })
      return rows.map(asRoom)
    },

    async getWithEquipment(id) {
      const row = await rooms.get(id)
      if (!row) return null
      const tags = await equipment.find({ where: { roomId: id }, orderBy: { tag: 'asc' } })
      const attributes = await accessibility.find({ where: { roomId: id }, orderBy: { attribute: 'asc' } })
      return {
        ...asRoom(row),
        equipment: tags.map((tag) => asHost(Equipment, tag)),
        accessibility: attributes.map((attribute) => asHost(Accessibility, attribute)),
      }
    },

    update: (id, given) =>
      transaction(async (inside) => {
        const patch = without(given, 'id', 'createdAt', 'updatedAt')
        if (patch.locationNodeId !== undefined) {
          await holdTree(inside)
          await existingLocation(inside, patch.locationNodeId)
        }
        const row = await inside.repositories.rooms.update(id, { ...patch, changedAt: now() })
        return asRoom(row ?? refuse('ROOM_NOT_FOUND', { roomId: id }))
      }),

    delete: (id) =>
      transaction(async (inside) => {
        const { rooms, bookings, partitions, equipment, accessibility } = inside.repositories
        const room = await rooms.get(id)
        if (!room) return
        for (const held of inOrder([id, ...room.relatedRoomIds])) await rooms.update(held, {})
        const standingOn = await bookings.find({ where: { roomId: id }, limit: 10, select: ['id'] })
        if (standingOn.length > 0)
          standing(
            Room.name,
            id,
            'bookings',
            standingOn.map((booking) => booking.id),
          )
        await equipment.deleteMany({ where: { roomId: id } })
        await accessibility.deleteMany({ where: { roomId: id } })
        await partitions.deleteMany({ where: { or: [{ parentRoomId: id }, { childRoomId: id }] } })
        await rooms.delete(id)
        await relate(inside, room.relatedRoomIds)
      }),

    async addEquipment(roomId, tag) {
      await existing(roomId)
      return asHost(Equipment, (await equipment.insertOrGet('tag', { roomId, tag })).row)
    },
    async removeEquipment(roomId, tag) {
      await equipment.deleteMany({ where: { roomId, tag } })
    },
    async addAccessibility(roomId, attribute) {
      await existing(roomId)
      return asHost(Accessibility, (await accessibility.insertOrGet('attribute', { roomId, attribute })).row)
    },
    async removeAccessibility(roomId, attribute) {
      await accessibility.deleteMany({ where: { roomId, attribute } })
    },
  }
}
