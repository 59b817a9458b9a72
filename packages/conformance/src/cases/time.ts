import type { Storage } from '@portolan/ports'
import { allWon, equal, ok, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { turns } from '../interleaving.ts'
import { declared } from '../needs.ts'
import { Account, Booking } from '../standard-entities.ts'
import { reserve, reserved } from './idempotency.ts'
import { fill, ids } from './outbox.ts'

const fiveMinutes = 300_000
const tenant = { tenantId: 'tenant' }

/** Two clients of the world whose own clocks are five minutes apart, one ahead of the store's and one behind it. */
async function skewed({ open, clock }: World): Promise<{ ahead: Storage<unknown>; behind: Storage<unknown> }> {
  const ahead = await open({ callerClock: () => clock.now() + fiveMinutes / 2 })
  const behind = await open({ callerClock: () => clock.now() - fiveMinutes / 2 })
  return { ahead: ahead.storage, behind: behind.storage }
}

/** C1: whose clock decides. */
export const timeCases: readonly Case[] = [
  defineCase(
    'C1.ttl-by-the-store',
    'entries expire by the clock of the store, whoever set them and whoever reads them',
    async (world) => {
      const { clock } = world
      const { ahead, behind } = await skewed(world)
      for (const [writer, reader] of [
        [ahead, behind],
        [behind, ahead],
      ] as const) {
        await writer.keyValue('space').set('key', 'value', { ttlMs: 60_000 })
        const expiresAt = new Date(clock.now() + 60_000).toISOString()
        equal((await reader.keyValue('space').getEntry('key'))?.expiresAt, expiresAt, 'expiresAt')
        clock.advance(59_999)
        for (const each of [reader, writer])
          equal(await each.keyValue('space').get('key'), 'value', 'the value a millisecond before')
        equal(await reader.sweep(), 0, 'entries swept a millisecond before')
        clock.advance(1)
        for (const each of [reader, writer])
          equal(await each.keyValue('space').get('key'), null, 'the value at its end')
      }
    },
  ),

  defineCase(
    'C1.leases-by-the-store',
    'messages fall due, and leases of messages and reservations end, by the clock of the store',
    async (world) => {
      const { clock } = world
      const { ahead, behind } = await skewed(world)
      await ahead.outbox('topic').enqueue([{ id: 'm', payload: 1, delayMs: 1_000 }])
      const claim = (storage: Storage<unknown>) => storage.outbox('topic').claim({ limit: 9, leaseMs: 30_000 })
      for (const each of [ahead, behind]) same(await claim(each), [], 'claimed before it is due')
      clock.advance(1_000)
      const claimed = await claim(behind)
      same(ids(claimed), ['m'], 'claimed when it is due')
      clock.advance(29_999)
      same(await claim(ahead), [], 'claimed inside the lease by the client whose clock is ahead')
      same(
        (await ahead.outbox('topic').list({ state: 'leased', limit: 9 })).items.length,
        1,
        'messages leased, asked by the client whose clock is ahead',
      )
      same((await behind.outbox('topic').extend(claimed, 30_000)).succeeded, ['m'], 'extended')
      const token = await reserved(behind, { leaseMs: 30_000 })
      equal((await reserve(ahead)).state, 'in-progress', 'the answer to the client whose clock is ahead')
      clock.advance(30_000)
      same((await behind.outbox('topic').acknowledge(claimed)).leaseLost, ['m'], 'acknowledged after the lease')
      same(ids(await claim(ahead)), ['m'], 'claimed after the lease')
      await reserved(ahead)
      ok(token !== '', 'the first reservation had no token')
    },
  ),

  defineCase(
    'C1.racing-workers',
    'workers whose clocks differ by five minutes drain an outbox of short leases, and no message goes to two',
    async (world) => {
      const { ahead, behind } = await skewed(world)
      const many = 100
      await fill(ahead, many)
      const taken: string[] = []
      const work = async (worker: number): Promise<void> => {
        const outbox = (worker % 2 === 0 ? ahead : behind).outbox('topic')
        for (let empty = 0; taken.length < many && empty < 200; ) {
          const claimed = await outbox.claim({ limit: 3, leaseMs: 1_000 })
          empty = claimed.length === 0 ? empty + 1 : 0
          taken.push(...ids(claimed))
          await turns(1)
          same((await outbox.acknowledge(claimed)).leaseLost, [], 'leases lost inside of them')
        }
      }
      allWon(await Promise.allSettled(Array.from({ length: 8 }, (_, worker) => work(worker))))
      equal(new Set(taken).size, taken.length, 'messages claimed, each once')
      equal(taken.length, many, 'messages claimed')
    },
    { race: true },
  ),

  defineCase(
    'C1.racing-reservers',
    'of racers whose clocks differ by five minutes one reserves, and one takes over when the lease has ended',
    async (world) => {
      const { clock, racers, rounds } = world
      const { ahead, behind } = await skewed(world)
      for (let round = 0; round < rounds; round++) {
        const key = `key-${round}`
        for (const lease of ['first', 'second']) {
          const answers = allWon(
            await Promise.allSettled(
              Array.from({ length: racers }, (_, index) => reserve(index % 2 === 0 ? ahead : behind, { key })),
            ),
          )
          equal(answers.filter(({ state }) => state === 'reserved').length, 1, `racers that run in the ${lease} lease`)
          const entries = allWon(
            await Promise.allSettled(
              Array.from({ length: racers }, (_, index) =>
                (index % 2 === 0 ? ahead : behind).keyValue('space').set(key, 'value', { absent: true, ttlMs: 1_000 }),
              ),
            ),
          )
          equal(entries.filter((revision) => revision !== null).length, 1, `racers that set in the ${lease} lease`)
          clock.advance(1_000)
        }
      }
    },
    { race: true },
  ),

  defineCase(
    'C1.leases-made-in-transactions',
    'inside a transaction the clock of the store decides as well',
    async (world) => {
      const { clock } = world
      const { ahead, behind } = await skewed(world)
      await ahead.transaction(async (tx) => {
        await tx.keyValue('space').set('key', 'value', { ttlMs: 1_000 })
        await tx.idempotency().reserve({ namespace: 'n', key: 'k', fingerprint: 'f', leaseMs: 1_000 })
        await tx.outbox('topic').enqueue([{ id: 'm', payload: 1, delayMs: 1_000 }])
      })
      const again = { namespace: 'n', key: 'k', fingerprint: 'f', leaseMs: 1_000 }
      const claim = () => behind.outbox('topic').claim({ limit: 9, leaseMs: 1_000 })
      clock.advance(999)
      equal(await behind.keyValue('space').get('key'), 'value', 'the value a millisecond before')
      equal((await behind.idempotency().reserve(again)).state, 'in-progress', 'the answer a millisecond before')
      same(await claim(), [], 'claimed a millisecond before')
      clock.advance(1)
      equal(await behind.transaction((tx) => tx.keyValue('space').get('key')), null, 'the value at its end')
      equal((await behind.idempotency().reserve(again)).state, 'reserved', 'the answer at its end')
      same(ids(await claim()), ['m'], 'claimed at its moment')
    },
    { skip: declared('transactions') },
  ),

  defineCase(
    'C1.at-is-absolute',
    'the moment given by at is compared with the clock of the store, whatever the clock of the one who gave it',
    async (world) => {
      const { clock } = world
      const { ahead, behind } = await skewed(world)
      const at = new Date(clock.now() + 1_000)
      await ahead.outbox('topic').enqueue([{ id: 'ahead', payload: 1, at }])
      await behind.outbox('topic').enqueue([{ id: 'behind', payload: 1, at }])
      clock.advance(999)
      same(await ahead.outbox('topic').claim({ limit: 9, leaseMs: 1_000 }), [], 'claimed a millisecond before')
      clock.advance(1)
      const claimed = await behind.outbox('topic').claim({ limit: 9, leaseMs: 1_000 })
      same(ids(claimed), ['ahead', 'behind'], 'claimed at the moment')
    },
  ),

  defineCase(
    'C1.stamps-are-the-callers',
    "createdAt, updatedAt and now() are the caller's clock, also where it runs backwards, and decide nothing",
    async (world) => {
      const { clock } = world
      const { ahead, behind } = await skewed(world)
      const late = new Date(clock.now() + fiveMinutes / 2).toISOString()
      const early = new Date(clock.now() - fiveMinutes / 2).toISOString()
      same([ahead.now(), behind.now()], [late, early], 'what now() says')
      const row = await ahead.repository(Booking, tenant).insert({
        roomId: 'room',
        startsAt: '2026-06-01T10:00:00.000Z',
        endsAt: '2026-06-01T11:00:00.000Z',
      })
      same([row.createdAt, row.updatedAt], [late, late], 'the stamps of a row inserted by a clock that is ahead')
      const updated = await behind.repository(Booking, tenant).update(row.id, { guests: 3 }, { version: 1 })
      same(
        [updated?.createdAt, updated?.updatedAt, updated?.version],
        [late, early, 2],
        'the row updated by a clock that is behind',
      )
      const again = await ahead.repository(Booking, tenant).update(row.id, { guests: 4 }, { version: 2 })
      same([again?.updatedAt, again?.version], [late, 3], 'the row updated once more')
    },
  ),

  defineCase(
    'C1.now-inside',
    "now() of a transaction is the caller's clock as well",
    async (world) => {
      const { ahead } = await skewed(world)
      const said = await ahead.transaction(async (tx) => tx.now())
      equal(said, new Date(world.clock.now() + fiveMinutes / 2).toISOString(), 'what now() says')
    },
    { skip: declared('transactions') },
  ),

  defineCase(
    'C1.the-option-replaces-the-clock',
    'the option clock replaces the clock of the store for every client: what stands still expires nothing',
    async ({ a, b, clock, open }) => {
      await a.keyValue('space').set('key', 'value', { ttlMs: 1 })
      await turns(20)
      await a.repository(Account).insert({ email: 'something else' })
      for (const each of [a, b, (await open()).storage])
        equal(await each.keyValue('space').get('key'), 'value', 'the value while the clock stands still')
      clock.advance(1)
      for (const each of [a, b, (await open()).storage])
        equal(await each.keyValue('space').get('key'), null, 'the value once the clock has moved')
    },
  ),

  defineCase(
    'C1.its-own-clock-runs',
    'without the option the clock of the store runs: an entry with a ttl is there, and later it is gone',
    async ({ target, a }) => {
      const place = await target.createPlace()
      try {
        const client = await target.open(place, { entities: [Account] })
        try {
          await client.storage.schema.apply()
          const store = client.storage.keyValue('space')
          await store.set('long', 'value', { ttlMs: 3_600_000 })
          await store.set('short', 'value', { ttlMs: 20 })
          const began = performance.now()
          while ((await store.get('short')) !== null) {
            ok(performance.now() - began < 10_000, 'an entry with a ttl of 20 ms is there after ten seconds')
            await turns(1)
          }
          equal(await store.get('long'), 'value', 'the entry with a ttl of an hour')
        } finally {
          await client.close()
        }
      } finally {
        await target.removePlace(place)
      }
      const { storeClock } = a.capabilities
      ok(
        storeClock === 'store' || storeClock === 'host' || storeClock.skewMs >= 0,
        'the capability storeClock says nothing',
      )
    },
  ),
]
