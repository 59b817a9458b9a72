import { isStorageError, type Storage } from '@portolan/ports'
import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import { Counter, Stay } from '../race/entities.ts'

type Call = (storage: Storage) => Promise<unknown>

const slot = (hour: number) => ({
  room: 'blue',
  from: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
  till: new Date(Date.UTC(2026, 0, 1, hour + 1)).toISOString(),
})
const leaseMs = 60_000
const reserve = (storage: Storage, key: string) =>
  storage.idempotency().reserve({ namespace: 'n', key, fingerprint: 'print', leaseMs })

/** What the calls find. */
export async function prepareCalls(storage: Storage): Promise<void> {
  await storage.schema.apply()
  await storage.repository(Counter).insertMany(['one', 'two', 'three'].map((id) => ({ id, value: 1 })))
  await storage.repository(Stay).insert({ id: 'there', ...slot(1) })
  await storage.outbox('topic').enqueue([{ id: 'message', payload: 1 }])
  await storage.keyValue('space').set('key', 'value', { ttlMs: leaseMs })
  await reserve(storage, 'there')
}

export const reads: Readonly<Record<string, Call>> = {
  get: (storage) => storage.repository(Counter).get('one'),
  find: (storage) => storage.repository(Stay).find({ where: { room: 'blue' }, orderBy: { from: 'asc' } }),
  count: (storage) => storage.repository(Counter).count(),
  'key-value get': (storage) => storage.keyValue('space').get('key'),
  'outbox list': (storage) => storage.outbox('topic').list({ state: 'due', limit: 10 }),
  'a transaction that reads': (storage) =>
    storage.transaction(async (tx) => {
      await tx.repository(Counter).get('one')
      await tx.repository(Stay).count()
      await tx.keyValue('space').get('key')
    }),
}

/** Each makes something new. */
export const writes: Readonly<Record<string, Call>> = {
  insert: (storage) => storage.repository(Stay).insert({ id: 'new', ...slot(3) }),
  insertMany: (storage) =>
    storage.repository(Stay).insertMany([5, 7].map((hour) => ({ id: `${hour}`, ...slot(hour) }))),
  update: (storage) => storage.repository(Stay).update('there', slot(9)),
  updateMany: (storage) => storage.repository(Counter).updateMany({ where: {}, patch: { value: { increment: 1 } } }),
  'repository claim': (storage) => storage.repository(Counter).claim({ where: {}, limit: 2, patch: { value: 7 } }),
  'key-value set': (storage) => storage.keyValue('space').set('new', 'value', { ttlMs: leaseMs }),
  'outbox enqueue': (storage) => storage.outbox('topic').enqueue([{ payload: 2 }]),
  'outbox claim': (storage) => storage.outbox('topic').claim({ limit: 10, leaseMs }),
  'idempotency reserve': (storage) => reserve(storage, 'new'),
  'a transaction of all': (storage) =>
    storage.transaction(async (tx) => {
      await tx.repository(Counter).update('one', { value: 3 })
      await tx.repository(Stay).insert({ id: 'inside', ...slot(11) })
      await tx.keyValue('space').set('inside', 'value')
      await tx.outbox('topic').enqueue([{ payload: 3 }])
    }),
  'a transaction under a guard': (storage) =>
    storage.transaction((tx) => tx.keyValue('space').set('guarded', 'value'), { guards: ['guard'] }),
}

/** Each makes room, and nothing else. */
export const removals: Readonly<Record<string, Call>> = {
  delete: (storage) => storage.repository(Stay).delete('there'),
  deleteMany: (storage) => storage.repository(Counter).deleteMany({ where: { id: 'two' } }),
  'key-value delete': (storage) => storage.keyValue('space').delete('key'),
  'key-value clear': (storage) => storage.keyValue('space').clear(),
  'a transaction that removes': (storage) => storage.transaction((tx) => tx.repository(Counter).delete('three')),
}

export const everyCall = { ...reads, ...writes, ...removals }

/** Every key as Redis serialises it, but leases of guards, which run out by themselves. */
export async function everything(client: Redis): Promise<Readonly<Record<string, string>>> {
  const keys = (await client.keys('*')).filter((key) => !key.includes(':g:')).sort()
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)))
  return Object.fromEntries(keys.map((key, index) => [key, String(dumps[index]?.toString('hex'))]))
}

/** 'ok', or the code; what is no error of ours says so. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (error: unknown) => (isStorageError(error) ? error.code : `not ours: ${error}`),
  )
}

/**
 * Each of these calls is refused by this code, in words that say what is wrong, and `admin` finds everything as it was. Words of the
 * server's own reply, which may show keys, are nowhere in them.
 */
export async function expectRefused(
  storage: Storage,
  calls: Readonly<Record<string, Call>>,
  refusal: { readonly code: string; readonly words: RegExp; readonly admin: Redis },
): Promise<void> {
  const before = await everything(refusal.admin)
  for (const [name, call] of Object.entries(calls)) {
    const error: unknown = await call(storage).then(
      () => new Error('nothing was refused'),
      (thrown: unknown) => thrown,
    )
    expect(isStorageError(error) ? error.code : error, name).toBe(refusal.code)
    expect((error as Error).message, name).toMatch(refusal.words)
  }
  expect(await everything(refusal.admin)).toEqual(before)
}

/** Each of them works. */
export async function expectDone(storage: Storage, calls: Readonly<Record<string, Call>>): Promise<void> {
  const answers: Record<string, string> = {}
  for (const [name, call] of Object.entries(calls)) answers[name] = await codeOf(call(storage))
  expect(answers).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, 'ok'])))
}
