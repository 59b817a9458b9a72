import type { Binding } from '../context.ts'
import { listed } from '../pages.ts'
import type { AuditStorage } from '../storages.ts'
import { asTransition } from './transition.ts'

export function auditStorage({ repositories: { transitions } }: Binding): AuditStorage {
  return {
    append: async (data) => asTransition(await transitions.insert(data)),

    async queryByBooking(bookingId) {
      const orderBy = [{ timestamp: 'asc' }, { bookingVersion: 'asc' }] as const
      return (await transitions.find({ where: { bookingId }, orderBy })).map(asTransition)
    },

    queryByTimeRange: ({ startsAt, endsAt }, pagination) => {
      const where = { timestamp: { gte: startsAt, lte: endsAt } }
      return listed(transitions, { where, orderBy: { timestamp: 'asc' } }, pagination, asTransition)
    },
  }
}
