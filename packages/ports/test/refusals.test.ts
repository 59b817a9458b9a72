import { describe, expect, test } from 'vitest'
import { defineEntity, instant, integer, isStorageError, json, oneOf, text } from '../src/index.ts'

/** As from data that nobody has checked: the compiler would have refused most of it. */
const define = defineEntity as unknown as (definition: unknown) => unknown
const visit = (more: object): object => ({ name: 'visit', ...more })
const fields = { room: text(), guest: text().nullable(), from: instant(), until: instant(), notes: json() }
const withFields = (more: object): object => visit({ fields, ...more })
const rule = (more: object): object =>
  withFields({ noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'until', ...more } } })

const names = {
  '__proto__, as JSON.parse makes it': '__proto__',
  'with a quote': `room"; drop table visit; --`,
  'with an apostrophe': `room's`,
  'with a backtick': 'room`',
  'with NUL': 'room\0',
  'with a line end, which must not forge a line of a log': 'room\nERROR all is lost',
  'with a dot, which is a path elsewhere': 'room.number',
  'with a dollar sign, which is an operator elsewhere': '$where',
  'with a space': 'room number',
  'with a letter outside ASCII': 'zimmerübersicht',
  'with a lone surrogate': 'room\ud800',
  'beginning with a digit': '1room',
  'beginning with an underscore': '_room',
  empty: '',
  'of 64 characters': 'r'.repeat(64),
  'of 200 characters': 'r'.repeat(200),
}
const identifier = 'must be 1 to 63 letters, digits and _, beginning with a letter'
const taken = 'is taken: by Portolan, the scope, or a name that differs only in case'
const ownNames = ['id', 'version', 'createdAt', 'updatedAt', 'and', 'or', 'not', 'ID', 'createdat', 'Version']

const refusals: readonly (readonly [what: string, definition: unknown, reason: string])[] = [
  ...Object.entries(names).flatMap(([what, name]) => {
    const shown = `${JSON.stringify(name)} ${identifier}`
    const named = Object.fromEntries([[name, text()]])
    const listed = Object.fromEntries([[name, ['room']]])
    return [
      [`a scope ${what}`, withFields({ scope: name }), `the scope ${shown}`],
      [`a field ${what}`, visit({ fields: named }), `fields: the name ${shown}`],
      [`a key ${what}`, withFields({ unique: listed }), `unique: the name ${shown}`],
      [`an index ${what}`, withFields({ indexes: listed }), `indexes: the name ${shown}`],
      [`a rule ${what}`, withFields({ noOverlap: listed }), `noOverlap: the name ${shown}`],
    ] as const
  }),
  ...ownNames.flatMap((name) => [
    [`a field named ${name}`, visit({ fields: { [name]: text() } }), `fields: the name "${name}" ${taken}`] as const,
    [`a scope named ${name}`, withFields({ scope: name }), `the scope "${name}" ${taken}`] as const,
  ]),
  ['a key named id', withFields({ unique: { id: ['room'] } }), `unique: the name "id" ${taken}`],
  [
    'two fields that differ in case',
    visit({ fields: { room: text(), ROOM: text() } }),
    `fields: the name "ROOM" ${taken}`,
  ],
  [
    'two keys that differ in case',
    withFields({ unique: { a: ['room'], A: ['guest'] } }),
    `unique: the name "A" ${taken}`,
  ],
  [
    'two indexes that differ in case',
    withFields({ indexes: { a: ['room'], A: ['guest'] } }),
    `indexes: the name "A" ${taken}`,
  ],
  [
    'a field named as the scope',
    visit({ scope: 'tenantId', fields: { tenantId: text() } }),
    `fields: the name "tenantId" ${taken}`,
  ],
  [
    'a field named as the scope but for case',
    visit({ scope: 'tenantId', fields: { TenantID: text() } }),
    `fields: the name "TenantID" ${taken}`,
  ],

  ['a scope that is no text', withFields({ scope: ['tenantId'] }), `the scope (object) ${identifier}`],
  ['an unknown option', withFields({ index: {} }), 'unknown option "index"'],
  [
    'an unknown option called __proto__',
    JSON.parse('{"name":"visit","fields":{},"__proto__":{"scope":"t"}}'),
    'unknown option "__proto__"',
  ],
  ['an unknown option of a rule', rule({ when: {} }), 'unknown option "when" in noOverlap.perRoom'],
  [
    'versioned that is no boolean',
    withFields({ versioned: 'false' }),
    'versioned and timestamps must be true or false',
  ],
  ['timestamps that is no boolean', withFields({ timestamps: 1 }), 'versioned and timestamps must be true or false'],

  ['no fields', visit({}), 'fields must be an object'],
  ['fields that are null', visit({ fields: null }), 'fields must be an object'],
  ['fields as a list', visit({ fields: [text()] }), 'fields must be an object'],
  ['fields as text', visit({ fields: 'room' }), 'fields must be an object'],
  ['keys as a list', withFields({ unique: ['room'] }), 'unique must be an object'],
  ['keys that are null', withFields({ unique: null }), 'unique must be an object'],
  ['a field as text', visit({ fields: { room: 'text' } }), 'fields.room is not made by text(), integer() ...'],
  ['a field that is null', visit({ fields: { room: null } }), 'fields.room is not made by text(), integer() ...'],
  [
    'a field that is undefined',
    visit({ fields: { room: undefined } }),
    'fields.room is not made by text(), integer() ...',
  ],
  [
    'a builder that was not called',
    visit({ fields: { room: text } }),
    'fields.room is not made by text(), integer() ...',
  ],
  [
    'a field without a kind',
    visit({ fields: { room: { '~field': {} } } }),
    'fields.room is not made by text(), integer() ...',
  ],

  [
    'oneOf of nothing',
    visit({ fields: { state: oneOf(...([] as unknown as ['a'])) } }),
    'fields.state must list one text or more, none twice',
  ],
  [
    'oneOf with a value twice',
    visit({ fields: { state: oneOf('a', 'b', 'a') } }),
    'fields.state must list one text or more, none twice',
  ],
  [
    'oneOf without a list',
    visit({ fields: { state: { '~field': { kind: 'one-of', nullable: false } } } }),
    'fields.state must list one text or more, none twice',
  ],
  [
    'oneOf of numbers',
    visit({ fields: { state: oneOf(...([1, 2] as unknown as ['a'])) } }),
    'fields.state lists what is not valid Unicode text',
  ],
  ['oneOf with NUL', visit({ fields: { state: oneOf('a\0') } }), 'fields.state lists what is not valid Unicode text'],
  [
    'oneOf with a lone surrogate',
    visit({ fields: { state: oneOf('\udc00') } }),
    'fields.state lists what is not valid Unicode text',
  ],
  [
    'a default that is none of the values',
    visit({ fields: { state: oneOf('a').default('b' as 'a') } }),
    'the default of fields.state is none of its values',
  ],

  ['a key of no field', withFields({ unique: { a: ['door'] } }), 'unique.a names "door", which is no field'],
  [
    'a key of an inherited name',
    withFields({ unique: { a: ['constructor'] } }),
    'unique.a names "constructor", which is no field',
  ],
  ['a key of __proto__', withFields({ unique: { a: ['__proto__'] } }), 'unique.a names "__proto__", which is no field'],
  ['a key of nothing', withFields({ unique: { a: [] } }), 'unique.a must list one field or more, none twice'],
  [
    'a key with a field twice',
    withFields({ unique: { a: ['room', 'room'] } }),
    'unique.a must list one field or more, none twice',
  ],
  ['a key that is no list', withFields({ unique: { a: 'room' } }), 'unique.a must list one field or more, none twice'],
  ['a key of what is no text', withFields({ unique: { a: [1] } }), 'unique.a names (number), which is no field'],
  ['a key of json', withFields({ unique: { a: ['notes'] } }), `unique.a names "notes": a json field can't be compared`],
  ['a key of the id', withFields({ unique: { a: ['id'] } }), 'unique.a names "id", which is no field'],
  [
    'a key with the scope',
    withFields({ scope: 'tenantId', unique: { a: ['tenantId', 'room'] } }),
    'unique.a names "tenantId", the scope, which is part of it anyway',
  ],
  ['an index of no field', withFields({ indexes: { a: ['door'] } }), 'indexes.a names "door", which is no field'],
  [
    'an index of json',
    withFields({ indexes: { a: ['notes'] } }),
    `indexes.a names "notes": a json field can't be compared`,
  ],
  [
    'an index of a version that is not kept',
    withFields({ indexes: { a: ['version'] } }),
    'indexes.a names "version", which is no field',
  ],
  [
    'an index of times that are not kept',
    withFields({ versioned: true, indexes: { a: ['createdAt'] } }),
    'indexes.a names "createdAt", which is no field',
  ],

  [
    'a rule that is null',
    withFields({ noOverlap: { perRoom: null } }),
    'noOverlap.perRoom.within must list one field or more, none twice',
  ],
  [
    'a rule without within',
    rule({ within: undefined }),
    'noOverlap.perRoom.within must list one field or more, none twice',
  ],
  ['a rule within no field', rule({ within: ['door'] }), 'noOverlap.perRoom.within names "door", which is no field'],
  [
    'a rule within a nullable field',
    rule({ within: ['guest'] }),
    'noOverlap.perRoom.within names "guest", which may be null',
  ],
  [
    'a rule within json',
    rule({ within: ['notes'] }),
    `noOverlap.perRoom.within names "notes": a json field can't be compared`,
  ],
  [
    'a rule within its own interval',
    rule({ within: ['from'] }),
    'noOverlap.perRoom must list one field or more, none twice',
  ],
  [
    'a rule from what it is until',
    rule({ until: 'from' }),
    'noOverlap.perRoom must list one field or more, none twice',
  ],
  ['a rule without an end', rule({ until: undefined }), 'noOverlap.perRoom names (undefined), which is no field'],
  ['a rule from text', rule({ within: [], from: 'room' }), 'noOverlap.perRoom: from and until must be instants'],
  [
    'a rule over a nullable interval',
    visit({
      fields: { from: instant(), until: instant().nullable() },
      noOverlap: { a: { within: [], from: 'from', until: 'until' } },
    }),
    'noOverlap.a names "until", which may be null',
  ],
  ['a rule where no field', rule({ where: { door: 1 } }), 'noOverlap.perRoom.where names "door", which is no field'],
  [
    'a rule where an inherited name',
    rule({ where: { toString: 1 } }),
    'noOverlap.perRoom.where names "toString", which is no field',
  ],
  [
    'a rule where json',
    rule({ where: { notes: 1 } }),
    `noOverlap.perRoom.where names "notes": a json field can't be compared`,
  ],
  ['a rule where the id', rule({ where: { id: 'v' } }), 'noOverlap.perRoom.where names "id", which is no field'],
  [
    'a rule where the scope',
    withFields({
      scope: 'tenantId',
      noOverlap: { perRoom: { within: [], from: 'from', until: 'until', where: { tenantId: 't' } } },
    }),
    'noOverlap.perRoom.where names "tenantId", the scope, which is part of it anyway',
  ],
  [
    'a rule where no field, inside and',
    rule({ where: { and: [{ room: 'a' }, { door: 1 }] } }),
    'noOverlap.perRoom.where names "door", which is no field',
  ],
  [
    'a rule where no field, inside or and not',
    rule({ where: { or: [{ not: { door: 1 } }] } }),
    'noOverlap.perRoom.where names "door", which is no field',
  ],
]

function refusalOf(definition: unknown): unknown {
  try {
    define(definition)
  } catch (error) {
    return error
  }
  return 'was taken'
}

describe('defineEntity refuses', () => {
  test.each(refusals)('%s', (_, definition, reason) => {
    const error = refusalOf(definition)
    expect(error).toMatchObject({ code: 'invalid-definition', data: { entity: 'visit' }, retryable: false })
    expect((error as Error).message).toBe(`Entity "visit": ${reason}`)
  })

  test.each(Object.entries(names))('an entity whose name is %s', (_, name) => {
    const error = refusalOf({ name, fields: {} })
    expect(error).toMatchObject({ code: 'invalid-definition', data: { entity: name } })
    expect((error as Error).message).toBe(
      `Entity ${JSON.stringify(name)}: the name ${JSON.stringify(name)} ${identifier}`,
    )
  })

  const nameless = [
    undefined,
    null,
    7,
    7n,
    Symbol('visit'),
    {},
    { toString: 1 },
    ['visit'],
    () => 'visit',
    Object.create(null),
  ]
  test.each(nameless)('a name that is no text: %o', (name) => {
    const error = refusalOf({ name, fields: {} })
    expect(error).toMatchObject({ code: 'invalid-definition', data: { entity: '' } })
    expect((error as Error).message).toBe(`Entity (${typeof name}): the name (${typeof name}) ${identifier}`)
  })

  test.each([undefined, null, 7, 'visit', []])('what is no definition at all: %o', (definition) => {
    expect(isStorageError(refusalOf(definition), 'invalid-definition')).toBe(true)
  })

  test('no control character gets into a message', () => {
    for (const [, definition] of refusals) {
      expect(String(refusalOf(definition))).not.toMatch(/\p{Cc}/u)
    }
  })

  test('and takes the names at the edge of what it refuses', () => {
    const longest = `r${'0_'.repeat(31)}`
    expect(longest).toHaveLength(63)
    for (const name of [longest, 'r', 'Room', 'constructor', 'toString', 'hasOwnProperty', 'then', 'select', 'null']) {
      expect(Object.keys(defineEntity({ name, fields: { [name]: integer() } }).fields)).toEqual([name])
    }
    expect(define(withFields({ indexes: { version: ['from'], id: ['room'] } }))).toBeDefined()
  })
})
