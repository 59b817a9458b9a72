import type { Predicate } from '@portolan/adapter-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { classify } from '../../src/errors.ts'
import { guardsOn } from '../../src/guards.ts'
import { type Client, openClient, soon } from '../engine.ts'
import { openPlace, type Place } from '../place.ts'
import { at, Booking, booking, deleting, everywhere, inserting, updating, values } from './bookings.ts'

const racers = 16
const rounds = 5

let place: Place
let clients: readonly Client[]
beforeAll(async () => {
  place = await openPlace()
  clients = [1, 2].map(() => openClient({ url: place.url, entities: [Booking] }))
  await clients[0]?.apply()
  // Connected and acquainted before anybody races.
  await Promise.all(clients.map(({ writes }) => writes.update(updating('none', {}), context())))
})
beforeEach(() => client(0).writes.deleteMany({ ...everywhere, limit: null }, context()))
afterAll(async () => {
  for (const one of clients) one.close()
  await place.close()
})

const context = (patience = 10_000) => ({ session: null, deadline: performance.now() + patience })
const client = (racer: number): Client => clients[racer % clients.length] as Client

/** How often each word came, of racers that start together on two clients. */
async function race(
  run: (racer: number, client: Client) => Promise<{ kind: string }>,
): Promise<Record<string, number>> {
  const outcomes = await Promise.all(Array.from({ length: racers }, (_, racer) => run(racer, client(racer))))
  const counts: Record<string, number> = {}
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

test('of many who want one slot, one has it; the others are told whose it is', async () => {
  for (let round = 0; round < rounds; round++) {
    // Half of them begin later: all overlap all.
    const slot = (racer: number) => ({ from: at(10 * round + (racer % 2)), till: at(10 * round + 3) })
    const counts = await race((racer, { writes }) =>
      writes.insert(inserting([values(`${round} ${racer}`, 0, slot(racer))]), context()),
    )
    expect(counts).toEqual({ inserted: 1, overlap: racers - 1 })
  }
  expect(await client(0).rows(booking)).toHaveLength(rounds)
})

test('a slot that is made or moved to is had by one', async () => {
  const movable = Array.from({ length: racers }, (_, racer) => values(`m${racer}`, racer, { room: 'elsewhere' }))
  await client(0).writes.insert(inserting(movable), context())
  const slot = { room: '1', from: at(50), till: at(51) }
  const counts = await race((racer, { writes }) =>
    racer < racers / 2
      ? writes.update(updating(`m${racer}`, slot), context())
      : writes.insert(inserting([values(`new ${racer}`, 0, slot)]), context()),
  )
  expect(counts.overlap).toBe(racers - 1)
})

test('of many who want one key, one inserts; insertOrGet gives all of them its row, and upsert loses no increment', async () => {
  for (let round = 0; round < rounds; round++) {
    const row = (racer: number) => values(`${round} ${racer}`, 100 * round + racer, { code: `key ${round}` })
    expect(await race((racer, { writes }) => writes.insert(inserting([row(racer)]), context()))).toEqual({
      inserted: 1,
      duplicate: racers - 1,
    })
  }
  const seen = new Set<unknown>()
  const got = await race(async (racer, { writes }) => {
    const outcome = await writes.insert(
      inserting([values(`get ${racer}`, 5_000 + racer, { code: 'got' })], {
        onDuplicate: { kind: 'return', unique: 'byCode' },
      }),
      context(),
    )
    seen.add(outcome.kind === 'inserted' ? outcome.rows[0]?.id : outcome.kind === 'existing' ? outcome.row.id : outcome)
    return outcome
  })
  expect(got).toEqual({ inserted: 1, existing: racers - 1 })
  expect(seen.size).toBe(1)
  const added = { kind: 'update', unique: 'byCode', require: null, version: null, where: null } as const
  const set = { count: { increment: 1 }, version: { increment: 1 } }
  const onDuplicate = { ...added, set }
  expect(
    await race((racer, { writes }) =>
      writes.insert(
        inserting([values(`up ${racer}`, 6_000 + racer, { code: 'up', count: 1 })], { onDuplicate }),
        context(),
      ),
    ),
  ).toEqual({ inserted: 1, updated: racers - 1 })
  expect((await client(0).rows(booking)).find(({ code }) => code === 'up')).toMatchObject({
    count: racers,
    version: racers,
  })
})

test('one version is updated once, one row is deleted once, and no increment is lost', async () => {
  await client(0).writes.insert(inserting([values('a', 1)]), context())
  const versioned = await race((_, { writes }) => writes.update(updating('a', {}, { version: 1 }), context()))
  expect(versioned).toEqual({ updated: 1, stale: racers - 1 })
  await race((_, { writes }) => writes.update(updating('a', { count: { increment: 1 } }), context()))
  expect(await client(0).rows(booking)).toMatchObject([{ count: racers, version: 2 + racers }])
  expect(await race((_, { writes }) => writes.delete(deleting('a'), context()))).toEqual({
    deleted: 1,
    missing: racers - 1,
  })
})

test('a row is claimed by one', async () => {
  await client(0).writes.insert(
    inserting(Array.from({ length: 100 }, (_, hour) => values(`r${hour}`, hour))),
    context(),
  )
  const where: Predicate = { op: 'eq', field: 'state', value: 'on' }
  const order = [
    { field: 'from', direction: 'asc', nullable: false },
    { field: 'id', direction: 'asc', nullable: false },
  ] as const
  const claims = await Promise.all(
    Array.from({ length: racers }, (_, racer) =>
      client(racer).writes.claim({ ...everywhere, where, order, limit: 7, set: { state: 'taken' } }, context()),
    ),
  ).catch((error: unknown) => error)
  const ids = (claims as { id: string }[][]).flat().map(({ id }) => id)
  expect(ids).toHaveLength(100)
  expect(new Set(ids).size).toBe(100)
})

const guarded = (key: string) => ({
  unless: { op: 'eq', field: 'code', value: key } as const,
  guards: [`guard of ${key}`],
})

test('of writers that exclude each other under one guard, one writes', async () => {
  const counts = await race((racer, { writes }) =>
    writes.insert(
      inserting([values(`r${racer}`, racer, { state: 'off', code: null, notes: '"x"' })], {
        unless: { op: 'eq', field: 'state', value: 'off' },
        guards: ['room'],
      }),
      context(),
    ),
  )
  expect(counts).toEqual({ inserted: 1, unless: racers - 1 })
})

test('a lone write waits for a guard that a transaction holds, and for no other one', async () => {
  const guards = guardsOn(client(0).engine)
  await guards.hold('token', ['guard of b', 'guard of c'], soon(), soon())
  const order: string[] = []
  const insert = (id: string): Promise<unknown> =>
    client(1)
      .writes.insert(inserting([values(id, id.charCodeAt(0))], guarded(id)), context())
      .then(({ kind }) => order.push(`${kind} ${id}`))
  const waiting = insert('b')
  await insert('a')
  await new Promise((resolve) => setTimeout(resolve, 100))
  order.push('released')
  guards.release('token')
  await waiting
  expect(order).toEqual(['inserted a', 'released', 'inserted b'])
})

test('a guard that stays held until the deadline is a conflict, and nothing was written', async () => {
  const guards = guardsOn(client(0).engine)
  await guards.hold('token', ['guard of x'], soon(), soon())
  try {
    const began = performance.now()
    const error: unknown = await client(1)
      .writes.insert(inserting([values('x', 1)], guarded('x')), context(300))
      .catch((thrown: unknown) => thrown)
    expect(classify(error)?.code).toBe('transaction-conflict')
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(await client(0).rows(booking)).toEqual([])
  } finally {
    guards.release('token')
  }
})
