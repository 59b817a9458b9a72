import { isStorageError, type StorageError, type StorageErrorCode } from '@portolan/ports'
import type { PoolConfig } from 'pg'
import { expect } from 'vitest'
import type { KyselyOptions } from '../../src/index.ts'
import { Booking, Flag } from '../entities.ts'
import { type Opened, openStorage, type Place } from './place.ts'

/** Stands in the values of these tests, and must stand in no error. */
export const canary = 'canary-7f3a'
export const flag = { label: canary, on: true }

export interface Expected {
  readonly code: StorageErrorCode
  readonly retryable: boolean
  readonly says: RegExp
}

/** What the call rejects with; nothing of it tells a password, an address or a value. */
export async function refused(
  place: Place,
  call: Promise<unknown>,
  { code, retryable, says }: Expected,
): Promise<StorageError> {
  const error = await call.then(
    () => expect.unreachable('the call succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!isStorageError(error)) throw error
  expect({ code: error.code, retryable: error.retryable }, error.message).toEqual({ code, retryable })
  expect(error.message).toMatch(says)
  const told = `${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.cause)} ${JSON.stringify(error.data)}`
  expect(told).not.toContain(canary)
  expect(told).not.toContain(new URL(place.url).password)
  return error
}

/** A storage over a connection that is other than the place's own in this or that; to be closed by the test. */
export function connecting(place: Place, more: PoolConfig, options: Partial<KyselyOptions> = {}) {
  const opened = openStorage({ ...place.config, ...more }, { timeoutMs: 3_000, ...options, entities: [Booking, Flag] })
  return { ...opened, flags: opened.storage.repository(Flag) }
}

/** A read, a write and a transaction reject alike; answers with what the last does. */
export async function refusedAll(
  place: Place,
  { storage }: Pick<Opened, 'storage'>,
  expected: Expected,
): Promise<StorageError> {
  const flags = storage.repository(Flag)
  await refused(place, flags.get('one'), expected)
  await refused(place, flags.insert(flag), expected)
  return await refused(
    place,
    storage.transaction((tx) => tx.repository(Flag).insert(flag)),
    expected,
  )
}
