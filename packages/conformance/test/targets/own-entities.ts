import { boolean, defineEntity, float, instant, integer, json, oneOf, text } from '@portolan/ports'
import { defineTarget, type Target } from '../../src/target.ts'
import memory from './memory.ts'

/** Accepts objects with a kind, as a validator of a user would. */
const address = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      (value as { city?: unknown } | null)?.city
        ? { value: value as { city: string } }
        : { issues: [{ message: 'no city' }] },
  },
} as const

export const Customer = defineEntity({
  name: 'customer',
  scope: 'shopId',
  fields: {
    number: integer(),
    mail: text().nullable(),
    joinedOn: instant(),
    rating: float().nullable(),
    active: boolean(),
    address: json(address),
    notes: json().nullable(),
  },
  unique: { number: ['number'], mail: ['mail'] },
  indexes: { byJoined: ['joinedOn', 'active'], byRating: ['rating'] },
  versioned: true,
})

export const Shift = defineEntity({
  name: 'shift',
  fields: {
    worker: text(),
    from: instant(),
    until: instant(),
    kind: oneOf('planned', 'worked', 'dropped'),
    note: text().default(''),
  },
  noOverlap: { perWorker: { within: ['worker'], from: 'from', until: 'until', where: { not: { kind: 'dropped' } } } },
})

/** A user's own entities: the values that cannot be generated are named. */
const target: Target = defineTarget({
  ...memory,
  name: 'own-entities',
  entities: [Customer, Shift],
  values: { customer: (row) => ({ address: { city: `city ${row}` } }) },
})

export default target
