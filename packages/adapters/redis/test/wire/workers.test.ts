import { defineEntity, integer, type Storage, text } from '@portolan/ports'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWire, type Wire } from './turns.ts'

const Item = defineEntity({
  name: 'item',
  fields: { shelf: text(), number: integer(), code: text().nullable() },
  unique: { byCode: ['code'] },
  indexes: { byShelf: ['shelf', 'number'] },
  versioned: true,
})

let wire: Wire
let storage: Storage
beforeAll(async () => {
  wire = await openWire([Item])
  storage = wire.storage
  // Scripts that the server does not know yet cost one more, once.
  await everyScript()
})
afterAll(() => wire.close())

const items = () => storage.repository(Item)
const outbox = () => storage.outbox('topic')
const leaseMs = 60_000
const reserve = (key: string, fingerprint = 'print') =>
  storage.idempotency().reserve({ namespace: 'n', key, fingerprint, leaseMs })

/** Reads, writes, removals, entries, guards, commits of both kinds and checks. */
async function everyScript(): Promise<void> {
  await items().insert({ id: 'x', shelf: 'x', number: 1 })
  await items().count()
  for (const reads of ['latest', 'snapshot'] as const)
    await storage.transaction(
      async (tx) => {
        await tx.repository(Item).get('x')
        await tx.repository(Item).get('x')
        await tx.keyValue('space').set('x', 'value')
        await tx.guard('guard')
      },
      { reads, guards: ['other'] },
    )
  await storage.transaction(async (tx) => {
    await tx.repository(Item).get('x')
    await tx.repository(Item).get('y')
  })
  await expect(
    storage.transaction(
      async (tx) => {
        await tx.repository(Item).get('x')
        throw new Error('given up')
      },
      { guards: ['guard'] },
    ),
  ).rejects.toThrow('given up')
  await storage.transaction((tx) => tx.repository(Item).delete('x'))
  await items().delete('x')
  await storage.keyValue('space').set('x', 'value')
  for await (const key of storage.keyValue('space').keys()) expect(key).toBe('x')
  await storage.keyValue('space').clear()
}

test('what a worker does with what it has claimed is one round trip for the batch, also where the lease was lost', async () => {
  await outbox().enqueue(Array.from({ length: 60 }, (_, payload) => ({ payload })))
  const claimed = await outbox().claim({ limit: 60, leaseMs })
  expect(claimed).toHaveLength(60)
  const part = (number: number) => claimed.slice(10 * number, 10 * number + 10)
  const lost = claimed.slice(0, 5).map(({ id }) => ({ id, token: crypto.randomUUID() }))
  await wire.expectTurns({
    'acknowledge of a batch': [1, () => outbox().acknowledge(part(0))],
    'extend of a batch': [1, () => outbox().extend(part(1), leaseMs)],
    'deadLetter of a batch': [1, () => outbox().deadLetter(part(2), { error: 'no' })],
    'retry of a batch': [1, () => outbox().retry(part(3), { delayMs: 0 })],
    'requeue of dead ones': [1, () => outbox().requeue(part(2).map(({ id }) => id))],
    'acknowledge of lost leases': [1, () => outbox().acknowledge(lost)],
    'extend of lost leases': [1, () => outbox().extend(lost, leaseMs)],
    'claim of what has come back': [1, () => outbox().claim({ limit: 100, leaseMs })],
    'claim of nothing': [1, () => outbox().claim({ limit: 100, leaseMs })],
    'the same id again': [1, () => outbox().enqueue([{ id: claimed[40]?.id ?? '', payload: 40 }])],
    'list of the dead': [1, () => outbox().list({ state: 'dead', limit: 10 })],
  })
})

/** The kit's: an insert whose condition is not met tells no row, so what is in the way is read. */
test('an idempotency key is had, kept, answered and refused by one round trip', async () => {
  const tokens: string[] = []
  const expected = (key: string, state: string, fingerprint?: string) => async () => {
    const reserved = await reserve(key, fingerprint)
    expect(reserved.state).toBe(state)
    if (reserved.state === 'reserved') tokens.push(reserved.token)
  }
  const idempotency = storage.idempotency()
  await wire.expectTurns({
    'reserve: reserved': [1, expected('k', 'reserved')],
    'reserve: in progress, and who is at it': [1, expected('k', 'in-progress')],
    'reserve: mismatch, and with what': [1, expected('k', 'mismatch', 'another')],
    extend: [1, () => idempotency.extend(tokens[0] ?? '', leaseMs)],
    complete: [1, () => idempotency.complete(tokens[0] ?? '', { done: true })],
    'reserve: replay, and the result': [1, expected('k', 'replay')],
    'complete by one whose lease was lost': [
      1,
      () => expect(idempotency.complete(tokens[0] ?? '', {})).rejects.toMatchObject({ code: 'lease-lost' }),
    ],
    'reserve of another key': [1, expected('other', 'reserved')],
    release: [1, () => idempotency.release(tokens[1] ?? '')],
  })
})

test('entries: conditions that fail, pages of keys, what has ended', async () => {
  const entries = storage.keyValue('entries')
  await entries.set('key', 'value')
  await wire.expectTurns({
    getEntry: [1, () => entries.getEntry('key')],
    'get of none': [1, () => entries.get('none')],
    'set under a revision that is no more': [1, () => entries.set('key', 'other', { revision: 'old' })],
    'set of an absent key that is there': [1, () => entries.set('key', 'other', { absent: true })],
    'delete under a revision that is no more': [1, () => entries.delete('key', { revision: 'old' })],
    'delete of none': [1, () => entries.delete('none')],
    'keys: a page': [
      1,
      async () => {
        for await (const key of entries.keys()) expect(key).toBe('key')
      },
    ],
    'a turn of the event loop: all sets together': [
      1,
      () => Promise.all(Array.from({ length: 20 }, (_, index) => entries.set(`key ${index}`, 'value'))),
    ],
    'a turn of the event loop: all gets together': [
      1,
      () => Promise.all(Array.from({ length: 20 }, (_, index) => entries.get(`key ${index}`))),
    ],
    'a sweep of entries and of idempotency records': [2, () => storage.sweep()],
  })
})
