import type { RowOf } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { Priority, type PriorityTypes } from '../entities/planning.ts'
import type { PriorityTier } from '../model.ts'
import { asHost } from '../repositories.ts'
import type { PriorityStorage } from '../storages.ts'

const asTier = (row: RowOf<PriorityTypes>): PriorityTier => asHost(Priority, row, 'nameKey', 'updatedAt')

const keyOf = (name: string) => name.toUpperCase()

export function priorityStorage({ repositories: { priorities } }: Binding): PriorityStorage {
  return {
    getAll: async () => (await priorities.find({ orderBy: [{ weight: 'desc' }, { nameKey: 'asc' }] })).map(asTier),

    async findByName(name) {
      const row = await priorities.getBy('name', { nameKey: keyOf(name) })
      return row && asTier(row)
    },

    async upsert({ name, weight }) {
      const { row } = await priorities.upsert('name', { name, weight, nameKey: keyOf(name) }, { name, weight })
      return asTier(row)
    },
  }
}
