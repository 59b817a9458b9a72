import { boolean, defineEntity, float, instant, integer, type Json, json, oneOf, text } from '@portolan/ports'

/** A branded id, as ports take them. */
export type RoomId = string & { readonly '~id'?: 'room' }

/** A field of every kind, with and without null. */
export const Sample = defineEntity({
  name: 'sample',
  scope: 'tenantId',
  fields: {
    room: text<RoomId>(),
    note: text().nullable(),
    state: oneOf('open', 'closed').default('open'),
    guests: integer(),
    spare: integer().nullable(),
    weight: float(),
    height: float().nullable(),
    done: boolean().default(false),
    paid: boolean().nullable(),
    at: instant(),
    until: instant().nullable(),
    list: json<readonly string[]>(),
    anything: json(),
    more: json<{ readonly deep: Json }>().nullable(),
  },
  versioned: true,
  timestamps: true,
})

/** Nothing but what every entity has, and one text. */
export const Room = defineEntity({ name: 'room', fields: { label: text() } })

/** Names of a database that was there before. */
export const names = {
  sample: { table: 'Old Samples', fields: { tenantId: 'tenant_id', at: 'begins "at"', version: 'lock_version' } },
} as const
