import { equal, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { type AccountWhere, expectMatches } from '../filter-matches.ts'
import { matchesFilter, sorted } from '../reference-order.ts'
import { anAccount, idsOf, upTo } from '../sample-rows.ts'
import { Account } from '../standard-entities.ts'
import { filterRefusalCases } from './filter-refusals.ts'
import { textFilterCases } from './text-filters.ts'

const comparisonCases: readonly Case[] = [
  defineCase('Q2.ne-matches-null', 'ne and notIn match null, unless null is what they exclude', async (world) => {
    const rows = await world.a.repository(Account).insertMany([
      anAccount(1, { nickname: null, credit: null, verified: null, closedAt: null, formerTier: null, rating: null }),
      anAccount(2, {
        nickname: 'x',
        credit: 1,
        verified: true,
        closedAt: '2026-01-01T00:00:00.000Z',
        formerTier: 'pro',
        rating: 1,
      }),
      anAccount(3, {
        nickname: 'y',
        credit: 2,
        verified: false,
        closedAt: '2026-01-02T00:00:00.000Z',
        formerTier: 'free',
        rating: 2,
      }),
    ])
    const [none, x] = rows
    for (const field of ['nickname', 'credit', 'verified', 'closedAt', 'formerTier', 'rating'] as const) {
      const value = x?.[field]
      const ids = async (condition: object) =>
        await idsOf(world.a.repository(Account).find({ where: { [field]: condition } }))
      const withoutX = sorted(
        rows.filter((row) => row !== x),
        [],
      ).map(({ id }) => id)
      same(await ids({ ne: value }), withoutX, `${field} ne its value`)
      same(await ids({ notIn: [value] }), withoutX, `${field} notIn its value`)
      same(
        await ids({ ne: null }),
        sorted(
          rows.filter((row) => row !== none),
          [],
        ).map(({ id }) => id),
        `${field} ne null`,
      )
      same(
        await ids({ notIn: [value, null] }),
        withoutX.filter((id) => id !== none?.id),
        `${field} notIn its value and null`,
      )
      same(
        await ids({ notIn: [] }),
        sorted(rows, []).map(({ id }) => id),
        `${field} notIn nothing`,
      )
    }
  }),
  defineCase('Q2.comparisons-skip-null', 'comparisons, in and the text searches do not match null', async (world) => {
    const rows = await world.a
      .repository(Account)
      .insertMany([
        anAccount(1),
        anAccount(2, { nickname: '', credit: 0, rating: -1, closedAt: '0001-01-01T00:00:00.000Z', verified: false }),
        anAccount(3, { nickname: 'x', credit: 5, rating: 1, closedAt: '9999-12-31T23:59:59.999Z', verified: true }),
      ])
    const bounds = {
      nickname: 'm',
      credit: 3,
      rating: 0,
      closedAt: '2026-01-01T00:00:00.000Z',
      verified: true,
    } as const
    for (const [field, bound] of Object.entries(bounds))
      for (const operator of ['lt', 'lte', 'gt', 'gte'])
        await expectMatches(world, rows, { [field]: { [operator]: bound } })
    for (const where of [
      { nickname: { in: ['x', ''] } },
      { credit: { in: [0] } },
      { nickname: { in: [] } },
      { nickname: { in: [null] } },
      { nickname: { in: ['x', null] } },
      { nickname: { startsWith: '' } },
      { nickname: { contains: '' } },
      { nickname: { containsIgnoringCase: '' } },
      { nickname: { eq: null } },
      { nickname: null },
    ] as AccountWhere[])
      await expectMatches(world, rows, where)
  }),
  defineCase('Q2.not', 'not turns any condition round, for null rows too; and, or, not nest', async (world) => {
    const rows = await world.a
      .repository(Account)
      .insertMany([
        anAccount(1),
        anAccount(2, { nickname: 'abc', credit: 1 }),
        anAccount(3, { nickname: 'ABC', credit: 2 }),
        anAccount(4, { nickname: '', credit: null }),
      ])
    const conditions: AccountWhere[] = [
      { nickname: 'abc' },
      { nickname: null },
      { nickname: { ne: 'abc' } },
      { nickname: { in: ['abc', ''] } },
      { nickname: { notIn: ['abc', ''] } },
      { credit: { lt: 2 } },
      { credit: { gte: 2 } },
      { nickname: { startsWith: 'a' } },
      { nickname: { contains: 'b' } },
      { nickname: { containsIgnoringCase: 'B' } },
      { nickname: { startsWith: 'a', contains: 'c' }, credit: 1 },
      {},
      { and: [] },
      { or: [] },
      { and: [{ credit: 1 }, { nickname: { contains: 'b' } }] },
      { or: [{ credit: 1 }, { nickname: null }] },
      { or: [{ credit: 1 }], nickname: { ne: null } },
    ]
    for (const where of conditions) {
      await expectMatches(world, rows, where)
      await expectMatches(world, rows, { not: where })
      await expectMatches(world, rows, { not: { not: where } })
      await expectMatches(world, rows, { or: [where, { not: where }] })
      await expectMatches(world, rows, { and: [where, { not: where }] })
    }
  }),
  defineCase('Q2.several-operators', 'several operators on one field must all hold', async (world) => {
    const rows = await world.a
      .repository(Account)
      .insertMany(upTo(20).map((index) => anAccount(index, { balance: index, name: `n${index}` })))
    for (const where of [
      { balance: { gte: 5, lt: 9 } },
      { balance: { gt: 5, lte: 9, ne: 7 } },
      { balance: { in: [1, 2, 3], gt: 1 } },
      { balance: { notIn: [1, 2, 3], lt: 6 } },
      { name: { startsWith: 'n1', contains: '2', ne: 'n11' } },
      { name: { gte: 'n1', lt: 'n2' }, balance: { lt: 15 } },
      { balance: { gt: 9, lt: 5 } },
    ] as AccountWhere[])
      await expectMatches(world, rows, where)
  }),
  defineCase(
    'Q2.thousands-in',
    'lists of 5,000 values work in `in` and `notIn`, in queries and in writes',
    async ({ a, b }) => {
      await a
        .repository(Account)
        .insertMany(upTo(40).map((index) => anAccount(index, { balance: index * 500, name: `n${index * 500}` })))
      const numbers = upTo(5_000)
      const names = numbers.map((number) => `n${number}`)
      const accounts = b.repository(Account)
      equal(await accounts.count({ where: { balance: { in: numbers } } }), 10, 'rows in 5,000 numbers')
      equal(await accounts.count({ where: { balance: { notIn: numbers } } }), 30, 'rows in none of 5,000 numbers')
      equal(
        (await accounts.find({ where: { name: { in: names }, balance: { gte: 1_000 } } })).length,
        8,
        'rows in 5,000 texts',
      )
      equal(
        (await accounts.find({ where: { or: [{ name: { in: names } }, { balance: 19_500 }] } })).length,
        11,
        'rows in an or',
      )
      equal(
        (await accounts.find({ where: { not: { name: { in: names } } }, orderBy: { balance: 'desc' }, limit: 3 }))
          .length,
        3,
        'rows in a not',
      )
      const first = await accounts.page({ where: { balance: { in: numbers } }, orderBy: { balance: 'desc' }, limit: 6 })
      const second = await accounts.page({
        where: { balance: { in: numbers } },
        orderBy: { balance: 'desc' },
        limit: 6,
        cursor: first.nextCursor,
      })
      same(
        [...first.items, ...second.items].map(({ balance }) => balance),
        upTo(10).map((index) => 4_500 - index * 500),
        'pages of it',
      )
      equal(await accounts.updateMany({ where: { name: { in: names } }, patch: { active: false } }), 10, 'rows patched')
      equal((await accounts.getMany(names)).length, 0, 'rows by 5,000 ids')
      equal(await accounts.deleteMany({ where: { name: { in: names } } }), 10, 'rows deleted')
      equal(await accounts.count(), 30, 'rows left')
    },
  ),
  defineCase(
    'Q2.only-matching-deleted',
    'deleteMany and updateMany touch exactly the rows that match',
    async ({ a, b }) => {
      const rows = await a
        .repository(Account)
        .insertMany(
          upTo(12).map((index) =>
            anAccount(index, { nickname: index % 3 === 0 ? null : `n${index % 3}`, balance: index }),
          ),
        )
      const where = { or: [{ nickname: { ne: 'n1' } }, { balance: { gte: 10 } }], not: { balance: 3 } } as const
      const [hit, missed] = [
        rows.filter((row) => matchesFilter(row, where)),
        rows.filter((row) => !matchesFilter(row, where)),
      ]
      equal(await b.repository(Account).updateMany({ where, patch: { name: 'hit' } }), hit.length, 'rows patched')
      same(
        (await a.repository(Account).find({ where: { name: 'hit' } })).map(({ id }) => id),
        sorted(hit, []).map(({ id }) => id),
        'the patched rows',
      )
      equal(await a.repository(Account).deleteMany({ where }), hit.length, 'rows deleted')
      same(await b.repository(Account).find(), sorted(missed, []), 'the rows left')
    },
  ),
]

export const filterCases: readonly Case[] = [...comparisonCases, ...textFilterCases, ...filterRefusalCases]
