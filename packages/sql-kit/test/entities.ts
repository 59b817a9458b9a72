import { type StoredEntity, storedEntity } from '@portolan/adapter-kit'
import { boolean, defineEntity, float, instant, integer, json, oneOf, text } from '@portolan/ports'

/** Every kind of field, a scope, keys, an index and a rule. */
export const stay: StoredEntity = storedEntity(
  defineEntity({
    name: 'stay',
    scope: 'owner',
    fields: {
      room: text(),
      begins: instant(),
      ends: instant(),
      state: oneOf('live', 'gone'),
      count: integer(),
      weight: float(),
      paid: boolean(),
      note: text().nullable(),
      data: json().nullable(),
    },
    unique: { byNote: ['note', 'count'] },
    indexes: { byRoom: ['room', 'begins'], byId: ['id', 'room'] },
    noOverlap: { perRoom: { within: ['room'], from: 'begins', until: 'ends', where: { state: 'live', note: null } } },
    versioned: true,
  }),
)

export const plain: StoredEntity = storedEntity(
  defineEntity({
    name: 'plain',
    fields: { begins: instant(), ends: instant() },
    noOverlap: { all: { within: [], from: 'begins', until: 'ends' } },
  }),
)
