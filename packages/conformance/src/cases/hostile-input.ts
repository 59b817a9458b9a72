import { defineEntity, integer, text } from '@portolan/ports'
import { equal, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anAccount, idsOf, owner, tenant } from '../sample-rows.ts'
import { Account, Booking, Label, Note } from '../standard-entities.ts'

const hostile: readonly string[] = [
  "' OR '1'='1",
  "'; DROP TABLE account; --",
  '" OR ""="',
  '1; DELETE FROM account',
  "\\'; SELECT 1; --",
  '$email',
  '$$ROOT',
  '{"$ne":null}',
  '{$gt: ""}',
  '%',
  '_%',
  '.*',
  '*',
  'account.email',
  '*\r\nFLUSHALL\r\n',
  '__proto__',
  '$' + '{7*7}',
  '{{7*7}}',
  'NULL',
  "x' || pg_sleep(10) || '",
]

/** Objects that mean something to some client or database, given where a value belongs. */
const operatorObjects: readonly unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { $where: 'true' },
  { $in: ['x'] },
  { $set: { name: 'x' } },
  { $literal: 'x' },
  { not: null },
  { set: 'x' },
  { raw: 'now()' },
  { toString: () => 'x' },
  { toJSON: () => 'x' },
  { valueOf: () => 1 },
  { sql: '1' },
  ['x'],
  [],
]

const Order = defineEntity({
  name: 'order',
  fields: {
    select: text(),
    from: text().nullable(),
    where: integer().default(0),
    group: text().default(''),
    table: text().default(''),
    user: text().default(''),
    key: text().default(''),
    index: integer().default(0),
    values: text().default(''),
    limit: integer().default(0),
    rowid: integer().default(0),
  },
  unique: { primary: ['select'] },
  indexes: { index: ['where', 'group'] },
})

export const hostileInputCases: readonly Case[] = [
  defineCase(
    'Q5.values-are-values',
    'texts of any language are stored, found and compared as themselves',
    async ({ a, b }) => {
      const accounts = a.repository(Account)
      await accounts.insert(anAccount('bystander', { name: 'bystander' }))
      for (const [index, hostileText] of hostile.entries()) {
        const { id } = await accounts.insert({
          id: hostileText,
          email: hostileText,
          handle: hostileText,
          name: hostileText,
          preferences: { [hostileText]: hostileText },
        })
        equal(id, hostileText, 'the id')
        const elsewhere = b.repository(Account)
        const row = await elsewhere.get(hostileText)
        same(
          [row?.email, row?.name, row?.preferences],
          [hostileText, hostileText, { [hostileText]: hostileText }],
          'the row',
        )
        equal((await elsewhere.getBy('handle', { handle: hostileText }))?.id, id, 'the row by its key')
        for (const condition of [
          { eq: hostileText },
          { in: [hostileText] },
          { startsWith: hostileText },
          { gte: hostileText, lte: hostileText },
        ])
          same(
            await idsOf(elsewhere.find({ where: { name: condition, email: { ne: 'x' } } })),
            [id],
            `rows where name is ${Object.keys(condition)}`,
          )
        await elsewhere.update(id, { name: `${hostileText}${hostileText}`, nickname: hostileText })
        equal(
          await accounts.updateMany({ where: { nickname: hostileText }, patch: { name: hostileText } }),
          1,
          'rows patched',
        )
        equal(
          (await accounts.upsert('email', { email: hostileText }, { name: hostileText })).row.name,
          hostileText,
          'the patched name',
        )
        equal(
          await accounts.deleteMany({ where: { name: hostileText, id: { notIn: [] } } }),
          1,
          `rows deleted by text ${index}`,
        )
        equal(await accounts.count(), 1, 'rows left')
      }
    },
  ),
  defineCase('Q5.scopes-are-values', 'the text of a scope is only ever a value', async ({ a, b }) => {
    await a.repository(Note, owner).insert({ title: 'bystander' })
    for (const ownerId of hostile) {
      const { id } = await a.repository(Note, { ownerId }).insert({ slug: 'same', title: 'own' })
      same(await idsOf(b.repository(Note, { ownerId }).find()), [id], 'the rows of the scope')
      equal(await b.repository(Note, { ownerId }).deleteMany({ where: {} }), 1, 'rows deleted in the scope')
    }
    equal(await a.repository(Note, owner).count(), 1, 'rows of the other scope')
  }),
  defineCase(
    'Q5.operator-objects',
    'objects that mean something to a database are refused where a value belongs',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const row = await accounts.insert(anAccount('bystander', { nickname: 'x' }))
      for (const value of operatorObjects as never[]) {
        await refused(accounts.insert({ email: value }), 'invalid-value', {
          data: { entity: 'account', field: 'email' },
        })
        await refused(accounts.insert({ email: 'x', id: value }), 'invalid-value', { data: { field: 'id' } })
        await refused(accounts.update(row.id, { name: value }), 'invalid-value', { data: { field: 'name' } })
        await refused(accounts.update(row.id, { balance: value }), 'invalid-value', { data: { field: 'balance' } })
        await refused(accounts.updateMany({ where: {}, patch: { openedAt: value } }), 'invalid-value', {
          data: { field: 'openedAt' },
        })
        equal(await accounts.get(value), null, 'get by an object')
        equal(await accounts.update(value, {}), null, 'update by an object')
        equal(await accounts.delete(value), null, 'delete by an object')
        equal(await accounts.getBy('email', { email: value }), null, 'getBy an object')
        for (const where of [
          { nickname: { eq: value } },
          { nickname: { in: [value] } },
          { nickname: { lt: value } },
          { id: { ne: value } },
        ])
          await refused(accounts.deleteMany({ where }), 'invalid-value', { data: { entity: 'account' } })
        const bare = accounts.deleteMany({ where: { nickname: value } })
        await refused(bare, 'invalid-query', { data: { entity: 'account' }, says: ['account', 'nickname'] })
      }
      same(await accounts.find(), [row], 'the rows')
    },
  ),
  defineCase(
    'Q5.names',
    'names of fields, keys, orders and selections are checked against the definition',
    async ({ a }) => {
      const accounts = a.repository(Account)
      await accounts.insert(anAccount('bystander'))
      for (const name of [
        ...hostile,
        'email; --',
        'email"',
        'EMAIL',
        'preferences.a',
        'account.email',
        'constructor',
      ] as never[]) {
        const own = Object.fromEntries([[name, 'asc']])
        await refused(accounts.find({ where: { [name]: 'x' } }), 'invalid-query', { data: { entity: 'account' } })
        await refused(accounts.find({ orderBy: own as never }), 'invalid-query', { data: { entity: 'account' } })
        await refused(accounts.find({ select: [name] }), 'invalid-query', { data: { entity: 'account' } })
        await refused(accounts.getBy(name, {} as never), 'invalid-query', { data: { entity: 'account' } })
        await refused(accounts.getBy('email', { [name]: 'x' } as never), 'invalid-query', {
          data: { entity: 'account' },
        })
        await refused(accounts.find({ orderBy: { email: name } }), 'invalid-query', { data: { entity: 'account' } })
        await refused(accounts.find({ [name]: 1 } as never), 'invalid-query', { data: { entity: 'account' } })
      }
      equal(await accounts.count(), 1, 'the number of rows')
    },
  ),
  defineCase(
    'Q5.reserved-names',
    'entities and fields named by words that databases reserve work like any other',
    async ({ open }) => {
      const { storage } = await open({ entities: [Order] })
      await storage.schema.apply()
      const orders = storage.repository(Order)
      const row = await orders.insert({ select: 'x', from: 'y' })
      same(
        (await orders.upsert('primary', { select: 'x' }, { where: { increment: 2 }, group: 'g' })).row.where,
        2,
        'the counter',
      )
      same(
        await orders.find({
          where: { from: 'y', group: 'g' },
          orderBy: [{ table: 'asc' }, { user: 'desc' }],
          select: ['key'],
        }),
        [{ key: '' }],
        'found',
      )
      equal((await orders.getBy('primary', { select: 'x' }))?.id, row.id, 'the row by its key')
      await refused(orders.insert({ select: 'x' }), 'duplicate', {
        data: { entity: 'order', unique: 'primary', id: row.id },
      })
      equal(await orders.updateMany({ where: { index: 0 }, patch: { values: 'v' } }), 1, 'rows patched')
      equal(await orders.deleteMany({ where: { values: 'v', limit: 0 } }), 1, 'rows deleted')
    },
  ),
  defineCase('Q5.prototypes', 'what a prototype holds is no field, no key and no value', async ({ a }) => {
    const inherited = Object.create({ name: 'inherited' }) as { email: string }
    inherited.email = 'own'
    await refused(a.repository(Account).insert(inherited), 'invalid-value', { data: { entity: 'account' } })
    await refused(a.repository(Label).getBy('toString' as never, {} as never), 'invalid-query', {
      data: { entity: 'label' },
    })
    equal(await a.repository(Booking, tenant).count(), 0, 'bookings')
    equal(await a.repository(Account).count(), 0, 'accounts')
  }),
]
