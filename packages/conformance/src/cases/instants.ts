import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { aBooking, anAccount, idsOf, pagesOf, tenant, upTo } from '../sample-rows.ts'
import { Account, Booking, Label } from '../standard-entities.ts'

const instants: readonly string[] = [
  '0001-01-01T00:00:00.000Z',
  '0099-12-31T23:59:59.999Z',
  '1582-10-10T00:00:00.000Z',
  '1883-11-18T17:00:00.123Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2000-02-29T12:00:00.001Z',
  '2026-06-30T23:59:59.999Z',
  '2038-01-19T03:14:08.000Z',
  '9999-12-31T23:59:59.999Z',
]

const refusedInstants: readonly unknown[] = [
  '',
  'now',
  'infinity',
  '2026-01-01',
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.00Z',
  '2026-01-01T00:00:00.000000Z',
  '2026-01-01T00:00:00.0001Z',
  '2026-01-01T00:00:00.000',
  '2026-01-01T00:00:00.000+00:00',
  '2026-01-01T02:00:00.000+02:00',
  '2026-01-01 00:00:00.000Z',
  '2026-01-01t00:00:00.000z',
  ' 2026-01-01T00:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '2026-13-01T00:00:00.000Z',
  '2026-01-01T24:00:00.000Z',
  '2026-06-30T23:59:60.000Z',
  '0000-12-31T00:00:00.000Z',
  '-000001-01-01T00:00:00.000Z',
  '+010000-01-01T00:00:00.000Z',
  0,
  Date.UTC(2026, 0, 1),
  true,
  {},
  [],
  new Date(Number.NaN),
  new Date(Date.UTC(10_000, 0, 1)),
  new Date(-62_135_596_800_001),
  { epochMilliseconds: 0.5 },
  { epochMilliseconds: Number.NaN },
  { epochMilliseconds: '0' },
  { epochMilliseconds: 8.64e15 },
]

export const instantCases: readonly Case[] = [
  defineCase(
    'V3.round-trip',
    'instants from year 1 to 9999 come back as the same text, to the millisecond',
    async ({ a, b }) => {
      for (const [index, value] of instants.entries()) {
        const row = await a.repository(Account).insert(anAccount(index, { openedAt: value, closedAt: value }))
        equal(row.openedAt, value, 'the inserted instant')
        const read = await b.repository(Account).get(row.id)
        same([read?.openedAt, read?.closedAt], [value, value], 'the instant read')
        same(
          await idsOf(b.repository(Account).find({ where: { closedAt: value } })),
          [row.id],
          `rows equal to ${value}`,
        )
      }
      const rows = await a.repository(Account).find({ orderBy: { openedAt: 'asc' }, select: ['openedAt'] })
      same(
        rows.map(({ openedAt }) => openedAt),
        [...instants],
        'the instants in order',
      )
    },
  ),
  defineCase(
    'V3.inputs',
    'a Date and an object with epochMilliseconds are taken, and come out as text',
    async ({ a, b }) => {
      const text = '2026-03-29T01:30:00.007Z'
      for (const [index, value] of [text, new Date(text), { epochMilliseconds: Date.parse(text) }].entries()) {
        const row = await a.repository(Account).insert(anAccount(index, { openedAt: value }))
        equal(row.openedAt, text, 'the inserted instant')
        equal((await b.repository(Account).update(row.id, { closedAt: value }))?.closedAt, text, 'the patched instant')
        equal(await a.repository(Account).count({ where: { openedAt: value } }), index + 1, 'rows equal to this form')
        equal(
          await a.repository(Account).count({ where: { closedAt: { lte: value, gte: value } } }),
          index + 1,
          'rows within it',
        )
        equal(
          await a.repository(Account).count({ where: { openedAt: { in: [value] } } }),
          index + 1,
          'rows in a list of it',
        )
      }
      const { row } = await a
        .repository(Label)
        .insertOrGet('print', { shelf: 's', colour: 'red', printedAt: new Date(text) })
      equal(
        (await b.repository(Label).getBy('print', { colour: 'red', printedAt: text }))?.id,
        row.id,
        'the key of an instant',
      )
    },
  ),
  defineCase('V3.refused', 'what is no such instant is refused by name', async ({ a }) => {
    const accounts = a.repository(Account)
    const { id } = await accounts.insert(anAccount('kept'))
    const expected = {
      data: { entity: 'account', field: 'openedAt' },
      says: ['account', 'openedAt', /instant/],
    } as const
    for (const value of refusedInstants) {
      await refused(accounts.insert({ ...anAccount('new'), openedAt: value } as never), 'invalid-value', expected)
      await refused(accounts.update(id, { openedAt: value } as never), 'invalid-value', expected)
    }
    for (const value of ['2026-01-01', '2026-01-01T00:00:00Z', new Date(Number.NaN), 0])
      await refused(accounts.find({ where: { openedAt: { lt: value } } as never }), 'invalid-value', expected)
    equal(await accounts.count(), 1, 'the number of rows')
    equal((await accounts.get(id))?.version, 1, 'the version of the row that was there')
  }),
  defineCase('V3.one-millisecond', 'equality, order, bounds and cursors tell one millisecond apart', async ({ a }) => {
    const accounts = a.repository(Account)
    const start = Date.parse('2026-05-05T05:05:05.995Z')
    const times = upTo(10).map((offset) => new Date(start + offset).toISOString())
    await accounts.insertMany([...times].reverse().map((openedAt, index) => anAccount(index, { openedAt })))
    const [, second = '', third = ''] = times
    equal(await accounts.count({ where: { openedAt: second } }), 1, 'rows at one millisecond')
    equal(await accounts.count({ where: { openedAt: { gt: second } } }), 8, 'rows after it')
    equal(
      await accounts.count({ where: { openedAt: { gte: second, lt: third } } }),
      1,
      'rows in the half-open millisecond',
    )
    const pages = await pagesOf((cursor) =>
      accounts.page({ orderBy: { openedAt: 'asc' }, limit: 1, cursor, select: ['openedAt'] }),
    )
    const seen = pages.flat().map(({ openedAt }) => openedAt)
    same(seen, times, 'the instants, page by page')
  }),
  defineCase(
    'V3.changing-nights',
    'every half hour of the nights in which zones change their clocks is an instant of its own',
    async ({ a, b }) => {
      const nights = ['2026-03-08', '2026-03-28', '2026-04-04', '2026-10-03', '2026-10-24', '2026-10-31']
      const times = nights.flatMap((night) =>
        upTo(72).map((half) => new Date(Date.parse(`${night}T12:00:00.000Z`) + half * 1_800_000).toISOString()),
      )
      await a.repository(Account).insertMany(times.map((openedAt, index) => anAccount(index, { openedAt })))
      const rows = await b.repository(Account).find({ orderBy: { openedAt: 'asc' }, select: ['openedAt', 'email'] })
      same(
        rows.map(({ openedAt }) => openedAt),
        times,
        'the instants in order',
      )
      for (const time of times.slice(0, 72))
        equal(await b.repository(Account).count({ where: { openedAt: time } }), 1, `rows at ${time}`)
    },
  ),
  defineCase('V3.now-is-an-instant', 'now() and the timestamps are instants of the same form', async ({ a }) => {
    const { createdAt, updatedAt } = await a.repository(Booking, tenant).insert(aBooking(0))
    for (const text of [a.now(), createdAt, updatedAt])
      ok(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text), `no instant: ${text}`)
  }),
]
