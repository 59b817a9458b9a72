import type { RowOf } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { Blackout, type BlackoutTypes } from '../entities/locations.ts'
import type { BlackoutWindow } from '../model.ts'
import { asHost } from '../repositories.ts'
import type { BlackoutStorage } from '../storages.ts'
import { checkedRange, meeting } from '../time-range.ts'
import { ancestorsOf, descendantsOf, existingLocation, holdTree } from './location-tree.ts'
import { asRoom } from './room.ts'

const asBlackout = (row: RowOf<BlackoutTypes>): BlackoutWindow => asHost(Blackout, row, 'updatedAt')

export function blackoutStorage(binding: Binding): BlackoutStorage {
  const { repositories, refuse, transaction } = binding
  const { blackouts, locations, rooms } = repositories
  return {
    create: (data) =>
      transaction(async (inside) => {
        const range = checkedRange(data.startsAt, data.endsAt, refuse)
        await holdTree(inside)
        await existingLocation(inside, data.locationNodeId)
        return asBlackout(await inside.repositories.blackouts.insert({ ...data, ...range }))
      }),

    async findActiveForScope(locationNodeId, { startsAt, endsAt }) {
      const node = await locations.get(locationNodeId)
      const above = node ? await ancestorsOf(binding, node) : []
      const places = [locationNodeId, ...above.map(({ id }) => id)]
      const where = { locationNodeId: { in: places }, ...meeting(startsAt, endsAt) }
      return (await blackouts.find({ where, orderBy: { startsAt: 'asc' } })).map(asBlackout)
    },

    async findById(id) {
      const row = await blackouts.get(id)
      return row && asBlackout(row)
    },

    async delete(id) {
      await blackouts.delete(id)
    },

    async getDescendantRooms(locationNodeId) {
      const below = await descendantsOf(binding, [locationNodeId])
      const places = [locationNodeId, ...below.map(({ id }) => id)]
      return (await rooms.find({ where: { locationNodeId: { in: places } }, orderBy: { madeAt: 'asc' } })).map(asRoom)
    },
  }
}
