import type { Json } from '@portolan/ports'
import fc from 'fast-check'
import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anyText, forAll } from '../property.ts'
import { anAccount, upTo } from '../sample-rows.ts'
import { Account } from '../standard-entities.ts'

function nested(depth: number): Json {
  let value: Json = 'the innermost'
  for (const level of upTo(depth)) value = level % 2 === 0 ? [value] : { inner: value }
  return value
}

const ownPrototype = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}') as Json

const values: readonly Json[] = [
  {},
  [],
  '',
  'text',
  0,
  -1.5,
  1e21,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_VALUE,
  true,
  false,
  [[]],
  [[], [[]], {}],
  [1, [2, [3]], null],
  { a: null },
  { a: { b: { c: null } } },
  ownPrototype,
  { $set: { name: 'x' }, $where: 'x', 'a.b': 1, $field: '$name', '': '', ' ': ' ', '*': 1, __x__: 2 },
  { ключ: 'значение', 鍵: ['値'], '😀': '👩‍👩‍👧‍👦', "quo'te": 'quo"te', 'back\\slash': '\\u0041' },
  { '2': 'two', '10': 'ten', '1': 'one', b: 1, a: 2 },
  ['2026-01-01T00:00:00.000Z', '1', 'null', 'true'],
  { long: 'x'.repeat(50_000) },
  nested(64),
]

export const jsonCases: readonly Case[] = [
  defineCase('V4.round-trip', 'json comes back deeply equal', async ({ a, b }) => {
    for (const [index, value] of values.entries()) {
      const row = await a.repository(Account).insert(anAccount(index, { preferences: value, extra: value }))
      same(row.preferences, value, 'the inserted json')
      const read = await b.repository(Account).get(row.id)
      same([read?.preferences, read?.extra], [value, value], 'the json read')
      // In a list the deepest would go a level too deep.
      if (index === values.length - 1) continue
      await b.repository(Account).update(row.id, { preferences: [value] })
      same((await a.repository(Account).get(row.id))?.preferences, [value], 'the json after a patch')
    }
  }),
  defineCase(
    'V4.prototypes',
    'own properties named __proto__ are data, and no prototype is touched',
    async ({ a, b }) => {
      const { id } = await a.repository(Account).insert(anAccount('proto', { preferences: ownPrototype }))
      const read = (await b.repository(Account).get(id))?.preferences as object
      ok(Object.hasOwn(read, '__proto__'), '__proto__ is not an own property any more')
      ok(Object.getPrototypeOf(read) === Object.prototype, 'the prototype was replaced')
      ok(!('polluted' in {}), 'the prototype of all objects was changed')
    },
  ),
  defineCase('V4.null-in-json', 'null inside json differs from a field that is null', async ({ a, b }) => {
    const accounts = a.repository(Account)
    const none = await accounts.insert(anAccount('none', { extra: null }))
    const inside = await accounts.insert(anAccount('inside', { extra: { a: null } }))
    const listed = await accounts.insert(anAccount('listed', { extra: [null] }))
    const read = b.repository(Account)
    same((await read.get(none.id))?.extra, null, 'the null field')
    same((await read.get(inside.id))?.extra, { a: null }, 'null inside an object')
    same((await read.get(listed.id))?.extra, [null], 'null inside a list')
    await accounts.update(inside.id, { extra: null })
    same((await read.get(inside.id))?.extra, null, 'the cleared field')
  }),
  defineCase('V4.refused', 'what JSON cannot hold exactly is refused by name, however deep it lies', async ({ a }) => {
    const accounts = a.repository(Account)
    const { id } = await accounts.insert(anAccount('kept'))
    const cycle: { self?: unknown } = {}
    cycle.self = { again: cycle }
    const list: unknown[] = []
    list.push([list])
    const parts: readonly unknown[] = [
      undefined,
      () => 1,
      Symbol('x'),
      1n,
      Number.NaN,
      Infinity,
      new Date(0),
      new Map(),
      new Set(),
      /x/,
      new Uint8Array(1),
      new (class Point {})(),
      Promise.resolve(1),
      cycle,
      list,
    ]
    const expected = { data: { entity: 'account', field: 'preferences' }, says: ['account', 'preferences'] }
    for (const part of parts)
      for (const value of [...(part === undefined ? [] : [part]), { a: part }, [part], { a: [{ b: part }] }]) {
        await refused(accounts.insert(anAccount('new', { preferences: value as never })), 'invalid-value', expected)
        await refused(accounts.update(id, { preferences: value as never }), 'invalid-value', expected)
      }
    equal(await accounts.count(), 1, 'the number of rows')
    equal((await accounts.get(id))?.version, 1, 'the version of the row that was there')
  }),
  defineCase('V4.depth', 'json goes 64 levels deep, and no level more', async ({ a, b }) => {
    const { id } = await a.repository(Account).insert(anAccount('deep', { preferences: nested(64) }))
    same((await b.repository(Account).get(id))?.preferences, nested(64), 'json of 64 levels')
    for (const depth of [65, 200, 5000])
      await refused(
        a.repository(Account).insert(anAccount('deeper', { preferences: nested(depth) })),
        'invalid-value',
        {
          data: { entity: 'account', field: 'preferences' },
          says: ['account', 'preferences', /64/],
        },
      )
  }),
  defineCase(
    'V4.too-large',
    'a row above the declared maximum is refused before anything is written',
    async ({ a, capabilities }) => {
      const limit = capabilities.maxRowBytes ?? 0
      const accounts = a.repository(Account)
      const { id } = await accounts.insert(anAccount('kept'))
      const large = { text: 'é'.repeat(Math.ceil(limit / 2) + 10) }
      const expected = { data: { entity: 'account', limit }, says: ['account', String(limit)] }
      const refusal = await refused(accounts.insert(anAccount('large', { preferences: large })), 'too-large', expected)
      ok(
        refusal.data.actual > limit,
        `the error says that the row has ${refusal.data.actual} bytes, the limit is ${limit}`,
      )
      await refused(accounts.update(id, { preferences: large }), 'too-large', expected)
      equal(await accounts.count(), 1, 'the number of rows')
      equal((await accounts.get(id))?.version, 1, 'the version of the row that was there')
    },
    { skip: ({ maxRowBytes }) => (maxRowBytes === null ? 'the adapter declares no maximum for a row' : null) },
  ),
  defineCase('V4.any-json', 'any generated json comes back deeply equal', async (world) => {
    const { a, b } = world
    const text = anyText(12)
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        text,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 5 }),
        fc.dictionary(fc.oneof(text, fc.constantFrom('$set', 'a.b', '__proto__', '')), tie('tree'), {
          maxKeys: 5,
          noNullPrototype: true,
        }),
      ),
    }))
    let number = 0
    await forAll(world, 100, tree, async (value) => {
      const wrapped = { value }
      const { id } = await a.repository(Account).insert(anAccount(`any-${number++}`, { preferences: wrapped }))
      same((await b.repository(Account).get(id))?.preferences, wrapped, 'the json')
    })
  }),
]
