import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { postgres15, postgres18 } from '../src/index.ts'
import { wanted } from './wanted.ts'

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const results = [await client.query({ text, rowMode: 'array' })].flat()
    return results.flatMap(({ rows }) => rows ?? []).flat()
  } finally {
    await client.end()
  }
}

describe.for([
  { major: 15, kind: 'postgres15', find: postgres15, variable: 'PORTOLAN_POSTGRES_15_URL' },
  { major: 18, kind: 'postgres18', find: postgres18, variable: 'PORTOLAN_POSTGRES_18_URL' },
] as const)('PostgreSQL $major', ({ major, kind, find, variable }) => {
  const server = wanted(kind, find)

  test('the shared one is found by the environment, the own one is another', async (context) => {
    const [shared, own] = [await server.shared(context), await server.own(context)]
    expect(shared.version).toMatch(new RegExp(`^PostgreSQL ${major}\\.`))
    expect(process.env[variable]).toContain(`:${shared.address.port}/`)
    expect(own.address.port).not.toBe(shared.address.port)
  })

  test('a place is an empty database of an ordinary role, which can create what adapters need', async (context) => {
    const shared = await server.shared(context)
    const place = await shared.createPlace()
    expect(await query(place, "select current_setting('is_superuser')")).toEqual(['off'])
    await query(place, 'create extension btree_gist; create table t (x int); insert into t values (1)')
    expect(await query(shared.adminUrl(place), "select x, current_setting('is_superuser') from t")).toEqual([1, 'on'])
    await shared.removePlace(place)
    const databases = await query(shared.adminUrl(), 'select datname from pg_database')
    expect(databases).not.toContain(new URL(place).username)
    expect(await query(shared.adminUrl(), 'select rolname from pg_roles')).not.toContain(new URL(place).username)
  })

  test('one that we start is set as the tests need it', async (context) => {
    const own = await server.own(context)
    const settings = `select datcollate, pg_encoding_to_char(encoding), current_setting('log_statement'),
      current_setting('max_connections'), current_setting('fsync') from pg_database where datname = current_database()`
    expect(await query(await own.createPlace(), settings)).toEqual(['C.UTF-8', 'UTF8', 'none', '300', 'off'])
  })

  test('a wrong password is refused, and nobody reads the place of another', async (context) => {
    const own = await server.own(context)
    const [place, foreign] = [await own.createPlace(), await own.createPlace()]
    const wrong = new URL(place)
    wrong.password = 'wrong'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/)
    await query(place, 'create table t (x int)')
    const stranger = new URL(place)
    stranger.username = new URL(foreign).username
    stranger.password = new URL(foreign).password
    await expect(query(stranger.href, 'select x from t')).rejects.toThrow(/permission denied/)
  })

  test('its log tells what has happened before; of a shared one too, where that keeps it in a file', async (context) => {
    for (const { address, adminUrl, createPlace, log } of [await server.shared(context), await server.own(context)]) {
      const marked = `marked ${address.port}`
      await expect(query(await createPlace(), `select '${marked}' from nowhere`)).rejects.toThrow(/does not exist/)
      const [collector] = await query(adminUrl(), 'show logging_collector')
      if (collector === 'on') expect(await log()).toContain(marked)
      else expect(await log()).toBeUndefined()
    }
    expect(await query((await server.own(context)).adminUrl(), 'show logging_collector')).toEqual(['on'])
  })

  test('the own one stops at once, breaks its connections, and comes back with its data on its port', async (context) => {
    const own = await server.own(context)
    const place = await own.createPlace()
    await query(place, 'create table t (x int); insert into t values (7)')
    const open = new Client({ connectionString: place })
    const broken = new Promise((resolve) => open.once('error', resolve))
    await open.connect()
    await own.halt()
    await broken
    await expect(query(place, 'select 1')).rejects.toThrow(/ECONNREFUSED/)
    await own.resume()
    expect(await query(place, 'select x from t')).toEqual([7])
  })
})
