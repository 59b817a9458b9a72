import type { SelectPlan } from '@portolan/adapter-kit'
import type { OrderBy, TypesIn } from '@portolan/ports'
import { equal, fail, ok, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { driverWith } from '../driver-with.ts'
import { type Entry, sorted } from '../reference-order.ts'
import { anAccount, idsOf, inParts, otherOwner, owner, pagesOf, upTo } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

const orders: readonly (readonly Entry[])[] = [
  [],
  [['id', 'desc']],
  [['name', 'asc']],
  [['name', 'desc']],
  [['nickname', 'asc']],
  [['nickname', 'desc']],
  [
    ['nickname', 'asc'],
    ['balance', 'desc'],
  ],
  [
    ['nickname', 'desc'],
    ['rating', 'asc'],
    ['name', 'desc'],
  ],
  [
    ['active', 'desc'],
    ['closedAt', 'asc'],
  ],
  [
    ['tier', 'asc'],
    ['score', 'desc'],
    ['credit', 'asc'],
  ],
]

const by = (entries: readonly Entry[]) =>
  entries.map(([field, direction]) => ({ [field]: direction }) as OrderBy<TypesIn<typeof Account>>)

/** 41 rows full of ties and nulls, of every kind of field. */
async function manyAccounts({ a }: Pick<World, 'a'>): Promise<Account[]> {
  return await a.repository(Account).insertMany(
    upTo(41).map((index) =>
      anAccount(index, {
        name: `n${index % 4}`,
        nickname: index % 3 === 0 ? null : (['', 'x', '\u{1f600}', '\uff5e'][index % 4] ?? ''),
        balance: index % 5,
        credit: index % 2 === 0 ? null : index % 7,
        score: (index % 6) / 7,
        rating: index % 4 === 0 ? null : (index % 3) - 0.1,
        active: index % 2 === 0,
        tier: (['free', 'pro', 'plus'] as const)[index % 3] ?? 'free',
        closedAt: index % 5 === 0 ? null : `2026-01-01T00:00:00.00${index % 8}Z`,
      }),
    ),
  )
}

export const pageCases: readonly Case[] = [
  defineCase(
    'Q3.each-row-once',
    'pages of any size visit each row once, in order, among ties and nulls',
    async (world) => {
      const rows = await manyAccounts(world)
      for (const order of orders) {
        const expected = sorted(rows, order).map(({ id }) => id)
        for (const limit of [1, 2, 7, 40, 41, 42, 100]) {
          const pages = await pagesOf((cursor) =>
            world.b.repository(Account).page({ orderBy: by(order), limit, cursor }),
          )
          same(
            pages.flat().map(({ id }) => id),
            expected,
            `pages of ${limit} by ${JSON.stringify(order)}`,
          )
          equal(pages.length, Math.max(1, Math.ceil(41 / limit)), `the number of pages of ${limit}`)
          for (const page of pages.slice(0, -1)) equal(page.length, limit, 'the rows of a page that is not the last')
        }
      }
    },
  ),
  defineCase(
    'Q3.last-page',
    'the last page has no cursor, also when it is full or empty; no cursor is the first page',
    async ({ a }) => {
      const accounts = a.repository(Account)
      same(await accounts.page({ limit: 3 }), { items: [], nextCursor: null }, 'the page of nothing')
      const rows = await accounts.insertMany(upTo(4).map((index) => anAccount(index)))
      const all = sorted(rows, [])
      for (const cursor of [null, undefined]) {
        const page = await accounts.page({ limit: 2, cursor })
        same(page.items, all.slice(0, 2), 'the first page')
        ok(typeof page.nextCursor === 'string', 'the first page has no cursor')
        same(
          await accounts.page({ limit: 2, cursor: page.nextCursor }),
          { items: all.slice(2), nextCursor: null },
          'the last page',
        )
      }
      same(await accounts.page({ limit: 4 }), { items: all, nextCursor: null }, 'a page that holds exactly all')
    },
  ),
  defineCase(
    'Q3.where-and-select',
    'pages keep to where and select, also when the order is not selected',
    async (world) => {
      const rows = await manyAccounts(world)
      const expected = sorted(rows, [
        ['balance', 'desc'],
        ['name', 'asc'],
      ]).filter(({ active, name }) => active && name !== 'n0')
      const pages = await pagesOf((cursor) =>
        world.a.repository(Account).page({
          where: { active: true, name: { ne: 'n0' } },
          orderBy: [{ balance: 'desc' }, { name: 'asc' }],
          select: ['email'],
          limit: 3,
          cursor,
        }),
      )
      same(
        pages.flat(),
        expected.map(({ email }) => ({ email })),
        'the selected fields of each row',
      )
    },
  ),
  defineCase('Q3.cursor-row-deleted', 'a cursor stays good when its row is deleted or changed', async (world) => {
    const rows = await manyAccounts(world)
    for (const order of [
      [
        ['nickname', 'asc'],
        ['balance', 'desc'],
      ],
      [['nickname', 'desc']],
      [],
    ] as const) {
      const expected = sorted(await world.a.repository(Account).find(), order)
      const first = await world.a.repository(Account).page({ orderBy: by(order), limit: 5 })
      const last = first.items.at(-1)
      ok(last, 'the first page is empty')
      await world.b.repository(Account).delete(last.id)
      const rest = await pagesOf((cursor) =>
        world.a.repository(Account).page({ orderBy: by(order), limit: 5, cursor: cursor ?? first.nextCursor }),
      )
      same(
        rest.flat().map(({ id }) => id),
        expected.slice(5).map(({ id }) => id),
        'the rows after the deleted one',
      )
    }
    equal(await world.b.repository(Account).count(), rows.length - 3, 'rows left')
  }),
  defineCase('Q3.rows-that-stay', 'rows that stay are visited once each while others come and go', async ({ a, b }) => {
    const accounts = a.repository(Account)
    const staying = await accounts.insertMany(
      upTo(30).map((index) => anAccount(`stays-${index}`, { balance: index * 2 })),
    )
    const passing = await accounts.insertMany(
      upTo(30).map((index) => anAccount(`goes-${index}`, { balance: index * 2 + 1 })),
    )
    const seen: string[] = []
    let step = 0
    await pagesOf(async (cursor) => {
      const page = await accounts.page({ orderBy: { balance: 'asc' }, limit: 4, cursor })
      seen.push(...page.items.map(({ id }) => id))
      const elsewhere = b.repository(Account)
      await elsewhere.delete(passing[step * 3]?.id ?? '')
      await elsewhere.insert(anAccount(`new-low-${step}`, { balance: -step }))
      await elsewhere.insert(anAccount(`new-high-${step}`, { balance: 30 + step }))
      step++
      return page
    }, 60)
    equal(new Set(seen).size, seen.length, 'different rows among those seen')
    const order = staying.map(({ id }) => id)
    same(
      seen.filter((id) => order.includes(id)),
      order,
      'the rows that stayed, in order',
    )
  }),
  defineCase(
    'Q3.foreign-cursor',
    'a cursor of another order, entity or scope is refused as invalid-cursor',
    async (world) => {
      await manyAccounts(world)
      const accounts = world.a.repository(Account)
      const { nextCursor } = await accounts.page({ orderBy: { name: 'asc' }, limit: 2 })
      ok(nextCursor, 'there is no cursor')
      const expected = { data: { entity: 'account' }, says: ['account', /cursor/] } as const
      for (const orderBy of [
        undefined,
        { name: 'desc' },
        { nickname: 'asc' },
        [{ name: 'asc' }, { balance: 'asc' }],
        { id: 'asc' },
      ] as const)
        await refused(accounts.page({ orderBy, limit: 2, cursor: nextCursor }), 'invalid-cursor', expected)
      await world.a.repository(Note, owner).insertMany(upTo(3).map(() => ({ title: 'x' })))
      await refused(
        world.a.repository(Note, owner).page({ orderBy: { title: 'asc' }, limit: 2, cursor: nextCursor }),
        'invalid-cursor',
        {
          data: { entity: 'note' },
          says: ['note'],
        },
      )
      const note = await world.a.repository(Note, owner).page({ limit: 2 })
      await refused(world.a.repository(Note, otherOwner).page({ limit: 2, cursor: note.nextCursor }), 'invalid-cursor')
      const elsewhere = await world.b
        .repository(Account)
        .page({ orderBy: { name: 'asc' }, limit: 40, cursor: nextCursor })
      equal(elsewhere.items.length, 39, 'the rows that another client gets by the cursor')
    },
  ),
  defineCase(
    'Q3.damaged-cursor',
    'a damaged cursor is refused as invalid-cursor, whatever became of it',
    async (world) => {
      await manyAccounts(world)
      const page = (cursor: unknown) =>
        world.a.repository(Account).page({ orderBy: { name: 'asc' }, limit: 2, cursor: cursor as string })
      const { nextCursor } = await page(null)
      const good = nextCursor ?? fail('there is no cursor')
      const damaged: unknown[] = [
        '',
        ' ',
        'x',
        '0',
        'null',
        '[]',
        '{}',
        btoa('["n0","x"]'),
        `${good}A`,
        `A${good}`,
        good + good,
        `${good} `,
        'é',
        '\u0000',
        1,
        {},
        [],
        true,
      ]
      for (const at of upTo(good.length)) {
        damaged.push(good.slice(0, at))
        damaged.push(`${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`)
      }
      for (const cursor of damaged)
        if (cursor !== good)
          await refused(page(cursor), 'invalid-cursor', { data: { entity: 'account' }, says: ['account', /cursor/] })
      equal((await page(good)).items.length, 2, 'the rows by the undamaged cursor')
    },
  ),
  defineCase(
    'Q3.same-cost-anywhere',
    'each page is one bounded read, wherever in the list it lies',
    async ({ open, a }) => {
      const plans: SelectPlan[] = []
      const { storage } = await open({
        wrapDriver: (driver) =>
          driverWith(driver, {
            select(plan, context) {
              plans.push(plan)
              return driver.select(plan, context)
            },
          }),
      })
      await a.repository(Account).insertMany(upTo(60).map((index) => anAccount(index, { name: `n${index % 3}` })))
      const pages = await pagesOf((cursor) =>
        storage.repository(Account).page({ orderBy: { name: 'asc' }, limit: 7, cursor }),
      )
      equal(plans.length, pages.length, 'reads of the store')
      for (const { limit, offset } of plans) {
        ok(limit !== null && limit <= 8, `a page of 7 read up to ${limit} rows`)
        equal(offset, 0, 'rows that a page skipped')
      }
    },
  ),
  defineCase(
    'Q3.each',
    'each walks all rows that stay, in order, in pages, and stops when the loop does',
    async ({ a, b }) => {
      const total = 1_234
      const notes = upTo(total).map((index) => ({ title: `t${index % 10}`, views: index }))
      const rows = await inParts(notes, (part) => a.repository(Note, owner).insertMany(part))
      const seen: string[] = []
      for await (const { id } of b.repository(Note, owner).each({ orderBy: { title: 'desc' } })) seen.push(id)
      same(
        seen,
        sorted(rows, [['title', 'desc']]).map(({ id }) => id),
        'the rows of each',
      )
      const part: object[] = []
      for await (const row of b
        .repository(Note, owner)
        .each({ where: { views: { lt: 600 } }, select: ['views'], orderBy: { views: 'asc' } }))
        part.push(row)
      same(
        part,
        upTo(600).map((views) => ({ views })),
        'the selected field of the matching rows',
      )
      let taken = 0
      for await (const _ of b.repository(Note, owner).each()) if (++taken === 3) break
      equal(taken, 3, 'rows taken before the break')
      const some: string[] = []
      for await (const { id } of b.repository(Note, owner).each({ limit: 501 })) some.push(id)
      same(
        some,
        sorted(rows, [])
          .slice(0, 501)
          .map(({ id }) => id),
        'the rows of a limited each',
      )
    },
  ),
  defineCase(
    'Q3.each-while-deleting',
    'each visits the rows that stay though the visited ones are deleted on the way',
    async ({ a, b }) => {
      const notes = upTo(700).map((views) => ({ views }))
      const rows = await inParts(notes, (part) => a.repository(Note, owner).insertMany(part))
      const seen: string[] = []
      for await (const { id } of a.repository(Note, owner).each()) {
        seen.push(id)
        await b.repository(Note, owner).delete(id)
      }
      same(
        seen,
        sorted(rows, []).map(({ id }) => id),
        'the rows seen',
      )
      same(await idsOf(a.repository(Note, owner).find()), [], 'rows left')
    },
  ),
]
