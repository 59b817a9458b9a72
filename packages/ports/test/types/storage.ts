import {
  type AnyEntity,
  type AnyStorageError,
  defineEntity,
  type Field,
  isStorageError,
  type Ports,
  type Storage,
  StorageError,
  type Transaction,
  text,
  type UnitOfWork,
} from '../../src/index.ts'
import { Booking, Room, storage } from '../example.ts'
import type { Equal, Expect } from './equal.ts'

/** What is written on Ports runs on a storage and in a transaction. */
async function cancelAll(ports: Ports, tenantId: string): Promise<number> {
  await ports.outbox('bookings').enqueue([{ payload: { tenantId } }])
  await ports.keyValue('cache').clear()
  await ports.idempotency().reserve({ namespace: 'n', key: 'k', fingerprint: 'f', leaseMs: 1_000 })
  const bookings = ports.repository(Booking, { tenantId })
  return await bookings.updateMany({ where: {}, patch: { status: 'cancelled' } })
}

export async function both(): Promise<void> {
  await cancelAll(storage, 't')
  const count = await storage.transaction(
    async (tx) => {
      const native: { readonly connection: number } = tx.native
      await tx.guard('room 1', 'room 2')
      tx.afterCommit(() => {})
      tx.afterCommit(async () => {})
      return (await cancelAll(tx, 't')) + (await tx.transaction((inner) => cancelAll(inner, 't'))) + native.connection
    },
    { reads: 'snapshot', guards: ['room 1'], retries: 0, timeoutMs: 1_000 },
  )
  const joined = await storage.join({ connection: 1 }, (tx) => cancelAll(tx, 't'), { afterCommit: (run) => void run() })
  const checks: [Expect<Equal<typeof count, number>>, Expect<Equal<typeof joined, number>>] = [true, true]
  void checks
  // @ts-expect-error another client's transaction
  await storage.join({ client: 1 }, async () => {})
}

/** What writes several things together begins a transaction, or becomes part of one; by itself, too, it can be either. */
async function bookBoth(unit: UnitOfWork, tenantId: string): Promise<number> {
  return await unit.transaction(async (tx) => {
    await tx.guard('room 1')
    // @ts-expect-error nobody knows whose client it is
    tx.native.connection
    return (await cancelAll(tx, tenantId)) + (await cancelRest(tx, tenantId))
  })
}
const cancelRest = (unit: UnitOfWork, tenantId: string): Promise<number> =>
  unit.transaction((tx) => cancelAll(tx, tenantId))

export async function eitherWay(tx: Transaction<{ readonly connection: number }>, plain: Storage): Promise<void> {
  const counts = [await bookBoth(storage, 't'), await bookBoth(tx, 't'), await bookBoth(plain, 't')]
  const check: Expect<Equal<typeof counts, number[]>> = true
  void check
  const ports: Ports = tx
  // @ts-expect-error nothing to begin a transaction with
  await bookBoth(ports, 't')
  // @ts-expect-error how it runs is for whoever owns the storage to say
  await (storage as UnitOfWork).transaction(async () => {}, { retries: 0 })
}

/** A storage of any client will do for code that does not touch the client, and entities of all kinds go into one list. */
export const entities: readonly AnyEntity[] = [Booking, Room]
export const anyStorage: Storage<unknown> = storage
export const ports: Ports = storage
export const transaction = (tx: Transaction<{ readonly connection: number }>): Ports => tx
// @ts-expect-error a storage of one client is none of another
export const other: Storage<{ readonly client: number }> = storage

export async function inTransaction(tx: Transaction): Promise<void> {
  const rooms = tx.repository(Room)
  // @ts-expect-error claims stand alone
  await rooms.claim({ where: {}, limit: 1, patch: {} })
  // @ts-expect-error so do leases of messages
  await tx.outbox().claim({ limit: 1, leaseMs: 1 })
  await tx.outbox().acknowledge([{ id: 'm', token: 't' }])
  // @ts-expect-error no transaction without its storage
  tx.close()
}

export async function keyValue(): Promise<void> {
  const entries = storage.keyValue('n')
  const revision = await entries.set('k', 'v', { ttlMs: 1, absent: true })
  if (revision !== null) await entries.set('k', 'v', { revision })
  // @ts-expect-error an entry has a revision or is absent
  await entries.set('k', 'v', { revision: 'r', absent: true })
  // @ts-expect-error text alone
  await entries.set('k', 1)
}

export async function idempotency(): Promise<unknown> {
  const reserved = await storage.idempotency().reserve({ namespace: 'n', key: 'k', fingerprint: 'f', leaseMs: 1 })
  switch (reserved.state) {
    case 'reserved':
      return await storage.idempotency().complete(reserved.token, { answer: 1 })
    case 'replay':
      return reserved.result
    case 'in-progress':
      return reserved.until
    case 'mismatch':
      return null
  }
}

/** Entities made of data at run time: names are text, values unknown, and the same calls type. */
export async function atRunTime(name: string, scope: string, given: Record<string, Field>): Promise<void> {
  const keyFields: Record<string, string[]> = { key: ['a'] }
  const scoped = defineEntity({ name, scope, fields: given, unique: keyFields, indexes: { byA: ['a', 'id'] } })
  const fields: Record<string, Field> = { ...given, extra: text() }
  const plain = defineEntity({
    name,
    fields,
    noOverlap: { rule: { within: ['a'], from: 'b', until: 'c', where: { d: 1 } } },
  })
  const rows = await storage.repository(scoped, { [scope]: 't' }).find({ where: { a: 1 } })
  const value: unknown = rows[0]?.a
  await storage.repository(plain).insert({ a: value, extra: '' })
}

export function errors(error: unknown): unknown {
  if (isStorageError(error, 'stale-version')) return error.data.actual satisfies number
  if (!isStorageError(error)) return undefined
  const known: AnyStorageError = error
  switch (known.code) {
    case 'duplicate':
      return known.data.id satisfies string | null
    case 'overlap':
      return known.data.rule satisfies string
    default:
      return known.retryable satisfies boolean
  }
}
export const made: StorageError<'misuse'> = new StorageError('misuse', 'closed', {})
// @ts-expect-error the data of another code
new StorageError('duplicate', 'x', { entity: 'booking' })
// @ts-expect-error no such code
isStorageError(null, 'not-found')
