import type { Capabilities, Storage } from '@portolan/ports'
import { marked } from '../canary.ts'
import { aBooking, anAccount, tenant } from '../sample-rows.ts'
import { Account, Booking, Task } from '../standard-entities.ts'

export interface ReadCall {
  readonly name: string
  read(storage: Storage<unknown>): Promise<unknown>
}

export interface WriteCall {
  readonly name: string
  write(storage: Storage<unknown>): Promise<unknown>
  /** Whether it was done; only of some. */
  readonly done?: ((storage: Storage<unknown>) => Promise<boolean>) | undefined
}

const accounts = (storage: Storage<unknown>) => storage.repository(Account)
const space = (storage: Storage<unknown>) => storage.keyValue(marked('space'))
const rows = 200

/** Rows, entries and messages, so that nothing, null and an empty list are wrong answers to every read. */
export async function fillAll(storage: Storage<unknown>): Promise<void> {
  const nickname = 'n'.repeat(1_000)
  await accounts(storage).insertMany(
    Array.from({ length: rows }, (_, row) => anAccount(row, { id: `row-${row}`, nickname })),
  )
  await storage.repository(Booking, tenant).insert(aBooking(1))
  await space(storage).set(marked('key'), marked('value'))
  await storage.outbox('topic').enqueue([{ id: 'message', payload: marked('payload') }])
}

async function all<R>(list: AsyncIterable<R>): Promise<R[]> {
  const found: R[] = []
  for await (const one of list) found.push(one)
  return found
}

/** Each kind of read. Their answers are compared with those of a client that nothing disturbs. */
export const readCalls: readonly ReadCall[] = [
  { name: 'get', read: (storage) => accounts(storage).get('row-7') },
  { name: 'getBy', read: (storage) => accounts(storage).getBy('email', { email: marked('account-7') }) },
  { name: 'getMany', read: (storage) => accounts(storage).getMany(['row-7', 'row-8']) },
  { name: 'find', read: (storage) => accounts(storage).find() },
  { name: 'find with a scope', read: (storage) => storage.repository(Booking, tenant).find() },
  { name: 'page', read: (storage) => accounts(storage).page({ limit: 50 }) },
  { name: 'each', read: (storage) => all(accounts(storage).each({ where: { name: '' } })) },
  { name: 'count', read: (storage) => accounts(storage).count({ where: { name: '' } }) },
  { name: 'get of a key', read: (storage) => space(storage).get(marked('key')) },
  { name: 'getMany of keys', read: (storage) => space(storage).getMany([marked('key')]) },
  { name: 'getEntry', read: (storage) => space(storage).getEntry(marked('key')) },
  { name: 'keys', read: (storage) => all(space(storage).keys()) },
  { name: 'list of messages', read: (storage) => storage.outbox('topic').list({ state: 'due', limit: 9 }) },
]

const reservation = { namespace: marked('space'), key: marked('key'), fingerprint: marked('print'), leaseMs: 60_000 }

const isThere = (email: string) => async (storage: Storage<unknown>) =>
  (await accounts(storage).getBy('email', { email: marked(email) })) !== null

/** Each kind of write, and what would write. None of them is for rows that others of them need. */
export function writeCalls(capabilities: Capabilities): readonly WriteCall[] {
  const calls: WriteCall[] = [
    { name: 'insert', write: (storage) => accounts(storage).insert(anAccount('new')), done: isThere('account-new') },
    {
      name: 'insertMany',
      write: (storage) => accounts(storage).insertMany([anAccount('a'), anAccount('b')]),
      done: isThere('account-b'),
    },
    {
      name: 'insertOrGet',
      write: (storage) => accounts(storage).insertOrGet('email', { email: marked('account-gotten') }),
      done: isThere('account-gotten'),
    },
    {
      name: 'upsert',
      write: (storage) => accounts(storage).upsert('email', { email: marked('account-put') }, {}),
      done: isThere('account-put'),
    },
    {
      name: 'update',
      write: (storage) => accounts(storage).update('row-1', { nickname: marked('nick') }),
      done: async (storage) => (await accounts(storage).get('row-1'))?.nickname === marked('nick'),
    },
    {
      name: 'updateMany',
      write: (storage) =>
        accounts(storage).updateMany({ where: { email: marked('account-2') }, patch: { nickname: marked('nick') } }),
    },
    {
      name: 'delete',
      write: (storage) => accounts(storage).delete('row-3'),
      done: async (storage) => (await accounts(storage).get('row-3')) === null,
    },
    {
      name: 'deleteMany',
      write: (storage) => accounts(storage).deleteMany({ where: { email: marked('account-4') } }),
    },
    {
      name: 'insert with unless',
      write: (storage) =>
        accounts(storage).insert(anAccount('guarded'), { unless: { name: marked('none') }, guard: marked('guard') }),
    },
    {
      name: 'set',
      write: (storage) => space(storage).set(marked('other-key'), marked('value')),
      done: async (storage) => (await space(storage).get(marked('other-key'))) !== null,
    },
    { name: 'delete of a key', write: (storage) => space(storage).delete(marked('third-key')) },
    { name: 'clear', write: (storage) => storage.keyValue(marked('empty-space')).clear() },
    { name: 'enqueue', write: (storage) => storage.outbox('other').enqueue([{ payload: marked('payload') }]) },
    { name: 'claim of messages', write: (storage) => storage.outbox('none').claim({ limit: 1, leaseMs: 1_000 }) },
    { name: 'reserve', write: (storage) => storage.idempotency().reserve(reservation) },
    { name: 'sweep', write: (storage) => storage.sweep() },
  ]
  if (capabilities.claim)
    calls.push({
      name: 'claim of rows',
      write: (storage) =>
        storage.repository(Task).claim({ where: { queue: marked('none') }, limit: 1, patch: { state: 'taken' } }),
    })
  if (capabilities.transactions)
    calls.push({
      name: 'a transaction',
      write: (storage) =>
        storage.transaction(async (tx) => {
          await tx.repository(Account).insert(anAccount('in a transaction'))
          await tx.keyValue(marked('space')).set(marked('inside'), marked('value'))
        }),
    })
  return calls
}
