import { Socket } from 'node:net'
import { describe, test } from 'vitest'
import { onPostgres } from './place.ts'
import { canary, connecting, type Expected, refused, refusedAll } from './refused.ts'

onPostgres((place) => {
  /** Nothing can even begin. */
  const expectAll = async (opened: ReturnType<typeof connecting>, expected: Expected): Promise<void> => {
    try {
      await refusedAll(place, opened, expected)
      await refused(place, opened.storage.schema.verify(), expected)
    } finally {
      await opened.close()
    }
  }

  describe('connections', () => {
    test('to a port where nobody listens', () =>
      expectAll(connecting(place, { host: '127.0.0.1', port: 1 }), {
        code: 'unavailable',
        retryable: true,
        says: /PostgreSQL cannot be reached: check that it runs, and the host, port and network/,
      }))

    test('with a wrong password', () =>
      expectAll(connecting(place, { password: canary }), {
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
      await expectAll(connecting(place, { password: '', stream }), {
        code: 'access-denied',
        retryable: false,
        says: /could not agree on the password: check that the connection has one, and that it is right/,
      })
      for (const socket of sockets) socket.destroy()
    })

    test('to a database that does not exist', () =>
      expectAll(connecting(place, { database: canary }), {
        code: 'schema-mismatch',
        retryable: false,
        says: /the database that the connection names does not exist: create it, or correct the name/,
      }))

    test('of which the server has too many', async () => {
      const admin = await place.connectAsAdmin()
      const { username } = new URL(place.url)
      await admin.query(`alter role ${username} connection limit 1`)
      try {
        await expectAll(connecting(place, {}), {
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
        const opened = connecting(place, { max: 1, connectionTimeoutMillis }, { timeoutMs: 400 })
        const held = await opened.pool.connect()
        await refusedAll(place, opened, { code: 'unavailable', retryable: true, says })
        held.release()
        await opened.close()
      }
    })

    test('of a pool or an instance that has ended', async () => {
      for (const end of ['pool', 'instance']) {
        const opened = connecting(place, {})
        await opened.pool.query('select')
        await opened.storage
          .keyValue('n')
          .get('k')
          .catch(() => null)
        await (end === 'pool' ? opened.pool.end() : opened.db.destroy())
        await refusedAll(place, opened, { code: 'unavailable', retryable: true, says: /closed; open it anew/ })
      }
    })
  })
})
