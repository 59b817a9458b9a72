import type { RowOf } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { Conflict, type ConflictTypes } from '../entities/planning.ts'
import type { ConflictRecord } from '../model.ts'
import { asHost } from '../repositories.ts'
import type { ConflictStorage } from '../storages.ts'

const asConflict = (row: RowOf<ConflictTypes>): ConflictRecord => asHost(Conflict, row, 'updatedAt')

export function conflictStorage({ repositories: { conflicts } }: Binding): ConflictStorage {
  const record: ConflictStorage['record'] = async (data) => asConflict(await conflicts.insert(data))
  return {
    record,
    create: record,
    async findByBooking(bookingId) {
      const where = { or: [{ bookingAId: bookingId }, { bookingBId: bookingId }] }
      return (await conflicts.find({ where, orderBy: { createdAt: 'asc' } })).map(asConflict)
    },
  }
}
