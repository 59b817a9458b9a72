import type { LocationNode, Room } from '../../src/index.ts'
import type { HostStorages } from '../../src/suite/index.ts'
import type { Tables } from './storages.ts'
import { removeOne } from './table.ts'

const capacities = { seated: 'seatedCapacity', exam: 'examCapacity', standing: 'standingCapacity' } as const

const times = () => ({ createdAt: new Date(), updatedAt: new Date() })

/** Faults 23 to 31 and 33. */
export function naivePlaces(tables: Tables): Pick<HostStorages, 'location' | 'room'> {
  const { locations, rooms, equipment, accessibility, partitions, hours } = tables
  const byPath = async (path: string) => (await locations.find((row) => row.path === path))[0] ?? null
  return {
    location: {
      createNode: (data) => locations.insert({ ...(data as LocationNode), ...times() }),
      getById: (id) => locations.get(id),
      getByPath: byPath,
      getChildren: (parentId) => locations.find((row) => row.parentId === parentId),
      async getAncestors(nodeId) {
        const node = await locations.get(nodeId)
        const segments = node?.path.split('/') ?? []
        const above = await Promise.all(
          segments.slice(1).map((_, index) => byPath(segments.slice(0, index + 1).join('/'))),
        )
        return above.filter((row) => row !== null)
      },
      queryByScope: ({ type, parentPath, isActive }) =>
        locations.find(
          (row) =>
            (type === undefined || row.type === type) &&
            (parentPath === undefined || row.path.startsWith(parentPath)) &&
            (isActive === undefined || row.isActive === isActive),
        ),
      resolveAlias: async (alias) => (await locations.find((row) => row.aliases.includes(alias))).at(-1) ?? null,
      update: (id, patch) => locations.update(id, { ...patch, updatedAt: new Date() }),
      delete: (id) => removeOne(locations, (row) => row.id === id),
    },
    room: {
      create: (data) => rooms.insert({ ...(data as Room), ...times() }),
      findById: (id) => rooms.get(id),
      async findByCompoundFilter(filter) {
        const { minCapacity = 0, capacityType = 'seated', isActive, locationScope } = filter
        const found: Room[] = []
        for (const room of await rooms.find()) {
          const tags = await equipment.find((row) => row.roomId === room.id)
          const attributes = await accessibility.find((row) => row.roomId === room.id)
          const place = await locations.get(room.locationNodeId)
          const has =
            (filter.equipment ?? []).every((tag) => tags.some((row) => row.tag === tag)) &&
            (filter.accessibility ?? []).every((attribute) => attributes.some((row) => row.attribute === attribute)) &&
            (locationScope === undefined || place?.path.startsWith(locationScope))
          if (
            has &&
            room[capacities[capacityType]] >= minCapacity &&
            (isActive === undefined || room.isActive === isActive)
          )
            found.push(room)
        }
        return found
      },
      getPartitionTree: (roomId) => partitions.find((row) => row.parentRoomId === roomId),
      async getWithEquipment(id) {
        const room = await rooms.get(id)
        if (!room) return null
        return {
          ...room,
          equipment: await equipment.find((row) => row.roomId === id),
          accessibility: await accessibility.find((row) => row.roomId === id),
        }
      },
      update: (id, patch) => rooms.update(id, { ...patch, updatedAt: new Date() }),
      delete: (id) => removeOne(rooms, (row) => row.id === id),
      addEquipment: (roomId, tag) => equipment.insert({ roomId, tag }),
      removeEquipment: (roomId, tag) => removeOne(equipment, (row) => row.roomId === roomId && row.tag === tag),
      addAccessibility: (roomId, attribute) => accessibility.insert({ roomId, attribute }),
      removeAccessibility: async (roomId, attribute) =>
        void (await accessibility.remove((row) => row.roomId === roomId && row.attribute === attribute)),
      createPartition: (data) => partitions.insert(data),
      deletePartition: (id) => removeOne(partitions, (row) => row.id === id),
      getOperatingHours: (locationNodeId) => hours.find((row) => row.locationNodeId === locationNodeId),
      async setOperatingHours(locationNodeId, days) {
        await hours.remove((row) => row.locationNodeId === locationNodeId)
        for (const day of days) await hours.insert({ ...day, locationNodeId })
        return await hours.find((row) => row.locationNodeId === locationNodeId)
      },
    },
  }
}
