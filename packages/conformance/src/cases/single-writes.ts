import type { Capabilities, Storage } from '@portolan/ports'
import { anAccount } from '../sample-rows.ts'
import { Account, Task } from '../standard-entities.ts'

/** A write that stands alone, with a way to tell how often it was done. `run` names rows, keys and topics of its own. */
export interface SingleWrite {
  readonly name: string
  readonly needs?: 'claim' | undefined
  prepare(storage: Storage<unknown>, run: string): Promise<unknown>
  write(storage: Storage<unknown>, run: string, prepared: unknown): Promise<unknown>
  /** Whether this is what a caller must be told whose write was done once. */
  right(answer: unknown): boolean
  times(storage: Storage<unknown>, run: string): Promise<number>
}

interface Typed<Prepared, Answer> {
  prepare(storage: Storage<unknown>, run: string): Promise<Prepared>
  write(storage: Storage<unknown>, run: string, prepared: Prepared): Promise<Answer>
  right(answer: Answer): boolean
  times(storage: Storage<unknown>, run: string): Promise<number>
}

function singleWrite<Prepared, Answer>(name: string, one: Typed<Prepared, Answer>, needs?: 'claim'): SingleWrite {
  return { name, needs, ...one } as unknown as SingleWrite
}

export function possible(writes: readonly SingleWrite[], capabilities: Capabilities): readonly SingleWrite[] {
  return writes.filter(({ needs }) => needs === undefined || capabilities[needs])
}

const nothing = async (): Promise<undefined> => undefined
const space = (storage: Storage<unknown>) => storage.keyValue('space')
const accounts = (storage: Storage<unknown>) => storage.repository(Account)
const balanceOf = async (storage: Storage<unknown>, run: string): Promise<number> =>
  (await accounts(storage).getBy('email', { email: run }))?.balance ?? 0
const withBalance = (storage: Storage<unknown>, run: string) => accounts(storage).insert({ id: run, email: run })
const counted = (storage: Storage<unknown>, run: string) => accounts(storage).count({ where: { name: run } })
const leased = async (storage: Storage<unknown>, run: string) => {
  await storage.outbox(run).enqueue([{ id: run, payload: run }])
  return await storage.outbox(run).claim({ limit: 1, leaseMs: 60_000 })
}
const messages = async (storage: Storage<unknown>, run: string, state: 'due' | 'leased' | 'delivered') =>
  (await storage.outbox(run).list({ state, limit: 10 })).items
const reservation = (run: string) => ({ namespace: 'space', key: run, fingerprint: 'print', leaseMs: 60_000 })
const reserve = async (storage: Storage<unknown>, run: string) => await storage.idempotency().reserve(reservation(run))

/** What makes rows: their callers must never be told that their own row was in the way. */
export const inserts: readonly SingleWrite[] = [
  singleWrite('insert', {
    prepare: nothing,
    write: (storage, run) => accounts(storage).insert(anAccount(run, { name: run })),
    right: ({ version }) => version === 1,
    times: counted,
  }),
  singleWrite('insert with an id of the caller', {
    prepare: nothing,
    write: (storage, run) => accounts(storage).insert(anAccount(run, { id: run, name: run })),
    right: ({ version }) => version === 1,
    times: counted,
  }),
  singleWrite('insertMany', {
    prepare: nothing,
    write: (storage, run) =>
      accounts(storage).insertMany(['one', 'two', 'three'].map((part) => anAccount(run + part, { name: run }))),
    right: (rows) => rows.length === 3,
    times: async (storage, run) => (await counted(storage, run)) / 3,
  }),
  singleWrite('insertOrGet', {
    prepare: nothing,
    write: (storage, run) => accounts(storage).insertOrGet('email', { email: run, name: run }),
    right: ({ inserted }) => inserted,
    times: counted,
  }),
  singleWrite('upsert of a new row', {
    prepare: nothing,
    write: (storage, run) =>
      accounts(storage).upsert('email', { email: run, balance: 1 }, { balance: { increment: 1 } }),
    right: ({ inserted, row }) => inserted && row.balance === 1,
    times: balanceOf,
  }),
  singleWrite('set of an absent key', {
    prepare: nothing,
    write: (storage, run) => space(storage).set(run, 'value', { absent: true }),
    right: (revision) => revision !== null,
    times: async (storage, run) => ((await space(storage).get(run)) === null ? 0 : 1),
  }),
  singleWrite('enqueue', {
    prepare: nothing,
    write: (storage, run) => storage.outbox(run).enqueue([{ payload: run }]),
    right: (stored) => stored.length === 1,
    times: async (storage, run) => (await messages(storage, run, 'due')).length,
  }),
  singleWrite('reserve', {
    prepare: nothing,
    write: reserve,
    right: ({ state }) => state === 'reserved',
    times: async (storage, run) => ((await reserve(storage, run)).state === 'in-progress' ? 1 : 0),
  }),
]

/** What changes or removes rows. */
export const changes: readonly SingleWrite[] = [
  singleWrite('update with an increment', {
    prepare: withBalance,
    write: (storage, run) => accounts(storage).update(run, { balance: { increment: 1 } }),
    right: (row) => row?.balance === 1,
    times: balanceOf,
  }),
  singleWrite('update with a version', {
    prepare: withBalance,
    write: (storage, run) => accounts(storage).update(run, { balance: { increment: 1 } }, { version: 1 }),
    right: (row) => row?.version === 2,
    times: balanceOf,
  }),
  singleWrite('upsert of a row that is there', {
    prepare: withBalance,
    write: (storage, run) => accounts(storage).upsert('email', { email: run }, { balance: { increment: 1 } }),
    right: ({ inserted, row }) => !inserted && row.balance === 1,
    times: balanceOf,
  }),
  singleWrite('updateMany', {
    prepare: withBalance,
    write: (storage, run) =>
      accounts(storage).updateMany({ where: { email: run }, patch: { balance: { increment: 1 } } }),
    right: (count) => count === 1,
    times: balanceOf,
  }),
  singleWrite('delete', {
    prepare: withBalance,
    write: (storage, run) => accounts(storage).delete(run),
    right: (row) => row !== null,
    times: async (storage, run) => ((await accounts(storage).get(run)) === null ? 1 : 0),
  }),
  singleWrite('deleteMany', {
    prepare: withBalance,
    write: (storage, run) => accounts(storage).deleteMany({ where: { email: run } }),
    right: (count) => count === 1,
    times: async (storage, run) => ((await accounts(storage).get(run)) === null ? 1 : 0),
  }),
  singleWrite(
    'claim of a row',
    {
      prepare: (storage, run) => storage.repository(Task).insert({ id: run, queue: run }),
      write: (storage, run) =>
        storage.repository(Task).claim({
          where: { queue: run, state: 'waiting' },
          limit: 1,
          patch: { state: 'taken', runs: { increment: 1 } },
        }),
      right: (rows) => rows.length === 1,
      times: async (storage, run) => (await storage.repository(Task).get(run))?.runs ?? 0,
    },
    'claim',
  ),
  singleWrite('set with a revision', {
    prepare: (storage, run) => space(storage).set(run, 'old'),
    write: (storage, run, revision) => space(storage).set(run, 'new', { revision: revision ?? '' }),
    right: (revision) => revision !== null,
    times: async (storage, run) => ((await space(storage).get(run)) === 'new' ? 1 : 0),
  }),
  singleWrite('delete of a key', {
    prepare: (storage, run) => space(storage).set(run, 'old'),
    write: (storage, run) => space(storage).delete(run),
    right: (was) => was,
    times: async (storage, run) => ((await space(storage).get(run)) === null ? 1 : 0),
  }),
  singleWrite('claim of a message', {
    prepare: (storage, run) => storage.outbox(run).enqueue([{ id: run, payload: run }]),
    write: (storage, run) => storage.outbox(run).claim({ limit: 1, leaseMs: 60_000 }),
    right: ([claimed]) => claimed?.attempt === 1,
    times: async (storage, run) => (await messages(storage, run, 'leased')).length,
  }),
  singleWrite('acknowledge', {
    prepare: leased,
    write: (storage, run, claims) => storage.outbox(run).acknowledge(claims),
    right: ({ succeeded }) => succeeded.length === 1,
    times: async (storage, run) => (await messages(storage, run, 'delivered')).length,
  }),
  singleWrite('retry', {
    prepare: leased,
    write: (storage, run, claims) => storage.outbox(run).retry(claims, { delayMs: 0, error: 'failed' }),
    right: ({ succeeded }) => succeeded.length === 1,
    times: async (storage, run) => (await messages(storage, run, 'due')).length,
  }),
  singleWrite('complete', {
    async prepare(storage, run) {
      const answer = await reserve(storage, run)
      return answer.state === 'reserved' ? answer.token : ''
    },
    write: (storage, _, token) => storage.idempotency().complete(token, 'result'),
    right: () => true,
    times: async (storage, run) => ((await reserve(storage, run)).state === 'replay' ? 1 : 0),
  }),
]
