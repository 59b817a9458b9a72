import {
  always,
  type DeletePlan,
  type InsertPlan,
  type Operand,
  type StoredEntity,
  storedEntity,
  type UpdatePlan,
} from '@portolan/adapter-kit'
import { defineEntity, instant, integer, json, text } from '@portolan/ports'

const fields = {
  room: text(),
  from: instant(),
  till: instant(),
  state: text(),
  code: text().nullable(),
  count: integer(),
  leasedUntil: instant().nullable(),
  notes: json().nullable(),
}
const definition = {
  name: 'booking',
  fields,
  indexes: { byState: ['state', 'from'] },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'till', where: { state: { in: ['on'] } } } },
  versioned: true,
} as const
export const Booking = defineEntity({ ...definition, unique: { byCode: ['code'] } })
/** What an older process declares, that knows of no key. */
export const EarlierBooking = defineEntity(definition)

export const booking: StoredEntity = storedEntity(Booking)

export const at = (hour: number): string => new Date(Date.UTC(2030, 0, 1, hour)).toISOString()

type Values = { readonly [field: string]: Operand }

/** A booking of one hour; it overlaps no other one while its hour is its own. */
export function values(id: string, hour: number, more: Values = {}): Values {
  const from = at(hour)
  const till = at(hour + 1)
  return {
    id,
    room: '1',
    from,
    till,
    state: 'on',
    code: null,
    count: 0,
    leasedUntil: null,
    notes: null,
    version: 1,
    ...more,
  }
}

export function inserting(rows: readonly Values[], more: Partial<InsertPlan> = {}): InsertPlan {
  return { entity: booking, scope: null, rows, onDuplicate: { kind: 'report' }, unless: null, guards: [], ...more }
}

const nothingAsked = { require: null, version: null, where: null, expect: null, unless: null, guards: [] }

export function updating(id: string, set: UpdatePlan['set'], more: Partial<UpdatePlan> = {}): UpdatePlan {
  const changes = { ...set, version: { increment: 1 } }
  return { entity: booking, scope: null, id, set: changes, ...nothingAsked, ...more }
}

export function deleting(id: string, more: Partial<DeletePlan> = {}): DeletePlan {
  return { entity: booking, scope: null, id, ...nothingAsked, ...more }
}

export const everywhere = { entity: booking, scope: null, where: always } as const
