import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boolean,
  defineEntity,
  type Field,
  float,
  instant,
  integer,
  isStorageError,
  json,
  oneOf,
  type StandardSchema,
  text,
} from '../src/index.ts'
import { Booking, Room } from './example.ts'

describe('a definition', () => {
  test('is plain data', () => {
    expect(JSON.parse(JSON.stringify(Booking))).toEqual({
      format: 1,
      needs: [],
      name: 'booking',
      scope: 'tenantId',
      fields: {
        roomId: { kind: 'text', nullable: false },
        startsAt: { kind: 'instant', nullable: false },
        endsAt: { kind: 'instant', nullable: false },
        status: {
          kind: 'one-of',
          nullable: false,
          values: ['requested', 'confirmed', 'in_progress', 'completed', 'cancelled'],
        },
        idempotencyKey: { kind: 'text', nullable: true },
        metadata: { kind: 'json', nullable: true },
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
  })

  test('says no where nothing was said', () => {
    const { scope, unique, indexes, noOverlap, versioned, timestamps } = defineEntity({ name: 'tag', fields: {} })
    expect({ scope, versioned, timestamps }).toEqual({ scope: null, versioned: false, timestamps: false })
    expect([unique, indexes, noOverlap].map((each) => Object.keys(each))).toEqual([[], [], []])
  })

  test('keeps the order of fields, and the default of each kind as given', () => {
    expect(Object.keys(Room.fields)).toEqual(['building', 'number', 'seats', 'rating', 'open', 'openedAt', 'equipment'])
    const { fields } = defineEntity({
      name: 'defaults',
      fields: {
        text: text().default(''),
        integer: integer().default(0),
        float: float().default(0.5),
        boolean: boolean().default(false),
        instant: instant().default('2026-01-31T09:00:00.000Z'),
        oneOf: oneOf('a', 'b').default('b'),
        json: json().default(null),
      },
    })
    const defaults = Object.fromEntries(Object.entries(fields).map(([name, data]) => [name, data.default]))
    expect(defaults).toEqual({
      text: '',
      integer: 0,
      float: 0.5,
      boolean: false,
      instant: '2026-01-31T09:00:00.000Z',
      oneOf: 'b',
      json: null,
    })
    expect('default' in defineEntity({ name: 'none', fields: { a: text() } }).fields.a).toBe(false)
  })

  test('takes from classes, getters and null-prototype objects what is their own', () => {
    const fields: Record<string, Field> = Object.assign(Object.create(null), { a: text() })
    const given = {
      name: 'own',
      fields,
      get unique() {
        return { a: ['a'] }
      },
    }
    expect(defineEntity(given).unique.a).toEqual(['a'])
    const inherited = Object.assign(Object.create({ scope: 'tenantId', timestamps: true }), { name: 'own', fields })
    expect(defineEntity(inherited)).toMatchObject({ scope: null, timestamps: false })
    expect(Object.keys(defineEntity({ name: 'own', fields: Object.create(fields) }).fields)).toEqual([])
  })

  test('finds nothing inherited when asked for a name from outside', () => {
    const asked: readonly string[] = ['constructor', 'toString', '__proto__', 'hasOwnProperty']
    for (const name of asked) {
      const { fields, unique, indexes, noOverlap } = Booking as unknown as Record<string, Record<string, unknown>>
      expect([fields?.[name], unique?.[name], indexes?.[name], noOverlap?.[name]]).toEqual(Array(4).fill(undefined))
    }
  })
})

describe('once made, a definition stays as it is', () => {
  const givenDate = new Date('2026-01-31T09:00:00.000Z')
  const givenFields = {
    at: instant().default(givenDate),
    state: oneOf('a', 'b'),
    tags: json<{ list: string[] }>().default({ list: ['x'] }),
    from: instant(),
    until: instant(),
    room: text(),
  }
  const given = {
    name: 'frozen',
    fields: givenFields,
    unique: { state: ['state'] as ['state'] },
    indexes: { at: ['at'] as 'at'[] },
    noOverlap: {
      perRoom: {
        within: ['room'] as 'room'[],
        from: 'from',
        until: 'until',
        where: { or: [{ at: { lt: givenDate } }, { state: { in: ['a' as const] } }] },
      },
    },
  } as const
  const entity = defineEntity(given)
  const before = JSON.stringify(entity)

  test('whatever the caller does to what it gave', () => {
    givenDate.setTime(0)
    const tags = givenFields.tags['~field'].default as { list: string[] }
    tags.list.push('y')
    Object.assign(givenFields.state['~field'], { nullable: true })
    ;(givenFields.state['~field'].values as string[]).push('c')
    Object.assign(givenFields, { more: text() })
    ;(given.unique.state as string[]).push('room')
    given.indexes.at.push('at')
    given.noOverlap.perRoom.within.pop()
    ;(given.noOverlap.perRoom.where.or as unknown as unknown[]).pop()
    Object.assign(given, { scope: 'tenantId' })
    expect(JSON.stringify(entity)).toBe(before)
    expect(before).toContain('"default":"2026-01-31T09:00:00.000Z"')
    expect(before).toContain('"where":{"or":[{"at":{"lt":"2026-01-31T09:00:00.000Z"}},{"state":{"in":["a"]}}]}')
  })

  test('and at any depth', () => {
    const loose: string[] = []
    const visit = (path: string, value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) loose.push(path)
      for (const [key, part] of Object.entries(value)) visit(`${path}.${key}`, part)
    }
    visit('entity', entity)
    visit('Booking', Booking)
    expect(loose).toEqual([])
  })

  test('but the schema of a json field is the one given, which may be an instance of a class', () => {
    class Schema {
      readonly '~standard'
      constructor() {
        this['~standard'] = { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } as const
      }
    }
    const schema: StandardSchema<unknown, null> = new Schema() as never
    const { fields } = defineEntity({ name: 'schema', fields: { a: json(schema) } })
    expect(fields.a.schema).toBe(schema)
    expect(Object.isFrozen(schema)).toBe(false)
  })

  test('a json default keeps what JSON has, and what JSON has not is left for the adapter to refuse', () => {
    const date = new Date(0)
    const data = JSON.parse('{"__proto__":{"a":1},"constructor":[[]],"":{}}')
    const fields = { data: json().default(data), date: json().default({ date } as never) }
    const entity = defineEntity({ name: 'defaults', fields })
    expect(JSON.stringify(entity.fields.data.default)).toBe(JSON.stringify(data))
    expect(entity.fields.date.default).toEqual({ date })
  })
})

describe('what newer copies of this package may bring', () => {
  test('a field of a kind that is unknown here is taken, and told as a need', () => {
    const decimal = { '~field': { kind: 'decimal', nullable: false, digits: 2 } } as unknown as Field
    const vector = { '~field': { kind: 'vector', nullable: true } } as unknown as Field
    const entity = defineEntity({
      name: 'price',
      fields: { amount: decimal, tax: decimal, near: vector, note: text() },
    })
    expect(entity.needs).toEqual(['field:decimal', 'field:vector'])
    expect(entity.format).toBe(1)
    expect(entity.fields.amount).toEqual({ kind: 'decimal', nullable: false, digits: 2 })
  })

  test('a need that a field itself tells gets into the definition, once', () => {
    const long = { '~field': { kind: 'text', nullable: false, needs: ['field-option:maxLength'] } } as Field
    expect(defineEntity({ name: 'note', fields: { a: long, b: long } }).needs).toEqual(['field-option:maxLength'])
  })

  test('no need of anything in what this version can define', () => {
    expect([...Booking.needs, ...Room.needs]).toEqual([])
  })
})

test('whatever it is given, defineEntity makes a definition or refuses it as invalid', () => {
  const define = defineEntity as unknown as (definition: unknown) => { readonly name: string }
  /** Mostly what is right, so that each part is reached, and now and then what is not. */
  const mostly = <T>(arbitrary: fc.Arbitrary<T>, hostile: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 60, arbitrary }, { weight: 1, arbitrary: hostile })
  const hostileName = fc.oneof(
    fc.constantFrom('id', 'A', '__proto__', 'constructor', ''),
    fc.string({ unit: 'binary' }),
  )
  const name = mostly(fc.constantFrom('a', 'b', 'c'), hostileName) as fc.Arbitrary<string>
  const field = mostly(
    fc.constantFrom(text(), integer().default(1), oneOf('x'), json().nullable()),
    fc.oneof(fc.record({ '~field': fc.record({ kind: fc.string(), values: fc.jsonValue() }) }), fc.jsonValue()),
  )
  const lists = mostly(fc.dictionary(name, fc.uniqueArray(name, { minLength: 1 }), { maxKeys: 2 }), fc.jsonValue())
  const where = mostly(fc.dictionary(name, fc.jsonValue()), fc.jsonValue())
  const rule = fc.record({
    within: fc.uniqueArray(name),
    from: fc.constant('from'),
    until: fc.constant('until'),
    where,
  })
  const fields = fc
    .dictionary(name, field)
    .map((some) => ({ a: text(), b: integer(), c: text(), ...some, from: instant(), until: instant() }))
  const definition = fc.record(
    {
      name: mostly(name, fc.anything({ maxDepth: 1 })),
      fields: mostly(fields, fc.anything({ maxDepth: 1 })),
      scope: mostly(fc.constant('tenantId'), fc.jsonValue()),
      unique: lists,
      indexes: lists,
      noOverlap: mostly(fc.dictionary(name, rule, { maxKeys: 2 }), fc.jsonValue()),
      versioned: mostly(fc.boolean(), fc.jsonValue()),
    },
    { requiredKeys: ['name', 'fields'] },
  )
  let [made, refused] = [0, 0]
  fc.assert(
    fc.property(definition, (given) => {
      try {
        expect(define(given).name).toBe(given.name)
        made++
      } catch (error) {
        if (!isStorageError(error, 'invalid-definition')) throw error
        refused++
      }
    }),
    { numRuns: 500 },
  )
  expect(made).toBeGreaterThan(20)
  expect(refused).toBeGreaterThan(20)
})
