import { type Predicate, type Scalar, type StoredEntity, storedEntity } from '@portolan/adapter-kit'
import { defineEntity, instant, integer, oneOf, text } from '@portolan/ports'

/** With one of everything that a driver decides about: a scope, two natural keys, an index, a rule, versions. */
export const Visit = defineEntity({
  name: 'visit',
  scope: 'tenant',
  fields: {
    email: text().nullable(),
    label: text().nullable(),
    count: integer(),
    room: text(),
    from: instant(),
    until: instant(),
    status: oneOf('held', 'free'),
  },
  unique: { email: ['email'], place: ['room', 'label'] },
  indexes: { byStatus: ['status', 'room'] },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'until', where: { status: 'held' } } },
  versioned: true,
})
export const visit: StoredEntity = storedEntity(Visit)

export function hour(number: number): string {
  return new Date(Date.UTC(2026, 0, 1, number)).toISOString()
}

export interface VisitValues {
  readonly [field: string]: Scalar
}

export function visitRow(id: string, values: VisitValues = {}): { [field: string]: Scalar } {
  return {
    tenant: 'one',
    id,
    email: null,
    label: null,
    count: 0,
    room: 'blue',
    from: hour(0),
    until: hour(1),
    status: 'free',
    version: 1,
    ...values,
  }
}

export function eq(field: string, value: string | number): Predicate {
  return { op: 'eq', field, value }
}
