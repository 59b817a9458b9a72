import { memoryStorage } from '@portolan/memory'
import { isStorageError, StorageError, type StorageErrorCode, type StorageErrorData } from '@portolan/ports'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '../src/desk.ts'
import type { AnyStorage } from '../src/domain/any-storage.ts'
import { entities } from '../src/domain/entities.ts'
import { addRoom } from '../src/domain/rooms.ts'
import { createApp } from '../src/http/app.ts'
import { problemAnswer, problemOf } from '../src/http/problem.ts'
import { createDeliveryLog } from '../src/relay/delivery-log.ts'
import { checkThenInsertInMemory } from '../src/storages/check-then-insert-in-memory.ts'
import { at } from './moment.ts'

const inTheWay = '01890000-0000-7000-8000-000000000001'
const cases: { readonly [C in StorageErrorCode]: readonly [status: number, data: StorageErrorData[C]] } = {
  'invalid-value': [422, { entity: 'booking', field: 'endsAt' }],
  'invalid-query': [400, { entity: 'booking', part: 'limit' }],
  'invalid-cursor': [400, { entity: 'booking' }],
  'too-large': [413, { entity: 'booking', limit: 1, actual: 2 }],
  'query-too-broad': [400, { entity: 'booking', limit: 1 }],
  duplicate: [409, { entity: 'room', unique: 'byCode', id: inTheWay }],
  'stale-version': [409, { entity: 'booking', id: inTheWay, expected: 1, actual: 2 }],
  'condition-failed': [409, { entity: 'booking', failed: 'where', ids: [inTheWay] }],
  overlap: [409, { entity: 'booking', rule: 'perRoom', id: inTheWay }],
  'lease-lost': [409, { ids: [] }],
  unavailable: [503, {}],
  'transaction-conflict': [503, { attempts: 100 }],
  'commit-unknown': [503, {}],
  'invalid-definition': [500, { entity: 'booking' }],
  'invalid-stored-value': [500, { entity: 'booking', id: inTheWay, field: 'status' }],
  'transaction-doomed': [500, { first: 'unexpected' }],
  'after-commit-failed': [500, { result: null, failures: [] }],
  'access-denied': [500, {}],
  'schema-mismatch': [500, { problems: [] }],
  unsupported: [500, { what: 'overlap' }],
  misuse: [500, {}],
  unexpected: [500, {}],
}

test.each(Object.entries(cases))('%s', (code, [status, data]) => {
  const error = new StorageError(code as StorageErrorCode, 'What the storage says.', data as never)
  const { headers, status: answered, body } = problemAnswer(problemOf(error))
  expect(answered).toBe(status)
  expect(headers['Content-Type']).toBe('application/problem+json')
  expect('Retry-After' in headers).toBe(status === 503)
  expect(JSON.parse(body)).toMatchObject({ code, status, type: `/problems/${code}` })
  if (status >= 500) expect(body).not.toContain('What the storage says')
})

test('a code that is not known yet: what matters is whether it may succeed later', () => {
  const newer = { '~portolan': 'error', code: 'brand-new', message: 'New.', data: {} }
  expect(problemOf({ ...newer, retryable: true }).status).toBe(503)
  expect(problemOf({ ...newer, retryable: false }).status).toBe(500)
})

test('of a fault of our own the caller sees nothing', () => {
  const answer = problemAnswer(problemOf(new TypeError('secret of the house')))
  expect(answer.status).toBe(500)
  expect(answer.body).not.toContain('secret')
})

describe('a storage that fails while a booking is made', () => {
  const tenantId = 'acme'
  let storage: AnyStorage
  let reported: string[]
  beforeEach(async () => {
    storage = memoryStorage({ entities })
    reported = []
    await storage.schema.apply()
  })
  afterEach(() => storage.close())

  function desk(given: AnyStorage): Desk {
    const checkThenInsert = checkThenInsertInMemory()
    return {
      name: 'desk',
      title: '',
      subtitle: '',
      storage: given,
      deliveries: createDeliveryLog(() => {}),
      checkThenInsert,
    }
  }

  async function book(given: AnyStorage, roomId: string): Promise<Response> {
    const app = createApp({
      desks: [desk(given)],
      report: (_, error) => reported.push(isStorageError(error) ? error.code : String(error)),
    })
    return app.request('/desk/bookings', {
      method: 'POST',
      headers: { 'X-Tenant': tenantId, 'Idempotency-Key': '"once"' },
      body: JSON.stringify({ roomId, guest: 'Ada', startsAt: at(9), endsAt: at(10) }),
    })
  }

  /** Commits or not, and answers with the error either way. */
  function failing(code: 'unavailable' | 'commit-unknown', commits: boolean): AnyStorage {
    const transaction: AnyStorage['transaction'] = async (work, options) => {
      if (commits) await storage.transaction(work, options)
      throw new StorageError(code, 'The line is cut.', {})
    }
    return { ...storage, transaction }
  }

  test('an outage is 503 with Retry-After, is reported, and leaves the key free', async () => {
    const { id } = await addRoom(storage, tenantId, { code: 'quay', name: 'Quay', seats: 8 })
    const refused = await book(failing('unavailable', false), id)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '2'])
    expect(reported).toEqual(['unavailable'])
    expect((await book(storage, id)).status).toBe(201)
  })

  test('a lost answer to a commit that happened: the repeat learns the booking', async () => {
    const { id } = await addRoom(storage, tenantId, { code: 'quay', name: 'Quay', seats: 8 })
    expect((await book(failing('commit-unknown', true), id)).status).toBe(503)
    const again = await book(storage, id)
    expect([again.status, again.headers.get('Idempotency-Replayed')]).toEqual([201, 'true'])
  })

  test('a lost answer to a commit that did not happen: nobody runs it again before the lease has ended', async () => {
    const { id } = await addRoom(storage, tenantId, { code: 'quay', name: 'Quay', seats: 8 })
    expect((await book(failing('commit-unknown', false), id)).status).toBe(503)
    const again = await book(storage, id)
    expect([again.status, await again.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'idempotency-key-in-use' }),
    ])
  })
})
