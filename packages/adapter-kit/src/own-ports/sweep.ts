import { modelOf } from '../entities/model.ts'
import type { Operations } from '../operations.ts'
import { IdempotencyRecord, KeyValueEntry } from './own-entities.ts'

/**
 * Removes what nobody can read any more: expired key-value entries, and idempotency records past their keepUntil; up to
 * `limit` of each. Housekeeping only: reads judge expiry by themselves.
 */
export async function sweep(
  operations: Operations,
  limit: number,
  ports: { readonly keyValue: boolean; readonly idempotency: boolean } = { keyValue: true, idempotency: true },
): Promise<number> {
  const remove = (entity: Parameters<typeof modelOf>[0], field: string): Promise<number> =>
    operations.deleteMany({
      entity: modelOf(entity).stored,
      scope: null,
      where: { op: 'lte', field, value: { clock: 0 } },
      limit,
    })
  const sweepEntries = () => operations.keyValue?.sweep(limit) ?? remove(KeyValueEntry, 'expiresAt')
  const entries = ports.keyValue ? await sweepEntries() : 0
  const records = ports.idempotency ? await remove(IdempotencyRecord, 'keepUntil') : 0
  return entries + records
}
