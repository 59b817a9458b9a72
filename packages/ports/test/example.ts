import {
  boolean,
  defineEntity,
  type EntityOf,
  float,
  instant,
  integer,
  type Json,
  json,
  oneOf,
  type Storage,
  text,
} from '../src/index.ts'

/** The example of the design: scoped, versioned, with keys, an index and a rule. */
export const Booking = defineEntity({
  name: 'booking',
  scope: 'tenantId',
  fields: {
    roomId: text(),
    startsAt: instant(),
    endsAt: instant(),
    status: oneOf('requested', 'confirmed', 'in_progress', 'completed', 'cancelled'),
    idempotencyKey: text().nullable(),
    metadata: json<Record<string, Json>>().nullable(),
  },
  unique: { idempotencyKey: ['idempotencyKey'] },
  indexes: { byRoom: ['roomId', 'startsAt'] },
  noOverlap: {
    perRoom: {
      within: ['roomId'],
      from: 'startsAt',
      until: 'endsAt',
      where: { status: { in: ['requested', 'confirmed', 'in_progress'] } },
    },
  },
  versioned: true,
  timestamps: true,
})
export type Booking = EntityOf<typeof Booking>

/** Everything that Booking is not: without scope, versions and times, with defaults and numbers. */
export const Room = defineEntity({
  name: 'room',
  fields: {
    building: text(),
    number: text(),
    seats: integer().default(2),
    rating: float().nullable(),
    open: boolean().default(true),
    openedAt: instant().nullable(),
    equipment: json<string[]>().default([]),
  },
  unique: { door: ['building', 'number'], rating: ['rating'] },
})
export type Room = EntityOf<typeof Room>

/** Not there at run time: for type tests alone. */
export declare const storage: Storage<{ readonly connection: number }>
export declare const maybe: string | undefined
