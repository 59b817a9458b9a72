import { defineEntity, type EntityOf, instant, integer, oneOf, text } from '@portolan/ports'

export const Room = defineEntity({
  name: 'room',
  scope: 'tenantId',
  fields: { code: text(), name: text(), seats: integer() },
  unique: { byCode: ['code'] },
})
export type Room = EntityOf<typeof Room>

/** `perRoom` is what makes a double booking impossible: the storage holds it, so no use case has to check first. */
export const Booking = defineEntity({
  name: 'booking',
  scope: 'tenantId',
  fields: {
    roomId: text(),
    guest: text(),
    startsAt: instant(),
    endsAt: instant(),
    status: oneOf('confirmed', 'cancelled'),
  },
  indexes: { byRoom: ['roomId', 'startsAt'] },
  noOverlap: {
    perRoom: { within: ['roomId'], from: 'startsAt', until: 'endsAt', where: { status: 'confirmed' } },
  },
  versioned: true,
  timestamps: true,
})
export type Booking = EntityOf<typeof Booking>

/** What a storage of the front desk has to hold. */
export const entities = [Room, Booking] as const
