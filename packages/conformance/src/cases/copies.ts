import { checkRefusal, equal, ok, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anAccount, upTo } from '../sample-rows.ts'
import { Account } from '../standard-entities.ts'

export const copyCases: readonly Case[] = [
  defineCase('V6.plain-rows', 'rows are plain objects with exactly the fields of the entity', async ({ a }) => {
    const accounts = a.repository(Account)
    const inserted = await accounts.insert(anAccount('plain'))
    const names = ['id', 'version', ...Object.keys(Account.fields)].sort()
    const both = [
      ['insert', inserted],
      ['get', await accounts.get(inserted.id)],
      ['getBy', await accounts.getBy('email', { email: inserted.email })],
      ['getMany', (await accounts.getMany([inserted.id]))[0]],
      ['find', (await accounts.find())[0]],
      ['page', (await accounts.page({ limit: 1 })).items[0]],
      ['update', await accounts.update(inserted.id, {})],
      ['insertOrGet', (await accounts.insertOrGet('email', anAccount('plain'))).row],
      ['upsert', (await accounts.upsert('email', anAccount('plain'), {})).row],
      ['delete', await accounts.delete(inserted.id)],
    ] as const
    for (const [call, row] of both) {
      ok(row, `${call} gave no row`)
      same(Object.keys(row).sort(), names, `the fields of the row from ${call}`)
      ok(Object.getPrototypeOf(row) === Object.prototype, `the row from ${call} is no plain object`)
    }
    const [part] = await a.repository(Account).find({ select: ['name'] })
    equal(part, undefined, 'a deleted row')
    await accounts.insert(anAccount('part', { name: 'part' }))
    same(await accounts.find({ select: ['name'] }), [{ name: 'part' }], 'a selected field')
  }),
  defineCase('V6.own-copies', 'changing a returned row, or the input, changes nothing stored', async ({ a, b }) => {
    const preferences = { list: [{ deep: 'as given' }] }
    const values = anAccount('copy', { name: 'as given', preferences })
    const pending = a.repository(Account).insert(values)
    values.name = 'changed too late'
    const [first] = preferences.list
    if (first) first.deep = 'changed too late'
    const row = await pending
    const { id } = row
    const expected = { list: [{ deep: 'as given' }] }
    same(
      [row.name, row.preferences],
      ['as given', expected],
      'the row, though the input changed before the call was done',
    )
    vandalise(row)
    for (const storage of [a, b]) {
      const again = await storage.repository(Account).get(id)
      same([again?.name, again?.preferences], ['as given', expected], 'the row read again')
      vandalise(again)
    }
    const found = await a.repository(Account).find()
    vandalise(found[0])
    const patch = { name: 'patched', preferences: { list: [1, 2] } }
    const patching = b.repository(Account).update(id, patch)
    patch.preferences.list.push(3)
    vandalise(await patching)
    const after = await a.repository(Account).get(id)
    same(
      [after?.name, after?.preferences],
      ['patched', { list: [1, 2] }],
      'the row after its patch was changed too late',
    )
  }),
  defineCase('V6.own-inputs', 'what a call was given counts as it was when the call was made', async ({ a, b }) => {
    const accounts = a.repository(Account)
    const batch = upTo(3).map((index) => anAccount(index, { name: 'as given' }))
    const inserting = accounts.insertMany(batch)
    for (const values of batch.splice(1)) values.name = 'changed too late'
    same(
      (await inserting).map(({ name }) => name),
      ['as given', 'as given', 'as given'],
      'the rows of a changed list',
    )
    const where = { name: 'as given' }
    const finding = accounts.find({ where })
    const patching = b.repository(Account).updateMany({ where, patch: { nickname: 'seen' } })
    const [first] = await accounts.find({ limit: 1 })
    const condition = { version: 1, where: { name: 'as given' } }
    const updating = accounts.update(first?.id ?? '', { balance: 1 }, condition)
    where.name = condition.where.name = 'changed too late'
    condition.version = 99
    equal((await finding).length, 3, 'rows found by a where that was changed')
    equal(await patching, 3, 'rows patched by a where that was changed')
    await updating.catch((error: unknown) => checkRefusal(error, 'stale-version', { data: { expected: 1, actual: 2 } }))
    const ids = (await accounts.find()).map(({ id }) => id)
    const getting = accounts.getMany(ids)
    ids.length = 0
    equal((await getting).length, 3, 'rows by a list of ids that was emptied')
  }),
  defineCase(
    'V6.own-copies-inside',
    'inside a transaction, changing a row that was read or written changes nothing either',
    async ({ a }) => {
      const id = await a.transaction(async (tx) => {
        const accounts = tx.repository(Account)
        const row = await accounts.insert(anAccount('inside', { name: 'as given', preferences: { list: [1] } }))
        const own = row.id
        vandalise(row)
        const again = await accounts.get(own)
        same([again?.name, again?.preferences], ['as given', { list: [1] }], 'the own row read again')
        vandalise(again)
        same((await accounts.get(own))?.preferences, { list: [1] }, 'the own row read a third time')
        return own
      })
      same((await a.repository(Account).get(id))?.preferences, { list: [1] }, 'the row after the commit')
    },
    { skip: ({ transactions }) => (transactions ? null : 'the adapter declares no transactions') },
  ),
  defineCase('V6.own-objects', 'two reads never share an object', async ({ a, b }) => {
    const { id } = await a.repository(Account).insert(anAccount('shared', { preferences: { part: {} } }))
    const rows = await Promise.all([a, a, b].map((storage) => storage.repository(Account).get(id)))
    for (const [index, row] of rows.entries())
      for (const other of rows.slice(index + 1))
        ok(row !== other && row?.preferences !== other?.preferences, 'one object came twice')
  }),
]

/** Changes everything in a row that can be changed. */
function vandalise(value: unknown): void {
  if (value === null || typeof value !== 'object') return
  for (const name of Object.keys(value)) {
    vandalise((value as Record<string, unknown>)[name])
    Reflect.set(value, name, 'vandalised')
  }
  if (Array.isArray(value) && Object.isExtensible(value)) value.push('vandalised')
}
