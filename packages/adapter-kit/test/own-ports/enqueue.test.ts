import type { Capabilities, NewMessage } from '@portolan/ports'
import { expect, test } from 'vitest'
import { outbox } from '../../src/own-ports/outbox.ts'
import { fakeOperations } from './fake-operations.ts'

const capabilities = { maxRowBytes: 10_000, maxTransactionRows: 100, maxTransactionBytes: null } as Capabilities

function counter(): () => string {
  let next = 0
  return () => `generated-${++next}`
}

function open(fake = fakeOperations(), topic: string | null = 'mail', generateId = counter()) {
  return { ...fake, mail: outbox({ operations: fake.operations, topic, generateId, capabilities }) }
}

test('messages of any number are one operation, and come back in the order given', async () => {
  const { mail, calls } = open()
  const stored = await mail.enqueue([{ payload: 1 }, { id: 'b', payload: 2 }, { id: 'a', payload: 3 }])
  expect(stored.map(({ id, payload }) => [id, payload])).toEqual([
    ['generated-1', 1],
    ['b', 2],
    ['a', 3],
  ])
  expect(calls).toEqual(['insert 3'])
})

test('nothing to enqueue is no operation', async () => {
  const { mail, calls } = open()
  expect(await mail.enqueue([])).toEqual([])
  expect(calls).toEqual([])
})

test('a repeated id is one message: the first one stays, alone, in a batch and within one call', async () => {
  const { mail, calls, rows } = open()
  await mail.enqueue([{ id: 'a', payload: 'first' }])
  expect(await mail.enqueue([{ id: 'a', payload: 'again' }])).toMatchObject([{ id: 'a', payload: 'first' }])
  expect(calls).toEqual(['insert 1', 'insert 1'])
  const batch = await mail.enqueue([
    { payload: 1 },
    { id: 'a', payload: 'x' },
    { id: 'b', payload: 2 },
    { id: 'b', payload: 3 },
  ])
  expect(batch.map(({ payload }) => payload)).toEqual([1, 'first', 2, 2])
  expect(calls.slice(2)).toEqual(['insert 3', 'select', 'insert 2'])
  expect(rows.size).toBe(3)
})

test('a message that a racer enqueues in between is its message', async () => {
  let raced = false
  const fake = fakeOperations((rows) => {
    if (raced) return
    raced = true
    const base = { topic: 'mail', state: 'pending', leasedUntil: null, token: null, deliveredAt: null, lastError: null }
    const times = { availableAt: '2026-03-01T12:00:00.000Z', enqueuedAt: '2026-03-01T12:00:00.000Z' }
    rows.set('b', { id: 'b', payload: '"theirs"', maxAttempts: 10, attemptsLeft: 10, ...base, ...times })
  })
  const { mail } = open(fake)
  const stored = await mail.enqueue([
    { id: 'a', payload: 'mine' },
    { id: 'b', payload: 'mine' },
  ])
  expect(stored.map(({ payload }) => payload)).toEqual(['mine', 'theirs'])
})

test('a generated id that repeats is an error, never a lost message', async () => {
  const { mail, rows } = open(fakeOperations(), 'mail', () => 'always-this')
  await expect(mail.enqueue([{ payload: 1 }, { payload: 2 }])).rejects.toMatchObject({ code: 'duplicate' })
  expect(rows.size).toBe(0)
  await mail.enqueue([{ payload: 1 }])
  await expect(mail.enqueue([{ payload: 2 }])).rejects.toMatchObject({ code: 'duplicate', data: { id: 'always-this' } })
  await expect(mail.enqueue([{ payload: 2 }, { id: 'a', payload: 3 }])).rejects.toMatchObject({ code: 'duplicate' })
})

test('rows that come and go all the time end in a conflict, not in an endless loop', async () => {
  const fake = fakeOperations()
  const operations = {
    ...fake.operations,
    insert: async () => ({ kind: 'duplicate', unique: 'id', id: 'a' }) as const,
  }
  const mail = outbox({ operations, topic: 'mail', generateId: counter(), capabilities })
  const messages = [
    { id: 'a', payload: 1 },
    { id: 'b', payload: 1 },
  ]
  await expect(mail.enqueue(messages)).rejects.toMatchObject({ code: 'transaction-conflict', retryable: true })
})

const refusals: [string, unknown, string, string][] = [
  ['no array', { payload: 1 }, 'invalid-value', 'messages'],
  ['no object', ['text'], 'invalid-value', 'messages'],
  ['an unknown option', [{ payload: 1, delay: 5 }], 'invalid-query', 'delay'],
  ['no payload', [{ topic: 'mail' }], 'invalid-value', 'payload'],
  ['a payload that JSON cannot hold', [{ payload: new Date(0) }], 'invalid-value', 'payload'],
  ['another topic than the outbox has', [{ topic: 'sms', payload: 1 }], 'invalid-value', 'topic'],
  ['delayMs and at', [{ payload: 1, delayMs: 1, at: new Date(0) }], 'invalid-value', 'at'],
  ['a negative delay', [{ payload: 1, delayMs: -1 }], 'invalid-value', 'delayMs'],
  ['a delay past the last instant', [{ payload: 1, delayMs: Number.MAX_SAFE_INTEGER }], 'invalid-value', 'delayMs'],
  ['a time that is none', [{ payload: 1, at: 'tomorrow' }], 'invalid-value', 'at'],
  ['no attempts', [{ payload: 1, maxAttempts: 0 }], 'invalid-value', 'maxAttempts'],
  ['half an attempt', [{ payload: 1, maxAttempts: 1.5 }], 'invalid-value', 'maxAttempts'],
  ['an empty id', [{ payload: 1, id: '' }], 'invalid-value', 'id'],
  ['an id with NUL', [{ payload: 1, id: 'a\0' }], 'invalid-value', 'id'],
]

test.each(refusals)('%s is refused by name, and nothing is stored', async (_, messages, code, field) => {
  const { mail, calls } = open()
  const error = await mail.enqueue(messages as NewMessage[]).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, data: code === 'invalid-value' ? { field } : { part: field } })
  expect(String((error as Error).message)).toMatch(new RegExp(`portolan_outbox_message.*${field}`))
  expect(calls).toEqual([])
})

test('a message without a topic is refused where the outbox has none', async () => {
  const { mail } = open(fakeOperations(), null)
  await expect(mail.enqueue([{ payload: 1 }])).rejects.toMatchObject({
    code: 'invalid-value',
    data: { field: 'topic' },
  })
  expect(await mail.enqueue([{ topic: 'sms', payload: 1 }])).toMatchObject([{ topic: 'sms' }])
})

test('messages beyond the declared bounds are too large, before anything is written', async () => {
  const { mail, calls } = open()
  await expect(mail.enqueue([{ payload: 'x'.repeat(10_000) }])).rejects.toMatchObject({ code: 'too-large' })
  const many = Array.from({ length: 101 }, () => ({ payload: 1 }))
  await expect(mail.enqueue(many)).rejects.toMatchObject({ code: 'too-large', data: { limit: 100, actual: 101 } })
  expect(calls).toEqual([])
})
