import {
  boolean,
  type Describe,
  defineEntity,
  type Entity,
  type Instant,
  instant,
  integer,
  type Json,
  json,
  oneOf,
  text,
} from '@portolan/ports'

/** A room's bookings: scoped, versioned, with a natural key, an index and an overlap rule. */
export const Booking: Entity<
  Describe<{
    name: 'booking'
    fields: {
      roomId: string
      startsAt: Instant
      endsAt: Instant
      status: 'requested' | 'confirmed' | 'cancelled'
      guests: number
      code: string | null
      metadata: { [key: string]: Json } | null
    }
    optional: 'status' | 'guests' | 'code' | 'metadata'
    instants: 'startsAt' | 'endsAt'
    json: 'metadata'
    scope: 'tenantId'
    unique: { code: 'code' }
    versioned: true
    timestamps: true
  }>
> = defineEntity({
  name: 'booking',
  scope: 'tenantId',
  fields: {
    roomId: text(),
    startsAt: instant(),
    endsAt: instant(),
    status: oneOf('requested', 'confirmed', 'cancelled').default('requested'),
    guests: integer().default(1),
    code: text().nullable(),
    metadata: json<{ [key: string]: Json }>().nullable(),
  },
  unique: { code: ['code'] },
  indexes: { byRoom: ['roomId', 'startsAt'] },
  noOverlap: {
    perRoom: {
      within: ['roomId'],
      from: 'startsAt',
      until: 'endsAt',
      where: { status: { in: ['requested', 'confirmed'] } },
    },
  },
  versioned: true,
  timestamps: true,
})

/** Neither scoped nor versioned, with nothing but an id and values. */
export const Flag = defineEntity({
  name: 'flag',
  fields: { label: text(), on: boolean(), count: integer().default(0) },
  indexes: { byLabel: ['label'] },
})

export const tenant = { tenantId: 'tenant' }

/** An hour of a day in January; hours may go beyond the day. */
export function hour(count: number): Instant {
  return new Date(Date.UTC(2026, 0, 1, count)).toISOString()
}

export function aBooking(begins: number, more: object = {}) {
  return { roomId: 'room', startsAt: hour(begins), endsAt: hour(begins + 1), ...more }
}
