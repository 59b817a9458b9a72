import type { RowOf } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { BulkOperation, type BulkTypes } from '../entities/planning.ts'
import { missing } from '../in-the-way.ts'
import type { BulkOperation as HostBulkOperation } from '../model.ts'
import { asHost } from '../repositories.ts'
import type { BulkOperationStorage } from '../storages.ts'

const asOperation = (row: RowOf<BulkTypes>): HostBulkOperation => asHost(BulkOperation, row, 'version', 'updatedAt')

const order = { pending: 0, processing: 1, completed: 2, failed: 2 } as const

export function bulkOperationStorage(binding: Binding): BulkOperationStorage {
  const { bulkOperations } = binding.repositories
  return {
    create: async (data) => asOperation(await bulkOperations.insert(data)),

    /** Read and written in one transaction: a racer's numbers are never overwritten, only exceeded. */
    updateProgress: (id, { processedItems, conflictsDetected, status }) =>
      binding.transaction(async ({ repositories: { bulkOperations }, now }) => {
        const before = (await bulkOperations.get(id)) ?? missing(BulkOperation.name, id)
        const next = status !== undefined && order[status] > order[before.status] ? status : before.status
        const ends = order[next] === 2 && before.completedAt === null
        const row = await bulkOperations.update(id, {
          processedItems: Math.max(before.processedItems, processedItems),
          conflictsDetected: Math.max(before.conflictsDetected, conflictsDetected),
          status: next,
          ...(ends && { completedAt: now() }),
        })
        return asOperation(row ?? missing(BulkOperation.name, id))
      }),

    async getResult(id) {
      const row = await bulkOperations.get(id)
      return row && asOperation(row)
    },
  }
}
