import { inspect } from 'node:util'
import { expect, inject, test } from 'vitest'
import { isStorageError, StorageError, type StorageErrorCode } from '../src/index.ts'

const stale = new StorageError('stale-version', 'booking b1 has version 3, not 2', {
  entity: 'booking',
  id: 'b1',
  expected: 2,
  actual: 3,
})

test('an error carries its code, data and message, and prints by its name', () => {
  expect(stale).toBeInstanceOf(Error)
  expect(stale).toMatchObject({
    name: 'StorageError',
    code: 'stale-version',
    message: 'booking b1 has version 3, not 2',
    data: { entity: 'booking', id: 'b1', expected: 2, actual: 3 },
    retryable: false,
  })
  expect(String(stale)).toBe('StorageError: booking b1 has version 3, not 2')
  expect(inspect(stale)).toContain("code: 'stale-version'")
})

test('a cause is there only where one was given', () => {
  expect('cause' in stale).toBe(false)
  const cause = { name: 'SqliteError', code: 'SQLITE_BUSY' }
  expect(new StorageError('unavailable', 'the database is locked', {}, cause).cause).toBe(cause)
})

test('two codes are retryable, whatever else comes', () => {
  const codes: StorageErrorCode[] = ['unavailable', 'transaction-conflict']
  for (const code of codes) expect(new StorageError(code, '', { attempts: 1 } as never).retryable).toBe(true)
  expect(new StorageError('commit-unknown', '', {}).retryable).toBe(false)
  expect(new StorageError('a-code-of-a-newer-version' as 'misuse', '', {}).retryable).toBe(false)
})

test('isStorageError takes anything that can be thrown', () => {
  expect(isStorageError(stale)).toBe(true)
  expect(isStorageError(stale, 'stale-version')).toBe(true)
  expect(isStorageError(stale, 'duplicate')).toBe(false)
  const others = [undefined, null, 0, '', 'StorageError', 1n, Symbol('error'), {}, [], () => {}, new Error('x')]
  const namesake = Object.assign(new Error('x'), { name: 'StorageError', code: 'duplicate', retryable: false })
  for (const other of [...others, namesake, Object.create(null)]) {
    expect(isStorageError(other)).toBe(false)
    expect(isStorageError(other, 'duplicate')).toBe(false)
  }
})

test('two copies of the package recognise each other’s errors, which instanceof does not', async () => {
  const copy: typeof import('../src/index.ts') = await import(`${inject('builtPackage')}/dist/index.js`)
  const theirs = new copy.StorageError('overlap', 'x', { entity: 'booking', rule: 'perRoom', id: 'b1' })
  expect(theirs).not.toBeInstanceOf(StorageError)
  expect(isStorageError(theirs, 'overlap')).toBe(true)
  expect(copy.isStorageError(stale, 'stale-version')).toBe(true)
  expect(copy.isStorageError(stale, 'overlap')).toBe(false)
})
