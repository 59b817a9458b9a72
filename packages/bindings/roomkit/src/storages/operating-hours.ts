import type { RowOf } from '@portolan/ports'
import { StorageError } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { Hours, type HoursTypes } from '../entities/locations.ts'
import type { OperatingHours } from '../model.ts'
import type { RoomStorage } from '../storages.ts'
import { existingLocation } from './location-tree.ts'

function asHours({ id, locationNodeId, days }: RowOf<HoursTypes>): OperatingHours[] {
  return days.map((day) => ({ id: `${id}-${day.dayOfWeek}`, locationNodeId, ...day }))
}

export function operatingHours(binding: Binding): Pick<RoomStorage, 'getOperatingHours' | 'setOperatingHours'> {
  const { hours } = binding.repositories
  return {
    async getOperatingHours(locationNodeId) {
      const row = await hours.getBy('location', { locationNodeId })
      return row ? asHours(row) : []
    },

    async setOperatingHours(locationNodeId, given) {
      const days = given
        .map(({ dayOfWeek, opensAt, closesAt }) => ({ dayOfWeek, opensAt, closesAt }))
        .sort((one, other) => one.dayOfWeek - other.dayOfWeek)
      if (new Set(days.map(({ dayOfWeek }) => dayOfWeek)).size < days.length) {
        const sentence = `${Hours.name}: a day of the week is named twice; name each once`
        throw new StorageError('invalid-value', sentence, { entity: Hours.name, field: 'dayOfWeek' })
      }
      await existingLocation(binding, locationNodeId)
      const { row } = await hours.upsert('location', { locationNodeId, days }, { days })
      return asHours(row)
    },
  }
}
