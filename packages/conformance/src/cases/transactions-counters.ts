import type { Transaction, TransactionRepository, TypesIn } from '@portolan/ports'
import type { World } from '../case.ts'
import { Account, Note } from '../standard-entities.ts'

export const owner: { readonly ownerId: string } = { ownerId: 'owner' }

/** A row that counts, behind one interface for entities with and without versions. */
export interface Counter {
  readonly kind: string
  /** Every call that returns the row, in a transaction, and what its count is by that call. */
  readonly readings: { readonly [call: string]: (tx: Transaction<unknown>) => Promise<number> }
  /** Every call that writes the row. */
  readonly writings: { readonly [call: string]: (tx: Transaction<unknown>, count: number) => Promise<unknown> }
  make(world: World): Promise<unknown>
  /** What another client does meanwhile. */
  add(world: World, amount: number): Promise<unknown>
  read(world: World): Promise<number | null>
  /** What it may be after one that read it and wrote one more, and one that added 10. */
  readonly valid: readonly number[]
}

async function first<R>(rows: AsyncIterable<R>): Promise<R | undefined> {
  for await (const row of rows) return row
  return undefined
}

export const id = 'counter'
export const account = (tx: Transaction<unknown>): TransactionRepository<TypesIn<typeof Account>> =>
  tx.repository(Account)
export const note = (tx: Transaction<unknown>): TransactionRepository<TypesIn<typeof Note>> =>
  tx.repository(Note, owner)

export const versioned: Counter = {
  kind: 'versioned',
  readings: {
    get: async (tx) => (await account(tx).get(id))?.balance ?? -1,
    'get-by': async (tx) => (await account(tx).getBy('email', { email: id }))?.balance ?? -1,
    'get-many': async (tx) => (await account(tx).getMany(['other', id]))[0]?.balance ?? -1,
    find: async (tx) => (await account(tx).find({ where: { name: 'searched' } }))[0]?.balance ?? -1,
    'find-selected': async (tx) =>
      (await account(tx).find({ where: { name: 'searched' }, select: ['balance'] }))[0]?.balance ?? -1,
    page: async (tx) => (await account(tx).page({ limit: 1, select: ['balance'] })).items[0]?.balance ?? -1,
    each: async (tx) => (await first(account(tx).each()))?.balance ?? -1,
    'insert-or-get': async (tx) => (await account(tx).insertOrGet('email', { email: id })).row.balance,
    upsert: async (tx) => (await account(tx).upsert('email', { email: id }, {})).row.balance,
  },
  writings: {
    update: (tx, balance) => account(tx).update(id, { balance }),
    upsert: (tx, balance) => account(tx).upsert('email', { email: id, balance }, { balance }),
    'update-many': (tx, balance) => account(tx).updateMany({ where: { email: id }, patch: { balance } }),
  },
  make: ({ a }) => a.repository(Account).insert({ id, email: id, name: 'searched' }),
  add: ({ b }, increment) => b.repository(Account).update(id, { balance: { increment } }),
  read: async ({ a }) => (await a.repository(Account).get(id))?.balance ?? null,
  valid: [11],
}

export const unversioned: Counter = {
  kind: 'unversioned',
  readings: {
    get: async (tx) => (await note(tx).get(id))?.views ?? -1,
    'get-by': async (tx) => (await note(tx).getBy('slug', { slug: id }))?.views ?? -1,
    'get-many': async (tx) => (await note(tx).getMany([id]))[0]?.views ?? -1,
    find: async (tx) => (await note(tx).find({ where: { slug: id } }))[0]?.views ?? -1,
    'find-selected': async (tx) => (await note(tx).find({ select: ['views'] }))[0]?.views ?? -1,
    page: async (tx) => (await note(tx).page({ limit: 1 })).items[0]?.views ?? -1,
    each: async (tx) => (await first(note(tx).each()))?.views ?? -1,
    'insert-or-get': async (tx) => (await note(tx).insertOrGet('slug', { slug: id })).row.views,
    upsert: async (tx) => (await note(tx).upsert('slug', { slug: id }, {})).row.views,
  },
  writings: {
    update: (tx, views) => note(tx).update(id, { views }),
    upsert: (tx, views) => note(tx).upsert('slug', { slug: id, views }, { views }),
    'update-many': (tx, views) => note(tx).updateMany({ where: { slug: id }, patch: { views } }),
  },
  make: ({ a }) => a.repository(Note, owner).insert({ id, slug: id }),
  add: ({ b }, increment) => b.repository(Note, owner).update(id, { views: { increment } }),
  read: async ({ a }) => (await a.repository(Note, owner).get(id))?.views ?? null,
  valid: [11],
}

export const keyValue: Counter = {
  kind: 'key-value',
  readings: {
    get: async (tx) => Number(await tx.keyValue('space').get(id)),
    'get-many': async (tx) => Number((await tx.keyValue('space').getMany(['other', id]))[1]),
    'get-entry': async (tx) => Number((await tx.keyValue('space').getEntry(id))?.value),
  },
  writings: {
    set: (tx, count) => tx.keyValue('space').set(id, String(count)),
  },
  make: ({ a }) => a.keyValue('space').set(id, '0'),
  add: ({ b }, amount) => b.keyValue('space').set(id, String(amount)),
  read: async ({ a }) => Number(await a.keyValue('space').get(id)),
  // An entry can only be set: where the other client comes last its 10 stands.
  valid: [10, 11],
}
