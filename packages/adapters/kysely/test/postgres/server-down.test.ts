import { isStorageError } from '@portolan/ports'
import { postgresConfig } from '@portolan-tooling/test-servers'
import { postgresVersions, serverForTests } from '@portolan-tooling/test-servers/vitest'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { Flag } from '../entities.ts'
import { type Opened, openStorage } from './place.ts'

async function ending(call: Promise<unknown>): Promise<{ code: string; retryable: boolean; message: string } | 'ok'> {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (!isStorageError(error)) throw error
    return { code: error.code, retryable: error.retryable, message: error.message }
  }
}

describe.each(postgresVersions)('a server that goes down and comes back: %s', (_, version) => {
  const server = serverForTests(() => version({ own: true }))

  test('every call says so, none is lost or counted as done, and the same pool goes on', async () => {
    const { createPlace, halt: crash, resume } = server()
    const place = await createPlace()
    const opened: Opened = openStorage(postgresConfig(place), { timeoutMs: 3_000 })
    const { storage } = opened
    await storage.schema.apply()
    const flags = storage.repository(Flag)
    await flags.insert({ id: 'before', label: 'x', on: true })

    let halting: Promise<void> | null = null
    const halt = (): Promise<void> => {
      halting ??= crash()
      return halting
    }
    const during = await Promise.all([
      ending(
        storage.transaction(async (tx) => {
          await tx.repository(Flag).insert({ id: 'lost', label: 'x', on: true })
          await halt()
          await tx.repository(Flag).count()
        }),
      ),
      ending(
        storage.transaction(async (tx) => {
          await tx.repository(Flag).insert({ id: 'uncommitted', label: 'x', on: true })
          await halt()
        }),
      ),
    ])
    // Of the second the commit was never sent: the client knows of the end of its connection.
    for (const told of during) expect(told).toMatchObject({ code: 'unavailable', retryable: true })

    const calls = {
      get: () => flags.get('before'),
      find: () => flags.find(),
      insert: () => flags.insert({ id: 'down', label: 'x', on: true }),
      delete: () => flags.delete('before'),
      claim: () => storage.outbox().claim({ limit: 1, leaseMs: 1_000 }),
      'key-value': () => storage.keyValue('n').get('k'),
      transaction: () => storage.transaction((tx) => tx.repository(Flag).count()),
      native: () =>
        sql`select 1`.execute(opened.db).then(
          () => storage.schema.verify(),
          () => storage.schema.verify(),
        ),
    }
    for (const [name, call] of Object.entries(calls)) {
      const told = await ending(call())
      expect(told, name).toMatchObject({
        code: 'unavailable',
        retryable: true,
        message: expect.stringMatching(
          /PostgreSQL cannot be reached: check that it runs, and the host, port and network of the connection/,
        ),
      })
      expect(JSON.stringify(told)).not.toContain(new URL(place).password)
    }

    await resume()
    expect((await flags.find()).map(({ id }) => id)).toEqual(['before'])
    await flags.insert({ id: 'after', label: 'x', on: true })
    expect(await flags.count()).toBe(2)
    await opened.close()
  }, 60_000)
})
