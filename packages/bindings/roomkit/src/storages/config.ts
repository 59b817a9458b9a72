import { isStorageError, type RowOf } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { Config, type ConfigTypes } from '../entities/locations.ts'
import type { ConfigEntry } from '../model.ts'
import { asHost } from '../repositories.ts'
import type { ConfigStorage } from '../storages.ts'
import { ancestorsOf, existingLocation } from './location-tree.ts'

const asEntry = (row: RowOf<ConfigTypes>): ConfigEntry => asHost(Config, row, 'place')

/** A key's part for the location, which is never null: two texts of one form, so that no location is taken for the global one. */
export function placeOf(locationNodeId: string | null): string {
  return locationNodeId === null ? 'global' : `location ${locationNodeId}`
}

export function configStorage(binding: Binding): ConfigStorage {
  const { repositories, refuse } = binding
  const { config, locations } = repositories
  return {
    async set(locationNodeId, key, value, { inheritFromParent } = {}) {
      if (key === '') refuse('CONFIG_KEY_INVALID', { key })
      if (locationNodeId !== null) await existingLocation(binding, locationNodeId)
      const patch = { value, inheritFromParent }
      try {
        const { row } = await config.upsert(
          'key',
          { place: placeOf(locationNodeId), key, locationNodeId, ...patch },
          patch,
        )
        return asEntry(row)
      } catch (error) {
        if (isStorageError(error, 'invalid-value') && error.data.field === 'key') refuse('CONFIG_KEY_INVALID', { key })
        throw error
      }
    },

    async get(locationNodeId, key) {
      const row = await config.getBy('key', { place: placeOf(locationNodeId), key })
      return row && asEntry(row)
    },

    async resolve(locationNodeId, key) {
      const node = locationNodeId === null ? null : await locations.get(locationNodeId)
      const above = node ? (await ancestorsOf(binding, node)).map(({ id }) => placeOf(id)) : []
      const own = placeOf(locationNodeId)
      const places = [own, ...above, placeOf(null)]
      const rows = await config.find({ where: { key, place: { in: places } } })
      const nearest = places.flatMap((place) => rows.find((row) => row.place === place) ?? [])
      const entry = nearest.find(({ place, inheritFromParent }) => place === own || inheritFromParent)
      return entry ? asEntry(entry) : null
    },

    async getAll(locationNodeId) {
      const where = locationNodeId === undefined ? {} : { place: placeOf(locationNodeId) }
      return (await config.find({ where, orderBy: [{ place: 'asc' }, { key: 'asc' }] })).map(asEntry)
    },

    async delete(locationNodeId, key) {
      await config.deleteMany({ where: { place: placeOf(locationNodeId), key } })
    },
  }
}
