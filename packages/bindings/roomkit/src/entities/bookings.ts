import { type Describe, defineEntity, type Entity, instant, integer, oneOf, text } from '@portolan/ports'
import {
  blockingStatuses,
  bookingStatuses,
  type Booking as HostBooking,
  type BookingStateTransition as HostTransition,
  recurrenceModTypes,
} from '../model.ts'
import type { Stored } from './stored.ts'

export interface BookingTypes
  extends Describe<{
    name: 'roomkit_booking'
    fields: Stored<HostBooking, 'id' | 'version' | 'createdAt' | 'updatedAt'>
    optional:
      | 'onBehalfOfId'
      | 'description'
      | 'status'
      | 'priority'
      | 'idempotencyKey'
      | 'recurrenceRuleId'
      | 'recurrenceModType'
      | 'metadata'
    instants: 'startsAt' | 'endsAt'
    unique: { idempotencyKey: 'idempotencyKey' }
    versioned: true
    timestamps: true
  }> {}

/** `perRoom` holds for whoever writes; buffers and related rooms are checked by those who book. */
export const Booking: Entity<BookingTypes> = defineEntity({
  name: 'roomkit_booking',
  fields: {
    roomId: text(),
    requesterId: text(),
    onBehalfOfId: text().nullable(),
    title: text(),
    description: text().nullable(),
    startsAt: instant(),
    endsAt: instant(),
    status: oneOf(...bookingStatuses).default('requested'),
    priority: integer().default(25),
    purposeType: text(),
    idempotencyKey: text().nullable(),
    recurrenceRuleId: text().nullable(),
    recurrenceModType: oneOf(...recurrenceModTypes).nullable(),
    metadata: text().nullable(),
  },
  unique: { idempotencyKey: ['idempotencyKey'] },
  indexes: {
    byRoom: ['roomId', 'startsAt'],
    byRequester: ['requesterId', 'createdAt'],
    byPrincipal: ['onBehalfOfId', 'createdAt'],
    byRule: ['recurrenceRuleId', 'startsAt'],
  },
  noOverlap: {
    perRoom: {
      within: ['roomId'],
      from: 'startsAt',
      until: 'endsAt',
      where: { status: { in: [...blockingStatuses] } },
    },
  },
  versioned: true,
  timestamps: true,
})

export interface TransitionTypes
  extends Describe<{
    name: 'roomkit_transition'
    fields: Stored<HostTransition, 'id'> & { bookingVersion: number | null }
    optional: 'fromStatus' | 'reason' | 'bookingVersion'
    instants: 'timestamp'
    unique: { step: 'bookingId' | 'bookingVersion' }
  }> {}

/** `step`: a version of a booking comes from one change of status at most. Rows that the host appends have no version. */
export const Transition: Entity<TransitionTypes> = defineEntity({
  name: 'roomkit_transition',
  fields: {
    bookingId: text(),
    fromStatus: oneOf(...bookingStatuses).nullable(),
    toStatus: oneOf(...bookingStatuses),
    triggeredBy: text(),
    reason: text().nullable(),
    timestamp: instant(),
    bookingVersion: integer().nullable(),
  },
  unique: { step: ['bookingId', 'bookingVersion'] },
  indexes: { byTime: ['timestamp'] },
})
