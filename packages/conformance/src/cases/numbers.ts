import { equal, refused, same, show } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anAccount, idsOf, upTo } from '../sample-rows.ts'
import { Account } from '../standard-entities.ts'

const integers: readonly number[] = [
  0,
  1,
  -1,
  127,
  128,
  32_767,
  32_768,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53 - 2,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
]

const floats: readonly number[] = [
  0,
  0.1,
  -0.1,
  0.1 + 0.2,
  1 / 3,
  1e21,
  1e-7,
  123456789.12345679,
  2 ** 53,
  2 ** 53 + 2,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.EPSILON,
  2.2250738585072014e-308,
]

export const numberCases: readonly Case[] = [
  defineCase('V2.integers', 'safe integers come back as the same numbers', async ({ a, b }) => {
    for (const [index, value] of integers.entries()) {
      const row = await a.repository(Account).insert(anAccount(index, { balance: value, credit: value }))
      equal(row.balance, value, 'the inserted integer')
      const read = await b.repository(Account).get(row.id)
      same([read?.balance, read?.credit, typeof read?.balance], [value, value, 'number'], 'the integer read')
      same(await idsOf(b.repository(Account).find({ where: { credit: value } })), [row.id], `rows equal to ${value}`)
    }
  }),
  defineCase('V2.floats', 'finite doubles come back as the same numbers', async ({ a, b }) => {
    for (const [index, value] of floats.entries()) {
      const row = await a.repository(Account).insert(anAccount(index, { score: value, rating: value }))
      equal(row.score, value, 'the inserted float')
      const read = await b.repository(Account).get(row.id)
      same([read?.score, read?.rating, typeof read?.score], [value, value, 'number'], 'the float read')
      same(await idsOf(b.repository(Account).find({ where: { rating: value } })), [row.id], `rows equal to ${value}`)
    }
  }),
  defineCase('V2.minus-zero', '-0 becomes 0, written by any call', async ({ a, b }) => {
    const accounts = a.repository(Account)
    const row = await accounts.insert(
      anAccount('zero', { score: -0, rating: -0, balance: -0, preferences: { part: -0 } }),
    )
    const patched = await b.repository(Account).update(row.id, { score: -0, balance: -0 })
    for (const one of [row, patched, await accounts.get(row.id)])
      same([one?.score, one?.rating, one?.balance, one?.preferences], [0, 0, 0, { part: 0 }], 'the numbers')
    same(await idsOf(accounts.find({ where: { score: -0 } })), [row.id], 'rows equal to -0')
  }),
  defineCase('V2.refused', 'what is no safe integer or no finite double is refused by name', async ({ a }) => {
    const accounts = a.repository(Account)
    const { id } = await accounts.insert(anAccount('kept'))
    const neither = [Number.NaN, Infinity, -Infinity, '1', 1n, true, [], {}, new Date(0)]
    const wrong: readonly (readonly ['balance' | 'score', unknown])[] = [
      ...[...neither, 1.5, 2 ** 53, -(2 ** 53), 1e300, Number.MIN_VALUE].map((value) => ['balance', value] as const),
      ...neither.map((value) => ['score', value] as const),
    ]
    for (const [field, value] of wrong) {
      const expected = { data: { entity: 'account', field }, says: ['account', field] }
      await refused(accounts.insert({ ...anAccount('new'), [field]: value } as never), 'invalid-value', expected)
      await refused(accounts.update(id, { [field]: value } as never), 'invalid-value', expected)
      await refused(accounts.upsert('email', anAccount('kept'), { [field]: value } as never), 'invalid-value', expected)
    }
    equal(await accounts.count(), 1, 'the number of rows')
    equal((await accounts.get(id))?.version, 1, 'the version of the row that was there')
  }),
  defineCase('V2.numbers-everywhere', 'counts, versions and selected numbers are numbers', async ({ a }) => {
    const accounts = a.repository(Account)
    await accounts.insertMany(upTo(3).map((index) => anAccount(index, { balance: 2 ** 40 + index })))
    const count: unknown = await accounts.count()
    equal(count, 3, 'the count')
    const changed: unknown = await accounts.updateMany({ where: {}, patch: { balance: { increment: 1 } } })
    equal(changed, 3, 'what updateMany counted')
    const rows = await accounts.find({ select: ['balance', 'version'], orderBy: { balance: 'asc' } })
    same(
      rows,
      upTo(3).map((index) => ({ balance: 2 ** 40 + index + 1, version: 2 })),
      'the selected numbers',
    )
    const removed: unknown = await accounts.deleteMany({ where: {} })
    equal(removed, 3, 'what deleteMany counted')
  }),
  defineCase(
    'V2.booleans-and-choices',
    'booleans and one-of texts come back as they are; others are refused',
    async ({ a, b }) => {
      const accounts = a.repository(Account)
      for (const value of [true, false]) {
        const { id } = await accounts.insert(anAccount(`is ${value}`, { active: value, verified: value }))
        const read = await b.repository(Account).get(id)
        same([read?.active, read?.verified], [value, value], 'the booleans')
        same(await idsOf(accounts.find({ where: { verified: value } })), [id], `rows equal to ${value}`)
      }
      for (const tier of ['free', 'plus', 'pro'] as const) {
        const { id } = await accounts.insert(anAccount(tier, { tier, formerTier: tier }))
        equal((await b.repository(Account).get(id))?.formerTier, tier, 'the choice')
      }
      const before = await accounts.count()
      for (const value of [1, 0, 'true', 't', '', []])
        await refused(accounts.insert({ ...anAccount('new'), active: value } as never), 'invalid-value', {
          data: { entity: 'account', field: 'active' },
          says: ['account', 'active'],
        })
      for (const value of ['Free', 'free ', 'gold', '', 0, true, ['free']])
        await refused(accounts.insert({ ...anAccount('new'), tier: value } as never), 'invalid-value', {
          data: { entity: 'account', field: 'tier' },
          says: ['account', 'tier'],
        })
      equal(await accounts.count(), before, `the number of rows, ${show(before)} before`)
    },
  ),
]
