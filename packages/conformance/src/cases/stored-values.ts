import { fail, ok, refused } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { anAccount } from '../sample-rows.ts'
import { Account } from '../standard-entities.ts'

/** What foreign software may leave in a column of each kind. A database may refuse some of it: then it cannot be met there. */
const foreign: readonly { readonly field: keyof Account & string; readonly values: readonly unknown[] }[] = [
  { field: 'tier', values: ['gold', 'Free', '', null] },
  { field: 'balance', values: ['12 apples', '12', 1.5, 2 ** 60, null] },
  { field: 'score', values: ['much', '1.5', Infinity, null] },
  { field: 'active', values: ['yes', 2, null] },
  { field: 'openedAt', values: ['2026-01-01', '2026-01-01T00:00:00.123456Z', 'soon', null] },
  { field: 'preferences', values: ['{ no json', '{"a":'] },
  { field: 'name', values: [null, 12] },
]

const skip: Case['skip'] = (_, { foreignWrite }) =>
  foreignWrite ? null : 'the target offers no way to write past the adapter (foreignWrite)'

export const storedValueCases: readonly Case[] = [
  defineCase(
    'V7.foreign-values',
    'a stored value that does not fit its field is refused with entity, id and field, whichever call reads it',
    async (world) => {
      const met: string[] = []
      for (const { field, values } of foreign)
        for (const [index, value] of values.entries()) if (await meet(world, field, value, index)) met.push(field)
      ok(met.length > 0, 'the database took in none of the foreign values, so nothing was shown')
    },
    { skip },
  ),
  defineCase(
    'V7.others-stay-readable',
    'one unfit value makes no other row unreadable, nor the row itself where the field is not selected',
    async ({ a, target, place }) => {
      const accounts = a.repository(Account)
      const bad = await accounts.insert(anAccount('bad'))
      const good = await accounts.insert(anAccount('good'))
      await target.offers.foreignWrite?.(place, { entity: 'account', id: bad.id, field: 'tier', value: 'gold' })
      ok((await accounts.get(good.id))?.id === good.id, 'the good row was not read')
      const [row] = await accounts.find({ where: { id: bad.id }, select: ['email'] })
      ok(row?.email === bad.email, 'the fit field of the bad row was not read')
    },
    { skip },
  ),
]

async function meet(
  { a, b, target, place }: World,
  field: keyof Account & string,
  value: unknown,
  index: number,
): Promise<boolean> {
  const accounts = a.repository(Account)
  const { id, email } = await accounts.insert(anAccount(`${field}-${index}`))
  try {
    await target.offers.foreignWrite?.(place, { entity: 'account', id, field, value })
  } catch {
    return false
  }
  const expected = { data: { entity: 'account', id, field }, says: ['account', id, field] }
  const elsewhere = b.repository(Account)
  const reads: (() => Promise<unknown>)[] = [
    () => elsewhere.get(id),
    () => elsewhere.getBy('email', { email }),
    () => elsewhere.getMany([id]),
    () => elsewhere.find({ where: { id } }),
    () => elsewhere.find({ where: { id }, select: [field] }),
    () => elsewhere.page({ where: { id }, limit: 1 }),
    async () => {
      for await (const _ of elsewhere.each({ where: { id } })) fail('a row came out of each')
    },
  ]
  for (const read of reads) await refused(read, 'invalid-stored-value', expected)
  await accounts.delete(id).catch(() => accounts.deleteMany({ where: { id } }))
  return true
}
