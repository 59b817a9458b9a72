import type { Page, Repository, TransactionRepository, TypesIn } from '../../src/index.ts'
import { Booking, Room, storage } from '../example.ts'
import type { Equal, Expect } from './equal.ts'

const bookings = storage.repository(Booking, { tenantId: 't' })
const rooms = storage.repository(Room)

export type Repositories = [
  Expect<Equal<typeof bookings, Repository<TypesIn<typeof Booking>>>>,
  Expect<Equal<typeof rooms, Repository<TypesIn<typeof Room>>>>,
]

const valid = {
  roomId: 'r',
  startsAt: new Date(),
  endsAt: { epochMilliseconds: 1 },
  status: 'requested',
  idempotencyKey: 'k',
} as const

export async function reads(): Promise<void> {
  const one = await bookings.get('b')
  const byKey = await bookings.getBy('idempotencyKey', { idempotencyKey: 'k' })
  const byDoor = await rooms.getBy('door', { building: 'A', number: '1' })
  const all = await bookings.find()
  const some = await bookings.find({
    select: ['id', 'version', 'startsAt'],
    orderBy: [{ startsAt: 'asc' }, { id: 'desc' }],
  })
  const page = await bookings.page({ limit: 20, cursor: null, select: ['tenantId'], orderBy: { createdAt: 'desc' } })
  for await (const row of bookings.each({ select: ['roomId'] })) {
    type _ = Expect<Equal<typeof row, { roomId: string }>>
    row satisfies _ extends true ? { roomId: string } : never
  }
  type Row = Booking
  const checks: [
    Expect<Equal<typeof one, Row | null>>,
    Expect<Equal<typeof byKey, Row | null>>,
    Expect<Equal<typeof byDoor, Room | null>>,
    Expect<Equal<typeof all, Row[]>>,
    Expect<Equal<typeof some, { id: string; version: number; startsAt: string }[]>>,
    Expect<Equal<typeof page, Page<{ tenantId: string }>>>,
  ] = [true, true, true, true, true, true]
  void checks

  // A key's parts are required, not null, and nothing else.
  // @ts-expect-error a part is missing
  await rooms.getBy('door', { building: 'A' })
  // @ts-expect-error no part of the key
  await rooms.getBy('door', { building: 'A', number: '1', seats: 2 })
  // @ts-expect-error a null part matches no row
  await bookings.getBy('idempotencyKey', { idempotencyKey: null })
  // @ts-expect-error json can't be selected by an unknown name
  await bookings.find({ select: ['meta'] })
}

export async function filters(): Promise<void> {
  await bookings.count()
  await bookings.count({ where: { roomId: 'r', startsAt: { lt: new Date() }, status: { notIn: ['cancelled'] } } })
  await bookings.find({
    where: { idempotencyKey: null, or: [{ version: { gt: 1 } }, { not: { createdAt: { gte: '' } } }] },
  })
  await rooms.find({ where: { seats: { in: [1, 2] }, rating: { ne: null }, number: { startsWith: '1' }, open: true } })
  await rooms.find({ where: undefined, orderBy: undefined, limit: undefined, offset: undefined, select: undefined })
  // @ts-expect-error the scope is the repository's
  await bookings.count({ where: { tenantId: 't' } })
  // @ts-expect-error comparisons never match null
  await rooms.count({ where: { rating: { lt: null } } })
  // @ts-expect-error a number is not searched
  await rooms.count({ where: { seats: { contains: '1' } } })
  // @ts-expect-error an instant is compared, not searched
  await bookings.count({ where: { startsAt: { startsWith: '2026' } } })
  // @ts-expect-error Room has no version
  await rooms.count({ where: { version: 1 } })
}

export async function writes(): Promise<void> {
  const inserted = await bookings.insert(valid)
  await bookings.insert(
    { ...valid, id: 'b', metadata: { deep: [{ er: null }] } },
    { unless: { roomId: 'r' }, guard: 'room r' },
  )
  const many = await bookings.insertMany([valid, valid])
  const got = await bookings.insertOrGet('idempotencyKey', valid)
  const put = await rooms.upsert('door', { building: 'A', number: '1' }, { seats: { increment: 1 }, open: undefined })
  const patched = await bookings.update(
    'b',
    { status: 'cancelled', startsAt: new Date() },
    { version: 1, where: { roomId: 'r' } },
  )
  await bookings.upsert('idempotencyKey', valid, {}, { version: 1, unless: {}, guard: ['a', 'b'] })
  await bookings.update('b', { idempotencyKey: null })
  await rooms.update('r', { rating: null, openedAt: null })
  const count = await rooms.updateMany({ where: { open: false }, patch: { open: true } })
  const taken = await bookings.delete('b', { version: 2 })
  const claimed = await bookings.claim({ where: { status: 'requested' }, limit: 5, patch: { status: 'confirmed' } })
  const checks: [
    Expect<Equal<typeof inserted, Booking>>,
    Expect<Equal<typeof many, Booking[]>>,
    Expect<Equal<typeof got, { row: Booking; inserted: boolean }>>,
    Expect<Equal<typeof put, { row: Room; inserted: boolean }>>,
    Expect<Equal<typeof patched, Booking | null>>,
    Expect<Equal<typeof count, number>>,
    Expect<Equal<typeof taken, Booking | null>>,
    Expect<Equal<typeof claimed, Booking[]>>,
  ] = [true, true, true, true, true, true, true, true]
  void checks

  // @ts-expect-error unless without guard would be a race
  await bookings.insert(valid, { unless: { roomId: 'r' } })
  // @ts-expect-error a guard alone decides nothing
  await bookings.insert(valid, { guard: 'room r' })
  // @ts-expect-error an insert has no version to expect
  await bookings.insert(valid, { version: 1 })
  // @ts-expect-error Room has no version to expect
  await rooms.update('r', {}, { version: 1 })
  // @ts-expect-error an insert by natural key needs the key
  await bookings.insertOrGet('idempotencyKey', { ...valid, idempotencyKey: null })
  // @ts-expect-error the same of one whose part could be left out otherwise
  await rooms.upsert('rating', { building: 'A', number: '1' }, {})
  // @ts-expect-error deleteMany says what it deletes
  await bookings.deleteMany({})
  // @ts-expect-error an instant is no number
  await bookings.update('b', { startsAt: 5 })
}

/** In a transaction a repository is the same but for claim. */
export type InTransaction = [
  Expect<
    Equal<Exclude<keyof Repository<TypesIn<typeof Room>>, keyof TransactionRepository<TypesIn<typeof Room>>>, 'claim'>
  >,
]
