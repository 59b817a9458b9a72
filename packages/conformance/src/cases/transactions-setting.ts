import type { Storage, Transaction } from '@portolan/ports'
import { Account, Booking, Note } from '../standard-entities.ts'

const tenant = { tenantId: 'tenant' }
const owner = { ownerId: 'owner' }
export const reservation = { namespace: 'payments', key: 'request', fingerprint: 'print', leaseMs: 60_000 }

/** Something of every port, to be changed and removed. */
export interface Prepared {
  readonly account: string
  readonly note: string
  readonly claim: { readonly id: string; readonly token: string }
  readonly token: string
}

export async function prepare(storage: Storage<unknown>): Promise<Prepared> {
  const account = await storage.repository(Account).insert({ email: 'old', balance: 10 })
  const note = await storage.repository(Note, owner).insert({ title: 'old' })
  await storage.keyValue('space').set('kept', 'old')
  await storage.keyValue('space').set('removed', 'old')
  await storage.outbox('topic').enqueue([{ id: 'message', payload: 1 }])
  const [claim] = await storage.outbox('topic').claim({ limit: 1, leaseMs: 60_000 })
  const reserved = await storage.idempotency().reserve({ ...reservation, key: 'earlier' })
  if (!claim || reserved.state !== 'reserved') throw new Error('nothing could be prepared')
  return { account: account.id, note: note.id, claim, token: reserved.token }
}

/** A write of each kind, on each port. */
export function writes(prepared: Prepared): readonly ((tx: Transaction<unknown>) => Promise<unknown>)[] {
  return [
    (tx) => tx.repository(Account).update(prepared.account, { balance: { increment: 5 } }),
    (tx) => tx.repository(Account).insert({ id: 'new', email: 'new' }),
    (tx) => tx.repository(Account).upsert('email', { email: 'upserted' }, {}),
    (tx) => tx.repository(Account).insertOrGet('email', { email: 'gotten' }),
    (tx) => tx.repository(Note, owner).delete(prepared.note),
    (tx) => tx.repository(Note, owner).insertMany([{ title: 'one' }, { title: 'two' }, { title: 'three' }]),
    (tx) => tx.repository(Note, owner).updateMany({ where: { title: 'two' }, patch: { views: 2 } }),
    (tx) => tx.repository(Note, owner).deleteMany({ where: { title: 'three' } }),
    (tx) =>
      tx.repository(Booking, tenant).insert({
        roomId: 'room',
        startsAt: '2026-06-01T10:00:00.000Z',
        endsAt: '2026-06-01T11:00:00.000Z',
      }),
    (tx) => tx.keyValue('space').set('kept', 'new'),
    (tx) => tx.keyValue('space').delete('removed'),
    (tx) => tx.keyValue('other space').set('added', 'new', { ttlMs: 60_000 }),
    (tx) => tx.outbox().enqueue([{ id: 'second', topic: 'topic', payload: { two: 2 } }]),
    (tx) => tx.outbox().acknowledge([prepared.claim]),
    (tx) => tx.idempotency().complete(prepared.token, { answer: 42 }),
    (tx) => tx.idempotency().reserve(reservation),
  ]
}

export interface Everything {
  readonly accounts: readonly string[]
  readonly notes: readonly string[]
  readonly bookings: number
  readonly values: readonly (string | null)[]
  readonly keys: readonly string[]
  readonly added: string | null
  readonly messages: readonly (readonly string[])[]
}

/** All that can be read of what `writes` touches. */
export async function everything(storage: Storage<unknown>): Promise<Everything> {
  const keys: string[] = []
  for await (const key of storage.keyValue('space').keys()) keys.push(key)
  const messages: string[][] = []
  for (const state of ['due', 'leased', 'dead', 'delivered'] as const)
    messages.push((await storage.outbox().list({ state, limit: 100 })).items.map(({ id }) => id))
  const accounts = await storage.repository(Account).find({ orderBy: { email: 'asc' } })
  const notes = await storage.repository(Note, owner).find({ orderBy: { title: 'asc' } })
  return {
    accounts: accounts.map(({ email, balance }) => `${email} ${balance}`),
    notes: notes.map(({ title, views }) => `${title} ${views}`),
    bookings: await storage.repository(Booking, tenant).count(),
    values: await storage.keyValue('space').getMany(['kept', 'removed']),
    keys: keys.sort(),
    added: await storage.keyValue('other space').get('added'),
    messages,
  }
}

/** Whether there are records of the two reservations. Asks by reserving, so it is asked last. */
export async function reservations(storage: Storage<unknown>): Promise<{ earlier: string; made: string }> {
  const earlier = await storage.idempotency().reserve({ ...reservation, key: 'earlier' })
  const made = await storage.idempotency().reserve(reservation)
  return { earlier: earlier.state, made: made.state }
}

export const before: Everything = {
  accounts: ['old 10'],
  notes: ['old 0'],
  bookings: 0,
  values: ['old', 'old'],
  keys: ['kept', 'removed'],
  added: null,
  messages: [[], ['message'], [], []],
}

export const after: Everything = {
  accounts: ['gotten 0', 'new 0', 'old 15', 'upserted 0'],
  notes: ['one 0', 'two 2'],
  bookings: 1,
  values: ['new', null],
  keys: ['kept'],
  added: 'new',
  messages: [['second'], [], [], ['message']],
}
