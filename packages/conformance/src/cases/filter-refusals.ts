import { equal, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anAccount, owner } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

export const filterRefusalCases: readonly Case[] = [
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
