import { type Describe, defineEntity, type Entity, float, instant, integer, json, oneOf, text } from '@portolan/ports'
import {
  bulkOperationStatuses,
  bulkOperationTypes,
  type ConflictRecord,
  type ExamSession,
  frequencies,
  type BulkOperation as HostBulkOperation,
  layoutTypes,
  type PriorityTier,
  type RecurrenceRule,
  resolutionTypes,
} from '../model.ts'
import type { Stored } from './stored.ts'

export interface RuleTypes
  extends Describe<{
    name: 'roomkit_recurrence_rule'
    fields: Omit<Stored<RecurrenceRule, 'id' | 'createdAt' | 'updatedAt'>, 'exceptionDates'> & {
      exceptionDates: string[]
    }
    optional: 'calendarWeeks'
    instants: 'seriesStartsAt' | 'seriesEndsAt'
    json: 'daysOfWeek' | 'calendarWeeks' | 'exceptionDates'
    timestamps: true
  }> {}

export const Rule: Entity<RuleTypes> = defineEntity({
  name: 'roomkit_recurrence_rule',
  fields: {
    frequency: oneOf(...frequencies),
    daysOfWeek: json<number[]>(),
    calendarWeeks: json<number[]>().nullable(),
    seriesStartsAt: instant(),
    seriesEndsAt: instant(),
    exceptionDates: json<string[]>(),
  },
  timestamps: true,
})

export interface ConflictTypes
  extends Describe<{
    name: 'roomkit_conflict'
    fields: Stored<ConflictRecord, 'id' | 'createdAt'>
    optional: 'resolvedBy' | 'resolvedAt'
    instants: 'resolvedAt'
    timestamps: true
  }> {}

export const Conflict: Entity<ConflictTypes> = defineEntity({
  name: 'roomkit_conflict',
  fields: {
    bookingAId: text(),
    bookingBId: text(),
    resolutionType: oneOf(...resolutionTypes),
    resolvedBy: text().nullable(),
    resolvedAt: instant().nullable(),
  },
  indexes: { byA: ['bookingAId'], byB: ['bookingBId'] },
  timestamps: true,
})

export interface PriorityTypes
  extends Describe<{
    name: 'roomkit_priority'
    fields: Stored<PriorityTier, 'id' | 'createdAt'> & { nameKey: string }
    unique: { name: 'nameKey' }
    timestamps: true
  }> {}

/** `nameKey` is the name in capitals, as the host's services ask for it. */
export const Priority: Entity<PriorityTypes> = defineEntity({
  name: 'roomkit_priority',
  fields: { name: text(), nameKey: text(), weight: float() },
  unique: { name: ['nameKey'] },
  timestamps: true,
})

export interface ExamTypes
  extends Describe<{
    name: 'roomkit_exam_session'
    fields: Stored<ExamSession, 'id' | 'createdAt'>
    optional: 'metadata'
    json: 'supervisorIds'
    unique: { booking: 'bookingId' }
    timestamps: true
  }> {}

export const Exam: Entity<ExamTypes> = defineEntity({
  name: 'roomkit_exam_session',
  fields: {
    bookingId: text(),
    cohortId: text(),
    layoutType: oneOf(...layoutTypes),
    requiredCapacity: integer(),
    supervisorIds: json<string[]>(),
    metadata: text().nullable(),
  },
  unique: { booking: ['bookingId'] },
  indexes: { byCohort: ['cohortId'] },
  timestamps: true,
})

export interface BulkTypes
  extends Describe<{
    name: 'roomkit_bulk_operation'
    fields: Stored<HostBulkOperation, 'id' | 'createdAt'>
    optional: 'status' | 'processedItems' | 'conflictsDetected' | 'resultSummary' | 'completedAt'
    instants: 'completedAt'
    versioned: true
    timestamps: true
  }> {}

export const BulkOperation: Entity<BulkTypes> = defineEntity({
  name: 'roomkit_bulk_operation',
  fields: {
    type: oneOf(...bulkOperationTypes),
    status: oneOf(...bulkOperationStatuses).default('pending'),
    totalItems: integer(),
    processedItems: integer().default(0),
    conflictsDetected: integer().default(0),
    resultSummary: text().nullable(),
    triggeredBy: text(),
    completedAt: instant().nullable(),
  },
  versioned: true,
  timestamps: true,
})
