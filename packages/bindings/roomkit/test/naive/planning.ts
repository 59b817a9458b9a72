import type {
  BlackoutWindow,
  BookingStateTransition,
  BulkOperation,
  ConfigEntry,
  ConflictRecord,
  ExamSession,
  RecurrenceRule,
} from '../../src/index.ts'
import type { HostStorages } from '../../src/suite/index.ts'
import { pageOf } from './bookings.ts'
import { naivePlaces } from './places.ts'
import type { Tables } from './storages.ts'
import { removeOne } from './table.ts'

const made = () => ({ createdAt: new Date(), updatedAt: new Date() })

const emptyProgress = {
  status: 'pending',
  processedItems: 0,
  conflictsDetected: 0,
  resultSummary: null,
  completedAt: null,
} as const

/** Faults 34 to 40, 42, 44 and 45. */
export function naivePlanning(tables: Tables): Omit<HostStorages, 'location' | 'room' | 'booking'> {
  const { transitions, bookings, rules, blackouts, conflicts, config, priorities, exams, bulkOperations } = tables
  const entry = async (place: string | null, key: string) =>
    (await config.find((row) => row.locationNodeId === place && row.key === key))[0] ?? null
  const tier = async (name: string) => (await priorities.find((row) => row.name === name))[0] ?? null
  return {
    recurrence: {
      createRule: (data) =>
        rules.insert({ ...(data as RecurrenceRule), calendarWeeks: data.calendarWeeks ?? [], ...made() }),
      getRuleById: (id) => rules.get(id),
      updateRule: (id, patch) => rules.update(id, patch),
      async deleteRule(id) {
        for (const { id: instance } of await bookings.find((row) => row.recurrenceRuleId === id))
          await bookings.update(instance, { recurrenceRuleId: null })
        await removeOne(rules, (row) => row.id === id)
      },
      getInstancesByRule: (ruleId) => bookings.find((row) => row.recurrenceRuleId === ruleId),
      deleteInstancesByRule: (ruleId, { after, modTypeFilter } = {}) =>
        bookings.remove(
          (row) =>
            row.recurrenceRuleId === ruleId &&
            (after === undefined || row.startsAt > after) &&
            (modTypeFilter === undefined ||
              row.recurrenceModType === null ||
              modTypeFilter.includes(row.recurrenceModType)),
        ),
    },
    blackout: {
      create: (data) => blackouts.insert({ ...(data as BlackoutWindow), createdAt: new Date() }),
      async findActiveForScope(place, { startsAt, endsAt }) {
        const above = (await naivePlaces(tables).location.getAncestors(place)).map(({ id }) => id)
        return await blackouts.find(
          (row) => [place, ...above].includes(row.locationNodeId) && row.startsAt <= endsAt && row.endsAt >= startsAt,
        )
      },
      findById: (id) => blackouts.get(id),
      delete: (id) => removeOne(blackouts, (row) => row.id === id),
    },
    conflict: {
      record: (data) => conflicts.insert({ ...(data as ConflictRecord), createdAt: new Date() }),
      findByBooking: (id) => conflicts.find((row) => row.bookingAId === id || row.bookingBId === id),
    },
    config: {
      async set(locationNodeId, key, value) {
        const known = await entry(locationNodeId, key)
        if (known) return await config.update(known.id, { value })
        return await config.insert({ locationNodeId, key, value, inheritFromParent: true, ...made() })
      },
      get: entry,
      async resolve(place, key) {
        const above = place === null ? [] : await naivePlaces(tables).location.getAncestors(place)
        for (const each of [place, ...above.map(({ id }) => id), null]) {
          const found: ConfigEntry | null = await entry(each, key)
          if (found) return found
        }
        return null
      },
      getAll: (place) => config.find((row) => place === undefined || row.locationNodeId === place),
      delete: (place, key) => removeOne(config, (row) => row.locationNodeId === place && row.key === key),
    },
    audit: {
      append: (data) => transitions.insert(data as BookingStateTransition),
      queryByBooking: (id) => transitions.find((row) => row.bookingId === id),
      queryByTimeRange: async ({ startsAt, endsAt }, pagination) =>
        pageOf(await transitions.find((row) => row.timestamp >= startsAt && row.timestamp <= endsAt), pagination),
    },
    priority: {
      getAll: () => priorities.find(),
      findByName: tier,
      async upsert(data) {
        const known = await tier(data.name)
        return known
          ? await priorities.update(known.id, data)
          : await priorities.insert({ ...data, createdAt: new Date() })
      },
    },
    exam: {
      createSession: (data) => exams.insert({ ...(data as ExamSession), createdAt: new Date() }),
      findById: (id) => exams.get(id),
      findByBooking: async (id) => (await exams.find((row) => row.bookingId === id))[0] ?? null,
      findConflictingCohort: (cohortId) => exams.find((row) => row.cohortId === cohortId),
      delete: (id) => removeOne(exams, (row) => row.id === id),
    },
    bulkOperation: {
      create: (data) =>
        bulkOperations.insert({ ...emptyProgress, ...data, createdAt: new Date() } as Omit<BulkOperation, 'id'>),
      updateProgress: (id, progress) => bulkOperations.update(id, progress as Partial<BulkOperation>),
      getResult: (id) => bulkOperations.get(id),
    },
  }
}
