import { defineEntity, instant, integer, isStorageError, oneOf, text } from '@portolan/ports'
import { describe, expect, it } from 'vitest'
import { memoryDatabase, memoryStorage } from '../src/index.ts'
import { writeRaw } from '../src/testing.ts'

const Account = defineEntity({
  name: 'account',
  fields: { email: text(), balance: integer().default(0), note: text().nullable() },
  unique: { email: ['email'] },
  versioned: true,
  timestamps: true,
})
const Booking = defineEntity({
  name: 'booking',
  scope: 'tenantId',
  fields: { room: text(), from: instant(), until: instant(), status: oneOf('held', 'free') },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'until', where: { status: 'held' } } },
  versioned: true,
})
const entities = [Account, Booking]

function clients(count = 2) {
  const database = memoryDatabase()
  return Array.from({ length: count }, () => memoryStorage({ entities, database }))
}

function codes(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.map((result) =>
    result.status === 'fulfilled' ? 'ok' : isStorageError(result.reason) ? result.reason.code : String(result.reason),
  )
}

const racers = Array.from({ length: 16 }, (_, index) => index)

describe('a storage in memory', () => {
  it('stores what one client writes for the other, as fresh objects', async () => {
    const [a, b] = clients() as [ReturnType<typeof memoryStorage>, ReturnType<typeof memoryStorage>]
    const stored = await a.repository(Account).insert({ email: 'x@example.org' })
    stored.balance = 99
    const read = await b.repository(Account).get(stored.id)
    expect(read).toMatchObject({ email: 'x@example.org', balance: 0, version: 1, note: null })
    expect(await a.repository(Account).getBy('email', { email: 'x@example.org' })).toEqual(read)
  })

  it('keeps storages of different databases apart', async () => {
    const [a] = clients(1)
    const [b] = clients(1)
    await a?.repository(Account).insert({ email: 'x' })
    expect(await b?.repository(Account).count()).toBe(0)
  })

  it('lets one of 16 racers have a natural key', async () => {
    const storages = clients()
    const results = await Promise.all(
      racers.map((index) => storages[index % 2]?.repository(Account).insertOrGet('email', { email: 'one' })),
    )
    expect(results.filter((result) => result?.inserted)).toHaveLength(1)
    expect(new Set(results.map((result) => result?.row.id)).size).toBe(1)
  })

  it('loses no update of transactions that read and then write', async () => {
    const storages = clients()
    const { id } = (await storages[0]?.repository(Account).insert({ email: 'sum' })) ?? { id: '' }
    for (const reads of ['latest', 'snapshot'] as const) {
      await storages[0]?.repository(Account).update(id, { balance: 0 })
      await Promise.all(
        racers.map((index) =>
          storages[index % 2]?.transaction(
            async (tx) => {
              const accounts = tx.repository(Account)
              const { balance } = (await accounts.get(id)) ?? { balance: 0 }
              await accounts.update(id, { balance: balance + 1 })
            },
            { reads },
          ),
        ),
      )
      expect(await storages[1]?.repository(Account).get(id)).toMatchObject({ balance: 16 })
    }
  })

  it('lets one of 16 racers book a room, and leaves other tenants alone', async () => {
    const storages = clients()
    const slot = {
      room: 'blue',
      from: '2026-01-01T09:00:00.000Z',
      until: '2026-01-01T10:00:00.000Z',
      status: 'held',
    } as const
    const results = await Promise.allSettled(
      racers.map((index) => storages[index % 2]?.repository(Booking, { tenantId: 'one' }).insert(slot)),
    )
    expect(codes(results).sort()).toEqual(['ok', ...Array(15).fill('overlap')].sort())
    await storages[0]?.repository(Booking, { tenantId: 'two' }).insert(slot)
  })

  it.each(['latest', 'snapshot'] as const)('keeps transactions under one guard serial, reading %s', async (reads) => {
    const storages = clients()
    const results = await Promise.allSettled(
      racers.map((index) =>
        storages[index % 2]?.transaction(
          async (tx) => {
            const accounts = tx.repository(Account)
            await accounts.count()
            await tx.guard('accounts')
            if ((await accounts.count()) >= 5) throw new RangeError('full')
            await accounts.insert({ email: `${index}@example.org` })
          },
          { reads },
        ),
      ),
    )
    expect(codes(results).filter((code) => code === 'ok')).toHaveLength(5)
    expect(codes(results).filter((code) => code === 'RangeError: full')).toHaveLength(11)
    expect(await storages[0]?.repository(Account).count()).toBe(5)
  })

  it('runs guarded work once when the guards are named in advance', async () => {
    const storages = clients()
    for (const reads of ['latest', 'snapshot'] as const) {
      let runs = 0
      await Promise.all(
        racers.map((index) =>
          storages[index % 2]?.transaction(
            async (tx) => {
              runs++
              const accounts = tx.repository(Account)
              const count = await accounts.count()
              await accounts.insert({ email: `${reads} ${count}` })
            },
            { reads, guards: ['accounts'] },
          ),
        ),
      )
      expect(runs).toBe(16)
    }
  })

  it('resolves transactions that take two guards in opposite orders', async () => {
    const storages = clients()
    await Promise.all(
      racers.map((index) =>
        storages[index % 2]?.transaction(async (tx) => {
          await tx.guard(index % 2 ? 'left' : 'right')
          await tx.repository(Account).insert({ email: `${index}` })
          await tx.guard(index % 2 ? 'right' : 'left')
        }),
      ),
    )
    expect(await storages[0]?.repository(Account).count()).toBe(16)
  })

  it('leases each message to one of 8 workers', async () => {
    const storages = clients()
    await storages[0]?.outbox('mail').enqueue(racers.map((index) => ({ payload: index })))
    const claimed = await Promise.all(
      Array.from({ length: 8 }, (_, index) => storages[index % 2]?.outbox().claim({ limit: 3, leaseMs: 1_000 })),
    )
    const ids = claimed.flatMap((messages) => messages?.map(({ id }) => id))
    expect(ids).toHaveLength(16)
    expect(new Set(ids).size).toBe(16)
  })

  it('expires key-value entries by the clock of the database, for every client', async () => {
    const database = memoryDatabase()
    let now = Date.parse('2026-01-01T00:00:00.000Z')
    const a = memoryStorage({ entities, database, clock: () => now })
    const b = memoryStorage({ entities, database, callerClock: () => 0 })
    await a.keyValue('sessions').set('key', 'value', { ttlMs: 1_000 })
    now += 999
    expect(await b.keyValue('sessions').get('key')).toBe('value')
    now += 1
    expect(await b.keyValue('sessions').get('key')).toBeNull()
  })

  it('refuses join, and declares that', async () => {
    const [storage] = clients(1)
    expect(storage?.capabilities.join).toBe(false)
    const refused = storage?.join({} as never, async () => {})
    await expect(refused).rejects.toMatchObject({ code: 'unsupported', data: { what: 'join' } })
  })

  it('reports a value that foreign software wrote and that does not fit', async () => {
    const database = memoryDatabase()
    const storage = memoryStorage({ entities, database })
    const { id } = await storage.repository(Account).insert({ email: 'x' })
    writeRaw(database, { entity: 'account', id, field: 'balance', value: '12' })
    const unfit = { code: 'invalid-stored-value', data: { entity: 'account', id, field: 'balance' } }
    await expect(storage.repository(Account).get(id)).rejects.toMatchObject(unfit)
    await expect(storage.repository(Account).update(id, { balance: { increment: 1 } })).rejects.toMatchObject(unfit)
    expect(() => writeRaw(database, { entity: 'account', id: 'none', field: 'balance', value: 1 })).toThrow(
      'no such row',
    )
  })
})
