import type { OrderBy, TypesIn } from '@portolan/ports'
import fc from 'fast-check'
import { equal, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anyText, forAll } from '../property.ts'
import { type Entry, sorted } from '../reference-order.ts'
import { anAccount, idsOf, owner, upTo } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

type AccountOrder = OrderBy<TypesIn<typeof Account>>

/** In code point order. By UTF-16 unit the last two would change places with those before them. */
const textsInOrder: readonly string[] = [
  '',
  '\u0001',
  ' ',
  '!',
  '0',
  '10',
  '9',
  'A',
  'AA',
  'B',
  'Z',
  '_',
  'a',
  'a ',
  'a b',
  'aa',
  'ab',
  'z',
  'zz',
  '~',
  '\u00df',
  '\u00e9',
  'е',
  '你',
  '\ue000',
  '\ufb01',
  '\uff5e',
  '\u{1f600}',
  '\u{10ffff}',
]

export const orderCases: readonly Case[] = [
  defineCase('Q1.by-id', 'without orderBy rows come by id ascending', async ({ a, b }) => {
    const ids = ['b', 'B', 'a', '10', '9', '\u{1f600}', '\uff5e', 'a ', 'é', 'z']
    for (const [index, id] of ids.entries()) await a.repository(Account).insert(anAccount(index, { id }))
    const expected = sorted(
      ids.map((id) => ({ id })),
      [],
    ).map(({ id }) => id)
    same(await idsOf(b.repository(Account).find()), expected, 'find without orderBy')
    same(await idsOf(b.repository(Account).find({ orderBy: [] })), expected, 'find with an empty orderBy')
    same(
      await idsOf(b.repository(Account).find({ orderBy: { id: 'desc' } })),
      [...expected].reverse(),
      'find by id descending',
    )
    same(
      (await b.repository(Account).page({ limit: 100 })).items.map(({ id }) => id),
      expected,
      'page without orderBy',
    )
  }),
  defineCase('Q1.ties', 'ties break by id in the direction of the last entry', async ({ a, b }) => {
    const ids = upTo(12).map((index) => `id-${String.fromCodePoint(109 - index)}`)
    await a
      .repository(Account)
      .insertMany(ids.map((id, index) => anAccount(index, { id, name: `n${index % 3}`, balance: index % 2 })))
    const rows = await a.repository(Account).find()
    const orders: readonly (readonly Entry[])[] = [
      [['name', 'asc']],
      [['name', 'desc']],
      [
        ['name', 'asc'],
        ['balance', 'desc'],
      ],
      [
        ['name', 'desc'],
        ['balance', 'asc'],
      ],
      [
        ['balance', 'desc'],
        ['name', 'desc'],
      ],
    ]
    for (const order of orders)
      same(
        await idsOf(b.repository(Account).find({ orderBy: orderBy(order) })),
        sorted(rows, order).map(({ id }) => id),
        `order ${JSON.stringify(order)}`,
      )
  }),
  defineCase(
    'Q1.code-points',
    'text orders by Unicode code point, not by locale, case or UTF-16 unit',
    async ({ a, b }) => {
      const shuffled = [...textsInOrder].reverse()
      await a.repository(Account).insertMany(shuffled.map((name, index) => anAccount(index, { name })))
      const names = async (direction: 'asc' | 'desc') =>
        (await b.repository(Account).find({ orderBy: { name: direction }, select: ['name'] })).map(({ name }) => name)
      same(await names('asc'), [...textsInOrder], 'ascending')
      same(await names('desc'), [...textsInOrder].reverse(), 'descending')
      for (const [index, name] of textsInOrder.entries()) {
        equal(
          await b.repository(Account).count({ where: { name: { lt: name } } }),
          index,
          `rows below ${JSON.stringify(name)}`,
        )
        equal(
          await b.repository(Account).count({ where: { name: { lte: name } } }),
          index + 1,
          `rows up to ${JSON.stringify(name)}`,
        )
      }
    },
  ),
  defineCase('Q1.null', 'null sorts first ascending and last descending, for every kind of field', async ({ a, b }) => {
    const rows = await a.repository(Account).insertMany([
      anAccount(1, {
        nickname: 'a',
        credit: -5,
        rating: -0.5,
        verified: false,
        formerTier: 'free',
        closedAt: '0001-01-01T00:00:00.000Z',
      }),
      anAccount(2),
      anAccount(3, {
        nickname: '',
        credit: 0,
        rating: 0,
        verified: true,
        formerTier: 'pro',
        closedAt: '9999-12-31T23:59:59.999Z',
      }),
      anAccount(4),
    ])
    for (const field of ['nickname', 'credit', 'rating', 'verified', 'formerTier', 'closedAt'] as const)
      for (const direction of ['asc', 'desc'] as const)
        same(
          await idsOf(b.repository(Account).find({ orderBy: { [field]: direction } })),
          sorted(rows, [[field, direction]]).map(({ id }) => id),
          `order by ${field} ${direction}`,
        )
  }),
  defineCase(
    'Q1.every-kind',
    'numbers order by size, booleans false first, choices by their text, instants by time',
    async ({ a, b }) => {
      const rows = await a.repository(Account).insertMany(
        [-10, -9, 0, 9, 10, 100, 2 ** 40].map((balance, index) =>
          anAccount(index, {
            balance: -balance,
            score: balance / 7,
            active: index % 2 === 0,
            tier: (['pro', 'free', 'plus'] as const)[index % 3] ?? 'free',
            openedAt: new Date(Date.UTC(2026, 0, 10 - index)),
          }),
        ),
      )
      for (const row of rows.slice(0, 3)) await a.repository(Account).update(row.id, {})
      const stored = await b.repository(Account).find()
      for (const field of ['balance', 'score', 'active', 'tier', 'openedAt', 'version'] as const)
        for (const direction of ['asc', 'desc'] as const)
          same(
            await idsOf(b.repository(Account).find({ orderBy: { [field]: direction } })),
            sorted(stored, [[field, direction]]).map(({ id }) => id),
            `order by ${field} ${direction}`,
          )
    },
  ),
  defineCase('Q1.any-order', 'any generated rows come in any order as the reference sorts them', async (world) => {
    const { a, b } = world
    const text = fc.oneof(fc.constantFrom('a', 'b', 'A', ''), anyText(4))
    const row = fc.record({
      name: text,
      nickname: fc.option(text),
      balance: fc.integer({ min: -3, max: 3 }),
      rating: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
      active: fc.boolean(),
    })
    const fields = ['name', 'nickname', 'balance', 'rating', 'active'] as const
    const order = fc.uniqueArray(fc.tuple(fc.constantFrom(...fields), fc.constantFrom('asc', 'desc')), {
      selector: ([field]) => field,
      maxLength: 3,
    })
    let run = 0
    const given = fc.tuple(
      fc.array(row, { minLength: 1, maxLength: 12 }),
      fc.array(order, { minLength: 1, maxLength: 4 }),
    )
    await forAll(world, 30, given, async ([all, orders]) => {
      run++
      await a.repository(Account).deleteMany({ where: {} })
      const rows = await a
        .repository(Account)
        .insertMany(all.map((values, index) => anAccount(`${run}-${index}`, values)))
      for (const entries of orders)
        same(
          await idsOf(b.repository(Account).find({ orderBy: orderBy(entries) })),
          sorted(rows, entries).map(({ id }) => id),
          `order ${JSON.stringify(entries)}`,
        )
    })
  }),
  defineCase('Q1.refused', 'an order by what has none is refused, naming entity and field', async ({ a }) => {
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ nothing: 'asc' }, 'nothing'],
      [{ preferences: 'asc' }, 'preferences'],
      [{ name: 'up' }, 'name'],
      [{ name: 'ASC' }, 'name'],
      [{ name: undefined }, 'name'],
      [{ name: 1 }, 'name'],
      [{ 'name; --': 'asc' }, 'name; --'],
      [{ toString: 'asc' }, 'toString'],
      [[{ name: 'asc' }, { extra: 'desc' }], 'extra'],
      ['name', 'orderBy'],
      [[null], 'orderBy'],
    ]
    for (const [given, named] of wrong) {
      const expected = { data: { entity: 'account' }, says: ['account', named] }
      await refused(a.repository(Account).find({ orderBy: given as never }), 'invalid-query', expected)
      await refused(a.repository(Account).page({ orderBy: given as never, limit: 1 }), 'invalid-query', expected)
    }
    await refused(a.repository(Note, owner).find({ orderBy: { ownerId: 'asc' } as never }), 'invalid-query', {
      data: { entity: 'note' },
    })
    await refused(a.repository(Note, owner).find({ orderBy: { version: 'asc' } as never }), 'invalid-query', {
      data: { entity: 'note' },
    })
  }),
]

function orderBy(entries: readonly Entry[]): AccountOrder[] {
  return entries.map(([field, direction]) => ({ [field]: direction }) as AccountOrder)
}
