import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anAccount, owner } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

export const patchCases: readonly Case[] = [
  defineCase(
    'V5.undefined-leaves',
    'undefined in a patch leaves the field, in an insert it is left out',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const row = await accounts.insert({
        ...anAccount('left'),
        name: 'kept',
        nickname: undefined,
        balance: undefined,
      } as never)
      same([row.nickname, row.balance], [null, 0], 'what was left out')
      const patched = await accounts.update(row.id, { name: undefined, nickname: 'new' })
      same([patched?.name, patched?.nickname], ['kept', 'new'], 'the row after a patch with undefined')
      await accounts.updateMany({ where: { id: row.id }, patch: { name: undefined, nickname: undefined } })
      const { row: upserted } = await accounts.upsert('email', anAccount('left'), { name: undefined })
      same([upserted.name, upserted.nickname], ['kept', 'new'], 'the row after updateMany and upsert')
    },
  ),
  defineCase('V5.null-clears', 'null clears a nullable field of any kind', async ({ a, b }) => {
    const full = {
      handle: 'handle',
      nickname: 'nickname',
      credit: 1,
      rating: 1.5,
      verified: true,
      formerTier: 'pro',
      closedAt: '2026-01-01T00:00:00.000Z',
      extra: { a: 1 },
    } as const
    const { id } = await a.repository(Account).insert(anAccount('full', full))
    const cleared = Object.fromEntries(Object.keys(full).map((name) => [name, null]))
    await a.repository(Account).update(id, cleared)
    const row = (await b.repository(Account).get(id)) as Record<string, unknown> | null
    for (const name of Object.keys(full)) equal(row?.[name], null, `the field ${name}`)
  }),
  defineCase('V5.null-refused', 'null is refused on a field that is not nullable, by name', async ({ a }) => {
    const accounts = a.repository(Account)
    const { id } = await accounts.insert(anAccount('kept', { name: 'kept' }))
    for (const field of ['email', 'name', 'balance', 'score', 'active', 'tier', 'openedAt']) {
      const expected = { data: { entity: 'account', field }, says: ['account', field, /null/] } as const
      await refused(accounts.update(id, { [field]: null } as never), 'invalid-value', expected)
      await refused(accounts.insert({ ...anAccount('new'), [field]: null } as never), 'invalid-value', expected)
      await refused(
        accounts.updateMany({ where: { id }, patch: { [field]: null } as never }),
        'invalid-value',
        expected,
      )
    }
    equal(await accounts.count(), 1, 'the number of rows')
    equal((await accounts.get(id))?.version, 1, 'the version of the row that was there')
  }),
  defineCase(
    'V5.missing-refused',
    'a field without default that an insert leaves out is refused by name',
    async ({ a }) => {
      for (const values of [{}, { email: undefined }, { name: 'no email' }])
        await refused(a.repository(Account).insert(values as never), 'invalid-value', {
          data: { entity: 'account', field: 'email' },
          says: ['account', 'email'],
        })
    },
  ),
  defineCase(
    'V5.undefined-in-where',
    'undefined inside a where is refused, so that nothing widens a delete',
    async ({ a }) => {
      const accounts = a.repository(Account)
      await accounts.insertMany([anAccount('one'), anAccount('two')])
      const lax = [
        { name: undefined },
        { email: { eq: undefined } },
        { email: { in: undefined } },
        { email: { in: ['x', undefined] } },
        { name: { ne: 'x', startsWith: undefined } },
        { and: undefined },
        { or: [{ name: undefined }] },
        { and: [undefined] },
        { not: undefined },
        { not: { name: undefined } },
      ] as never[]
      for (const where of lax) {
        const expected = { data: { entity: 'account' }, says: ['account', /undefined|must be an object/] } as const
        await refused(accounts.deleteMany({ where }), 'invalid-query', expected)
        await refused(accounts.updateMany({ where, patch: { name: 'changed' } }), 'invalid-query', expected)
        await refused(accounts.find({ where }), 'invalid-query', expected)
        await refused(accounts.page({ where, limit: 1 }), 'invalid-query', expected)
        await refused(accounts.count({ where }), 'invalid-query', expected)
      }
      await refused(accounts.deleteMany({ where: undefined as never }), 'invalid-query', {
        data: { entity: 'account' },
      })
      await refused(accounts.updateMany({ where: undefined as never, patch: { name: 'changed' } }), 'invalid-query')
      equal(await accounts.count({ where: { name: '' } }), 2, 'the number of untouched rows')
    },
  ),
  defineCase(
    'V5.unknown-fields',
    'unknown fields are refused by name in values, patches and queries',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const { id } = await accounts.insert(anAccount('kept'))
      for (const field of ['nmae', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'email.x', '']) {
        const given = Object.fromEntries([[field, 'x']])
        Object.defineProperty(given, field, { value: 'x', enumerable: true, configurable: true, writable: true })
        const says = field === '' ? ['account'] : ['account', field]
        const value = { data: { entity: 'account', field }, says }
        const values = Object.defineProperties({ ...anAccount('new') }, Object.getOwnPropertyDescriptors(given))
        await refused(accounts.insert(values as never), 'invalid-value', value)
        await refused(accounts.update(id, given as never), 'invalid-value', value)
        await refused(accounts.updateMany({ where: {}, patch: given as never }), 'invalid-value', value)
        await refused(accounts.upsert('email', anAccount('kept'), given as never), 'invalid-value', value)
        await refused(accounts.insertOrGet('email', values as never), 'invalid-value', value)
        const query = { data: { entity: 'account' }, says }
        await refused(accounts.find({ where: given as never }), 'invalid-query', query)
        await refused(accounts.deleteMany({ where: given as never }), 'invalid-query', query)
        await refused(accounts.find({ select: [field] as never }), 'invalid-query', query)
      }
      equal(await accounts.count(), 1, 'the number of rows')
      equal((await accounts.get(id))?.version, 1, 'the version of the row that was there')
    },
  ),
  defineCase('V5.defaults', 'what an insert leaves out is the default, else null', async ({ a }) => {
    const note = await a.repository(Note, owner).insert({})
    const { id, ...rest } = note
    ok(id.length > 0, 'an id was assigned')
    same(rest, { ...owner, slug: null, title: '', body: null, pinned: false, views: 0, content: {} }, 'the note')
  }),
]
