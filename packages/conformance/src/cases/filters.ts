import type { TypesIn, Where } from '@portolan/ports'
import fc from 'fast-check'
import { equal, refused, same, show } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { forAll } from '../property.ts'
import { matchesFilter, sorted } from '../reference-order.ts'
import { anAccount, idsOf, owner, upTo } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

type AccountWhere = Where<TypesIn<typeof Account>>

/** The same rows by find, count, page, updateMany; and nothing but them by deleteMany is left to a case of its own. */
async function expectMatches(
  { a, b }: Pick<World, 'a' | 'b'>,
  rows: readonly Account[],
  where: AccountWhere,
): Promise<void> {
  const expected = sorted(
    rows.filter((row) => matchesFilter(row, where)),
    [],
  ).map(({ id }) => id)
  same(await idsOf(a.repository(Account).find({ where })), expected, `rows where ${show(where)}`)
  equal(await b.repository(Account).count({ where }), expected.length, `the count where ${show(where)}`)
}

const specials = [
  '%',
  '_',
  '\\',
  '*',
  '?',
  '.',
  '^',
  '$',
  '[a]',
  '(a)',
  '{a}',
  '|',
  '+',
  "'",
  '"',
  '`',
  '-',
  '/',
  '#',
  '\n',
  '\u0001',
  '%%',
  '\\%',
  'a%',
  '_b',
]

export const filterCases: readonly Case[] = [
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
  defineCase(
    'Q2.plain-text',
    'startsWith, contains and containsIgnoringCase take every character as itself',
    async (world) => {
      const texts = [
        ...specials,
        ...specials.map((part) => `a${part}b`),
        ...specials.map((part) => `${part}tail`),
        'ab',
        'axb',
        'aab',
        '',
      ]
      const rows = await world.a.repository(Account).insertMany(texts.map((name, index) => anAccount(index, { name })))
      for (const searched of specials)
        for (const operator of ['startsWith', 'contains', 'containsIgnoringCase'])
          await expectMatches(world, rows, { name: { [operator]: searched } })
    },
  ),
  defineCase(
    'Q2.exact-text',
    'startsWith and contains compare by code point: case, accents and forms count',
    async (world) => {
      const texts = [
        'abc',
        'Abc',
        'ABC',
        'äbc',
        'a\u0308bc',
        'ﬁb',
        'fib',
        'ßb',
        'ssb',
        '\u212ab',
        'kb',
        'Kb',
        '😀b',
        '\ud83d\udc4db',
        'ıb',
        'ib',
        'İb',
        'ſb',
        'sb',
      ]
      const rows = await world.a.repository(Account).insertMany(texts.map((name, index) => anAccount(index, { name })))
      for (const searched of [
        ...texts.map((text) => [...text].slice(0, -1).join('')),
        'a',
        'b',
        'B',
        'c',
        '\u0308',
        '😀',
        'k',
        's',
        'i',
      ])
        for (const operator of ['startsWith', 'contains', 'eq', 'ne'])
          await expectMatches(world, rows, { name: { [operator]: searched } })
    },
  ),
  defineCase('Q2.ascii-case', 'containsIgnoringCase folds the ASCII letters and no other', async (world) => {
    const texts = [
      'xABCx',
      'xabcx',
      'xAbCx',
      'É',
      'é',
      '\u212a',
      'k',
      'K',
      'ſ',
      's',
      'S',
      'ß',
      'SS',
      'İ',
      'ı',
      'i',
      'I',
      'Ω',
      'ω',
      'Ж',
      'ж',
      '[',
      '{',
      '@',
      '`',
    ]
    const rows = await world.a.repository(Account).insertMany(texts.map((name, index) => anAccount(index, { name })))
    for (const searched of ['abc', 'ABC', 'aBc', ...texts])
      await expectMatches(world, rows, { name: { containsIgnoringCase: searched } })
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
  defineCase('Q2.any-filter', 'any generated filter matches what the reference says', async (world) => {
    const { a } = world
    const texts = ['a', 'b', 'A', 'ab', '', '%', '_', 'é', '\u{1f600}']
    const rows = await a.repository(Account).insertMany(
      upTo(40).map((index) =>
        anAccount(index, {
          name: texts[index % texts.length] ?? '',
          nickname: index % 4 === 0 ? null : (texts[(index * 7) % texts.length] ?? ''),
          balance: (index % 7) - 3,
          credit: index % 3 === 0 ? null : index % 5,
          active: index % 2 === 0,
          closedAt: index % 5 === 0 ? null : `2026-01-0${(index % 8) + 1}T00:00:00.000Z`,
        }),
      ),
    )
    const instants = upTo(8).map((day) => `2026-01-0${day + 1}T00:00:00.000Z`)
    const compare = (field: string, values: readonly (string | number | boolean)[], nullable: boolean) => {
      const one = fc.constantFrom(...values)
      const maybe = nullable ? fc.oneof({ weight: 4, arbitrary: one }, fc.constant(null)) : one
      return fc.oneof(
        maybe.map((value) => ({ [field]: value })),
        fc.tuple(fc.constantFrom('eq', 'ne'), maybe).map(([operator, value]) => ({ [field]: { [operator]: value } })),
        fc
          .tuple(fc.constantFrom('in', 'notIn'), fc.array(maybe, { maxLength: 3 }))
          .map(([operator, list]) => ({ [field]: { [operator]: list } })),
        fc
          .tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte'), one)
          .map(([operator, value]) => ({ [field]: { [operator]: value } })),
      )
    }
    const search = fc
      .tuple(
        fc.constantFrom('name', 'nickname'),
        fc.constantFrom('startsWith', 'contains', 'containsIgnoringCase'),
        fc.constantFrom(...texts),
      )
      .map(([field, operator, text]) => ({ [field]: { [operator]: text } }))
    const { filter } = fc.letrec<{ filter: object; leaf: object }>((tie) => ({
      leaf: fc.oneof(
        compare('name', texts, false),
        compare('nickname', texts, true),
        compare('balance', [-3, -1, 0, 2], false),
        compare('credit', [0, 1, 4], true),
        compare('active', [true, false], false),
        compare('closedAt', instants, true),
        search,
      ),
      filter: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        tie('leaf'),
        fc.array(tie('filter'), { maxLength: 3 }).map((and) => ({ and })),
        fc.array(tie('filter'), { maxLength: 3 }).map((or) => ({ or })),
        tie('filter').map((not) => ({ not })),
        fc.tuple(tie('leaf'), tie('filter')).map(([leaf, not]) => ({ ...leaf, not })),
      ),
    }))
    await forAll(world, 200, filter, (where) => expectMatches(world, rows, where as AccountWhere))
  }),
  defineCase(
    'Q2.refused',
    'unknown operators, fields and operands of another kind are refused by name',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const row = await accounts.insert(anAccount('one'))
      const queries: readonly (readonly [unknown, string])[] = [
        [{ name: { like: 'x' } }, 'like'],
        [{ name: { $ne: 'x' } }, '$ne'],
        [{ name: { toString: 'x' } }, 'toString'],
        [{ name: {} }, 'name'],
        [{ name: ['x'] }, 'name'],
        [{ name: { in: 'x' } }, 'in'],
        [{ name: { lt: null } }, 'lt'],
        [{ balance: { startsWith: '1' } }, 'startsWith'],
        [{ active: { contains: 't' } }, 'contains'],
        [{ nothing: 1 }, 'nothing'],
        [{ preferences: {} }, 'preferences'],
        [{ preferences: null }, 'preferences'],
        [{ 'preferences.a': 1 }, 'preferences.a'],
        [{ or: { name: 'x' } }, 'or'],
        [{ and: [1] }, 'and'],
        [{ not: [] }, 'not'],
        [[], 'where'],
        ['name', 'where'],
        [null, 'where'],
      ]
      for (const [where, named] of queries) {
        const expected = { data: { entity: 'account' }, says: ['account', named] }
        await refused(accounts.find({ where: where as never }), 'invalid-query', expected)
        await refused(accounts.deleteMany({ where: where as never }), 'invalid-query', expected)
      }
      const values: readonly (readonly [unknown, string])[] = [
        [{ name: 1 }, 'name'],
        [{ balance: '1' }, 'balance'],
        [{ balance: { in: [1, '2'] } }, 'balance'],
        [{ balance: { gt: 1.5 } }, 'balance'],
        [{ active: 1 }, 'active'],
        [{ tier: 'gold' }, 'tier'],
        [{ name: { startsWith: 1 } }, 'name'],
        [{ name: { contains: 'a\u0000' } }, 'name'],
      ]
      for (const [where, field] of values)
        await refused(accounts.deleteMany({ where: where as never }), 'invalid-value', {
          data: { entity: 'account', field },
          says: ['account', field],
        })
      await refused(a.repository(Note, owner).find({ where: owner as never }), 'invalid-query', {
        data: { entity: 'note' },
        says: ['note', 'ownerId'],
      })
      same(await accounts.find(), [row], 'the rows')
    },
  ),
  defineCase('Q2.unknown-options', 'unknown options of a query are refused by name, never ignored', async ({ a }) => {
    const accounts = a.repository(Account)
    await accounts.insert(anAccount('one'))
    const expected = (name: string) => ({ data: { entity: 'account' }, says: ['account', name] })
    await refused(accounts.find({ filter: {} } as never), 'invalid-query', expected('filter'))
    await refused(accounts.find({ cursor: null } as never), 'invalid-query', expected('cursor'))
    await refused(accounts.page({ limit: 1, offset: 1 } as never), 'invalid-query', expected('offset'))
    await refused(accounts.count({ limit: 1 } as never), 'invalid-query', expected('limit'))
    await refused(accounts.deleteMany({ where: {}, limit: 1 } as never), 'invalid-query', expected('limit'))
    await refused(
      accounts.updateMany({ where: {}, patch: {}, orderBy: {} } as never),
      'invalid-query',
      expected('orderBy'),
    )
    await refused(accounts.find({ select: [] }), 'invalid-query', expected('select'))
    await refused(accounts.find({ select: 'name' as never }), 'invalid-query', expected('select'))
    equal(await accounts.count(), 1, 'rows left')
  }),
]
