import type { RowOf } from '@portolan/ports'
import type { Binding } from '../context.ts'
import { Rule, type RuleTypes } from '../entities/planning.ts'
import { missing } from '../in-the-way.ts'
import type { RecurrenceRule } from '../model.ts'
import { without } from '../patches.ts'
import { asHost } from '../repositories.ts'
import type { RecurrenceStorage } from '../storages.ts'
import { asBooking } from './booking.ts'

function asRule(row: RowOf<RuleTypes>): RecurrenceRule {
  const rule = asHost<RecurrenceRule, RuleTypes>(Rule, row)
  return { ...rule, exceptionDates: row.exceptionDates.map((moment) => new Date(moment)) }
}

const asText = (dates: readonly Date[]) => dates.map((date) => date.toISOString())

export function recurrenceStorage({ repositories: { rules, bookings }, transaction }: Binding): RecurrenceStorage {
  return {
    createRule: async (data) => asRule(await rules.insert({ ...data, exceptionDates: asText(data.exceptionDates) })),

    async getRuleById(id) {
      const row = await rules.get(id)
      return row && asRule(row)
    },

    async updateRule(id, given) {
      const { exceptionDates, ...patch } = without(given, 'id', 'createdAt', 'updatedAt')
      const row = await rules.update(id, {
        ...patch,
        ...(exceptionDates && { exceptionDates: asText(exceptionDates) }),
      })
      return asRule(row ?? missing(Rule.name, id))
    },

    async deleteRule(id) {
      await rules.delete(id)
    },

    async getInstancesByRule(ruleId) {
      const rows = await bookings.find({ where: { recurrenceRuleId: ruleId }, orderBy: { startsAt: 'asc' } })
      return rows.map(asBooking)
    },

    deleteInstancesByRule: (ruleId, { after, modTypeFilter } = {}) =>
      transaction(async ({ repositories: { bookings, exams } }) => {
        const where = {
          recurrenceRuleId: ruleId,
          ...(after && { startsAt: { gte: after } }),
          ...(modTypeFilter && { recurrenceModType: { in: modTypeFilter } }),
        }
        const ids = (await bookings.find({ where, select: ['id'] })).map(({ id }) => id)
        await exams.deleteMany({ where: { bookingId: { in: ids } } })
        return await bookings.deleteMany({ where: { id: { in: ids } } })
      }),
  }
}
