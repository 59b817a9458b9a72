import { equal, refused, same, show } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anAccount, idsOf, inParts, owner, upTo } from '../sample-rows.ts'
import { Account, Note, Task } from '../standard-entities.ts'

const wrongLimits = [0, -1, 1.5, 100_001, 2 ** 53, Infinity, Number.NaN, '1', null, {}, [1], true, '1; --']

export const limitCases: readonly Case[] = [
  defineCase(
    'Q4.refused',
    'limits other than whole numbers from 1 to 100,000 are refused, naming entity and limit',
    async ({ a, capabilities }) => {
      await a.repository(Task).insert({ queue: 'q' })
      const expected = { data: { entity: 'task', part: 'limit' }, says: ['task', /limit/] } as const
      for (const limit of wrongLimits as never[]) {
        await refused(a.repository(Task).find({ limit }), 'invalid-query', expected)
        await refused(a.repository(Task).page({ limit }), 'invalid-query', expected)
        await refused(
          async () => {
            for await (const _ of a.repository(Task).each({ limit }));
          },
          'invalid-query',
          expected,
        )
        if (capabilities.claim)
          await refused(
            a.repository(Task).claim({ where: {}, limit, patch: { state: 'taken' } }),
            'invalid-query',
            expected,
          )
      }
      await refused(a.repository(Task).page({} as never), 'invalid-query', expected)
      await refused(a.repository(Task).page({ limit: undefined } as never), 'invalid-query', expected)
      equal(await a.repository(Task).count({ where: { state: 'waiting' } }), 1, 'tasks that nobody took')
      equal((await a.repository(Task).find({ limit: 1 })).length, 1, 'rows with limit 1')
      equal((await a.repository(Task).find({ limit: 100_000 })).length, 1, 'rows with the highest limit')
      equal(
        (await a.repository(Task).page({ limit: 100_000 })).items.length,
        1,
        'rows of a page with the highest limit',
      )
    },
  ),
  defineCase('Q4.offset', 'offset skips that many rows; what is none is refused', async ({ a, b }) => {
    await a.repository(Account).insertMany(upTo(10).map((index) => anAccount(index, { balance: index })))
    const numbers = async (offset: number | undefined, limit?: number) =>
      (await b.repository(Account).find({ orderBy: { balance: 'asc' }, offset, limit, select: ['balance'] })).map(
        ({ balance }) => balance,
      )
    same(await numbers(0), upTo(10), 'offset 0')
    same(await numbers(undefined), upTo(10), 'no offset')
    same(await numbers(7), [7, 8, 9], 'offset 7 without a limit')
    same(await numbers(7, 2), [7, 8], 'offset 7 with limit 2')
    same(await numbers(9, 5), [9], 'offset 9 with limit 5')
    same(await numbers(10), [], 'offset at the end')
    same(await numbers(1_000_000, 1), [], 'offset far beyond the end')
    for (const offset of [-1, 0.5, Number.NaN, Infinity, '1', null, {}] as never[])
      await refused(a.repository(Account).find({ offset }), 'invalid-query', {
        data: { entity: 'account', part: 'offset' },
        says: ['account', /offset/],
      })
  }),
  defineCase(
    'Q4.everything',
    'without a limit find returns everything, and count is exact',
    async ({ a, b }) => {
      const total = 2_345
      const notes = upTo(total).map((views) => ({ views }))
      const rows = await inParts(notes, (part) => a.repository(Note, owner).insertMany(part))
      equal((await b.repository(Note, owner).find()).length, total, 'rows found without a limit')
      equal(await b.repository(Note, owner).count(), total, 'the count')
      equal(
        await b.repository(Note, owner).count({ where: { views: { gte: 345 } } }),
        2_000,
        'the count with a condition',
      )
      equal((await b.repository(Note, owner).getMany(rows.map(({ id }) => id))).length, total, 'rows by their ids')
      equal((await b.repository(Note, owner).find({ limit: 2_000 })).length, 2_000, 'rows found with a limit')
    },
    {
      skip: ({ scanBound }) =>
        scanBound !== null && scanBound < 2_345 ? `declares a scan bound of ${scanBound}` : null,
    },
  ),
  defineCase(
    'Q4.too-broad',
    'a query that would read more than the declared bound is refused; it is never cut in silence',
    async ({ a, capabilities }) => {
      const bound = capabilities.scanBound ?? 0
      const notes = a.repository(Note, owner)
      for (let made = 0; made <= bound; made += 500)
        await notes.insertMany(upTo(Math.min(500, bound + 1 - made)).map((index) => ({ views: made + index })))
      const expected = { data: { entity: 'note', limit: bound }, says: ['note', String(bound)] }
      await refused(notes.find(), 'query-too-broad', expected)
      await notes.count().then(
        (count) => equal(count, bound + 1, 'a count that was not refused'),
        (error: unknown) => refused(Promise.reject(error), 'query-too-broad', expected),
      )
      equal((await notes.page({ limit: 10 })).items.length, 10, 'rows of a page')
    },
    {
      skip: ({ scanBound }) =>
        scanBound === null
          ? 'declares no scan bound'
          : scanBound > 20_000
            ? `declares a scan bound of ${scanBound}, too many rows for a case`
            : null,
    },
  ),
  defineCase('Q4.get-many', 'getMany gives the rows found, each once, at its first mention', async ({ a, b }) => {
    const rows = await a.repository(Account).insertMany(upTo(5).map((index) => anAccount(index, { id: `id-${index}` })))
    const asked = ['id-3', 'nobody', 'id-1', 'id-3', 'id-0', 'ID-1', 'id-1']
    same(
      await b.repository(Account).getMany(asked),
      [rows[3], rows[1], rows[0]] as Account[],
      `rows for ${show(asked)}`,
    )
    same(await b.repository(Account).getMany([]), [], 'rows for no id')
    const ids = upTo(5_000).map((index) => `id-${index}`)
    same(await idsOf(b.repository(Account).getMany(ids)), ids.slice(0, 5), 'rows for 5,000 ids')
  }),
]
