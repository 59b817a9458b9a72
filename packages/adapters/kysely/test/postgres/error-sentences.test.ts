import { Socket } from 'node:net'
import { isStorageError, type StorageError, type StorageErrorCode } from '@portolan/ports'
import { sql } from 'kysely'
import type { PoolConfig } from 'pg'
import { describe, expect, test } from 'vitest'
import type { KyselyOptions } from '../../src/index.ts'
import { aBooking, Booking, Flag, tenant } from '../entities.ts'
import { onPostgres, openStorage, type Place } from './place.ts'

const canary = 'canary-7f3a'
const flag = { label: canary, on: true }

interface Expected {
  readonly code: StorageErrorCode
  readonly retryable: boolean
  readonly says: RegExp
}

/** What the call rejects with; nothing of it tells a password, an address or a value. */
async function refused(
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

onPostgres((place) => {
  const connecting = (more: PoolConfig, options: Partial<KyselyOptions> = {}) => {
    const opened = openStorage(
      { ...place.config, ...more },
      { timeoutMs: 3_000, ...options, entities: [Booking, Flag] },
    )
    return { ...opened, flags: opened.storage.repository(Flag) }
  }
  type Flags = ReturnType<typeof connecting>

  /** A read, a write and a transaction, none of which can even begin. */
  const expectAll = async ({ storage, flags, close }: Flags, expected: Expected): Promise<void> => {
    try {
      await refused(place, flags.get('one'), expected)
      await refused(place, flags.insert(flag), expected)
      await refused(
        place,
        storage.transaction((tx) => tx.repository(Flag).insert(flag)),
        expected,
      )
      await refused(place, storage.schema.verify(), expected)
    } finally {
      await close()
    }
  }

  describe('connections', () => {
    test('to a port where nobody listens', () =>
      expectAll(connecting({ host: '127.0.0.1', port: 1 }), {
        code: 'unavailable',
        retryable: true,
        says: /PostgreSQL cannot be reached: check that it runs, and the host, port and network/,
      }))

    test('with a wrong password', () =>
      expectAll(connecting({ password: canary }), {
        code: 'access-denied',
        retryable: false,
        says: /refused the user name or password: correct the connection, or let the server admit it \(pg_hba\.conf\)/,
      }))

    test('without a password', async () => {
      // The client leaves such a connection open, and the server waits for the password.
      const sockets: Socket[] = []
      const stream = (): Socket => {
        const socket = new Socket()
        sockets.push(socket)
        return socket
      }
      await expectAll(connecting({ password: '', stream }), {
        code: 'access-denied',
        retryable: false,
        says: /could not agree on the password: check that the connection has one, and that it is right/,
      })
      for (const socket of sockets) socket.destroy()
    })

    test('to a database that does not exist', () =>
      expectAll(connecting({ database: canary }), {
        code: 'schema-mismatch',
        retryable: false,
        says: /the database that the connection names does not exist: create it, or correct the name/,
      }))

    test('of which the server has too many', async () => {
      const admin = await place.connectAsAdmin()
      const { username } = new URL(place.url)
      await admin.query(`alter role ${username} connection limit 1`)
      try {
        await expectAll(connecting({}), {
          code: 'unavailable',
          retryable: true,
          says: /no connection left for this role or database: make pools smaller, or raise max_connections/,
        })
      } finally {
        await admin.query(`alter role ${username} connection limit -1`)
      }
    })

    test('of which the pool has none free, by its own timeout and by ours', async () => {
      for (const [connectionTimeoutMillis, says] of [
        [100, /no connection of the pool became free in time: end transactions that hold one, make the pool larger/],
        [0, /no connection to Postgres came free until the deadline: look whether .* the pool is large enough/],
      ] as const) {
        const opened = connecting({ max: 1, connectionTimeoutMillis }, { timeoutMs: 400 })
        const held = await opened.pool.connect()
        const expected = { code: 'unavailable', retryable: true, says } as const
        await refused(place, opened.flags.get('one'), expected)
        await refused(place, opened.flags.insert(flag), expected)
        await refused(
          place,
          opened.storage.transaction((tx) => tx.repository(Flag).get('one')),
          expected,
        )
        held.release()
        await opened.close()
      }
    })

    test('of a pool or an instance that has ended', async () => {
      for (const end of ['pool', 'instance']) {
        const opened = connecting({})
        await opened.pool.query('select')
        await opened.storage
          .keyValue('n')
          .get('k')
          .catch(() => null)
        await (end === 'pool' ? opened.pool.end() : opened.db.destroy())
        const closed = { code: 'unavailable', retryable: true, says: /closed; open it anew/ } as const
        await refused(place, opened.flags.get('one'), closed)
        await refused(place, opened.flags.insert(flag), closed)
        await refused(
          place,
          opened.storage.transaction((tx) => tx.repository(Flag).get('one')),
          closed,
        )
      }
    })
  })

  describe('what is missing', () => {
    test('a table', async () => {
      const { storage } = place.open()
      const expected = {
        code: 'schema-mismatch',
        retryable: false,
        says: /table "flag" of flag is missing, or is in no schema on the search_path: run schema\.apply\(\), or your migration/,
      } as const
      const flags = storage.repository(Flag)
      await refused(place, flags.get('one'), expected)
      await refused(place, flags.insert(flag), expected)
      await refused(place, flags.insertMany([flag, flag]), expected)
      await refused(place, flags.updateMany({ where: { label: canary }, patch: { on: false } }), expected)
      const error = await refused(
        place,
        storage.transaction((tx) => tx.repository(Flag).insert(flag)),
        expected,
      )
      expect(error.data).toMatchObject({ problems: [{ entity: 'flag', kind: 'table', name: 'flag' }] })
      const own = /table "portolan_\w+" of portolan_\w+ is missing/
      await refused(place, storage.keyValue(canary).set(canary, canary), { ...expected, says: own })
      await refused(place, storage.outbox().enqueue([{ topic: canary, payload: canary }]), { ...expected, says: own })
    })

    test('a column', async () => {
      const { storage } = await place.openReady()
      await place.client.query('alter table flag drop column count')
      await refused(place, storage.repository(Flag).insert(flag), {
        code: 'schema-mismatch',
        retryable: false,
        says: /the column "count" of flag is missing: add it by a migration; schema\.verify\(\) names all/,
      })
    })

    test('the extension, and the right to make it', async () => {
      const admin = await place.connectAsAdmin()
      const { username } = new URL(place.url)
      const database = `${username}_bare`
      const role = `${username}_guest`
      await admin.query(`create role ${role} login password '${canary}'`)
      await admin.query(`create database ${database} template template0`)
      const opened = connecting({ database, user: role, password: canary, options: '' })
      try {
        await refused(place, opened.storage.schema.apply(), {
          code: 'access-denied',
          retryable: false,
          says: /may not create tables, or not the extension btree_gist: apply as one that may, or hand schema\.statements\(\)/,
        })
        const expected = { code: 'schema-mismatch', retryable: false } as const
        await refused(place, opened.flags.insert(flag), { ...expected, says: /table "flag" of flag is missing/ })
        const owner = connecting({
          database,
          options: '',
          user: 'postgres',
          password: new URL(place.server.adminUrl()).password,
        })
        for (const statement of owner.storage.schema.statements().filter((each) => !/extension|constraint/.test(each)))
          await sql.raw(statement).execute(owner.db)
        expect(await owner.storage.schema.verify()).toContainEqual({
          entity: 'booking',
          kind: 'extension',
          name: 'btree_gist',
          message: expect.stringMatching(
            /extension btree_gist, which the rule perRoom of table "booking" needs, is not in this database: run "create extension btree_gist" as a role that may/,
          ),
        })
        await owner.close()
      } finally {
        await opened.close()
        await admin.query(`drop database ${database} with (force)`)
        await admin.query(`drop role ${role}`)
      }
    })

    test('rights on a table', async () => {
      const { storage } = await place.openReady()
      const admin = await place.connectAsAdmin()
      await admin.query('alter table flag owner to current_user')
      const flags = storage.repository(Flag)
      const expected = {
        code: 'access-denied',
        retryable: false,
        says: /this role may not read or write the table "flag": grant it select, insert, update and delete, and usage/,
      } as const
      await refused(place, flags.get('one'), expected)
      await refused(place, flags.insert(flag), expected)
      await refused(
        place,
        storage.transaction((tx) => tx.repository(Flag).insert(flag)),
        expected,
      )
      await admin.query(`grant select on flag to public`)
      expect(await flags.get('one')).toBeNull()
      await refused(place, flags.delete('one'), expected)
      expect(await storage.schema.verify()).toContainEqual({
        entity: 'flag',
        kind: 'rights',
        name: 'flag',
        message: 'This role may not insert, update, delete on the table "flag": grant it that',
      })
    })

    test('the right to write, on a read-only server', async () => {
      await place.openReady()
      const options = `${place.config.options} -c default_transaction_read_only=on`
      const { storage, flags, close } = connecting({ options })
      expect(await flags.get('one')).toBeNull()
      const expected = {
        code: 'access-denied',
        retryable: false,
        says: /read-only replica, or transactions are set to be read-only: connect to the primary \(target_session_attrs=read-write\), or turn default_transaction_read_only off/,
      } as const
      await refused(place, flags.insert(flag), expected)
      await refused(place, flags.updateMany({ where: {}, patch: { on: false } }), expected)
      await refused(place, storage.keyValue('n').set('k', 'v'), expected)
      await refused(
        place,
        storage.transaction((tx) => tx.repository(Flag).insert(flag)),
        expected,
      )
      expect(await storage.transaction((tx) => tx.repository(Flag).count())).toBe(0)
      await close()
    })
  })

  describe('statements that are ended', () => {
    const cancelled = {
      code: 'unavailable',
      retryable: true,
      says: /the statement was cancelled, by statement_timeout or by hand, and nothing of it is stored; try again, or raise the timeout/,
    } as const

    test('by statement_timeout', async () => {
      await place.openReady()
      const { storage, flags, close } = connecting({ options: `${place.config.options} -c statement_timeout=150` })
      await flags.insert({ id: 'one', ...flag })
      await place.client.query('begin; lock table flag')
      await refused(place, flags.get('one'), cancelled)
      await refused(place, flags.update('one', { on: false }), cancelled)
      await refused(
        place,
        storage.transaction((tx) => tx.repository(Flag).delete('one')),
        cancelled,
      )
      await place.client.query('rollback')
      expect(await flags.get('one')).toMatchObject({ id: 'one', on: true })
      await close()
    })

    test('by hand', async () => {
      const { storage } = await place.openReady()
      const flags = storage.repository(Flag)
      await place.client.query('begin; lock table flag')
      const waiting = refused(place, flags.insert({ id: 'one', ...flag }), cancelled)
      for (let ended = 0; ended === 0; ) {
        const { rowCount } = await place.client.query(
          `select pg_cancel_backend(pid) from pg_locks where not granted and relation = 'flag'::regclass`,
        )
        ended = rowCount ?? 0
      }
      await waiting
      await place.client.query('rollback')
      expect(await flags.get('one')).toBeNull()
    })

    test('a lock that nobody gives up', async () => {
      await place.openReady()
      const { storage, flags, close } = connecting({ options: `${place.config.options} -c lock_timeout=100` })
      await flags.insert({ id: 'one', ...flag })
      await place.client.query('begin; lock table flag')
      const work = storage.transaction((tx) => tx.repository(Flag).update('one', { on: false }), { retries: 0 })
      await refused(place, work, {
        code: 'transaction-conflict',
        retryable: true,
        says: /held a lock for longer/,
      })
      await place.client.query('rollback')
      await close()
    })
  })

  describe('a native statement that failed and was swallowed is no success', () => {
    const swallowed = {
      code: 'unexpected',
      retryable: false,
      says: /a statement of the transaction failed and the work went on as if it had not, so Postgres rolled everything back: let such an error out/,
    } as const

    test('where nothing follows it', async () => {
      const { storage } = await place.openReady()
      let hooks = 0
      const call = storage.transaction(async (tx) => {
        tx.afterCommit(() => void hooks++)
        await tx.repository(Flag).insert({ id: 'one', ...flag })
        await sql`select ${canary}::integer`.execute(tx.native).catch(() => undefined)
      })
      await refused(place, call, swallowed)
      expect(await storage.repository(Flag).count()).toBe(0)
      expect(hooks).toBe(0)
    })

    test('where a call of ours follows it', async () => {
      const { storage } = await place.openReady()
      const call = storage.transaction(async (tx) => {
        await sql`select ${canary}::integer`.execute(tx.native).catch(() => undefined)
        await tx.repository(Flag).insert({ id: 'one', ...flag })
      })
      await refused(place, call, {
        ...swallowed,
        says: /an earlier statement of this transaction failed and its error was swallowed/,
      })
      expect(await storage.repository(Flag).count()).toBe(0)
    })

    test('in a transaction that was joined', async () => {
      const { storage, db } = await place.openReady()
      const joined = db.transaction().execute(async (native) => {
        await refused(
          place,
          storage.join(native, async (tx) => {
            await tx.repository(Flag).insert({ id: 'one', ...flag })
            await sql`select ${canary}::integer`.execute(native).catch(() => undefined)
          }),
          { ...swallowed, says: /an earlier statement of this transaction failed and its error was swallowed/ },
        )
        // Back to the savepoint, where the transaction was sound.
        await storage.join(native, (tx) => tx.repository(Flag).insert({ id: 'two', ...flag }))
      })
      await joined
      expect((await storage.repository(Flag).find()).map(({ id }) => id)).toEqual(['two'])
    })
  })

  test('a user who looks the other way finds the rows of the refusals nowhere', async () => {
    const { storage } = await place.openReady()
    const bookings = storage.repository(Booking, tenant)
    await bookings.insert({ id: 'one', ...aBooking(1), roomId: canary, code: canary })
    await refused(place, bookings.insert({ ...aBooking(1), roomId: canary }), {
      code: 'overlap',
      retryable: false,
      says: /one/,
    })
    await refused(place, bookings.insert({ ...aBooking(2), roomId: canary, code: canary }), {
      code: 'duplicate',
      retryable: false,
      says: /one/,
    })
  })
})
