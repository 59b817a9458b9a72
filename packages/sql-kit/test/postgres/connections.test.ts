import { createServer } from 'node:net'
import type { Failure, Phase } from '@portolan/adapter-kit'
import { Client, Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { classifyPostgres } from '../../src/index.ts'
import { onPostgres } from './place.ts'

const canary = 'canary-7f3a'

async function failureOf(work: Promise<unknown>, phase: Phase = 'write'): Promise<Failure | null> {
  const failure = await work.then(
    () => {
      throw new Error('nothing failed')
    },
    (error) => classifyPostgres(error, phase, []),
  )
  expect(JSON.stringify(failure)).not.toContain(canary)
  return failure
}

onPostgres((place) => {
  describe('connections', () => {
    const changed = (change: (url: URL) => void): Client => {
      const url = new URL(place.url)
      change(url)
      return new Client({ connectionString: url.href })
    }

    test('that cannot be made', async () => {
      const password = changed((url) => {
        url.password = canary
      })
      expect(await failureOf(password.connect())).toMatchObject({ code: 'access-denied' })
      const database = changed((url) => {
        url.pathname = `/${canary}`
      })
      expect(await failureOf(database.connect())).toMatchObject({
        code: 'schema-mismatch',
        message: expect.stringMatching(/database .* does not exist/),
      })
      const nobody = changed((url) => {
        url.port = '1'
      })
      expect(await failureOf(nobody.connect())).toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/cannot be reached/),
      })
    })

    test('that nobody answers', async () => {
      const silent = createServer(() => {})
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      const { port } = silent.address() as { port: number }
      const client = new Client({ host: '127.0.0.1', port, connectionTimeoutMillis: 50 })
      client.on('error', () => {})
      expect(await failureOf(client.connect())).toMatchObject({ code: 'unavailable' })
      silent.close()
    })

    test('that break while a statement runs', async () => {
      for (const [phase, code] of [
        ['read', 'unavailable'],
        ['write', 'commit-unknown'],
      ] as const) {
        const client = await place.connect()
        const { rows } = await client.query('select pg_backend_pid() as pid')
        const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
        const failure = failureOf(client.query('select pg_sleep(10)'), phase)
        await place.query('select pg_terminate_backend($1)', [rows[0]?.pid])
        expect(await failure).toMatchObject({ code })
        await ended
        expect(await failureOf(client.query('select 1'), 'write')).toMatchObject({ code: 'unavailable' })
      }
    })

    test('that a pool has none of', async () => {
      const pool = new Pool({ connectionString: place.url, max: 1, connectionTimeoutMillis: 1_000 })
      const held = await pool.connect()
      expect(await failureOf(pool.query('select 1'))).toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/pool/),
      })
      held.release()
      await pool.end()
      expect(await failureOf(pool.query('select 1'))).toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/closed/),
      })
    })
  })
})
