import { createServer } from 'node:net'
import type { Failure, Phase } from '@portolan/adapter-kit'
import { Client, Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { classifyPostgres, failing, layoutOf, postgresDialect, postgresError, postgresSchema } from '../../src/index.ts'
import { plain, stay } from '../entities.ts'
import { onPostgres } from './place.ts'

const layout = layoutOf(stay, {}, postgresDialect)
const layouts = [layout, layoutOf(plain, {}, postgresDialect)]
const canary = 'canary-7f3a'

const native = (code: string, message = canary, more: object = {}) =>
  Object.assign(new Error(message), { code, detail: `Key (x)=(${canary})`, hint: canary, where: canary, ...more })
const plainError = (message: string, more: object = {}) => Object.assign(new Error(message), more)

describe('errors without a server', () => {
  test.each<[string, unknown, Phase, Failure['code'] | null, RegExp]>([
    ['40001', native('40001'), 'commit', 'transaction-conflict', /begin again/],
    ['40P01', native('40P01'), 'write', 'transaction-conflict', /deadlock/],
    ['55P03', native('55P03'), 'write', 'transaction-conflict', /lock/],
    ['57P01 while reading', native('57P01'), 'read', 'unavailable', /shuts down/],
    ['57P01 while writing', native('57P01'), 'write', 'commit-unknown', /unknown/],
    ['57P02 at commit', native('57P02'), 'commit', 'commit-unknown', /unknown/],
    ['57P03', native('57P03'), 'write', 'unavailable', /starting/],
    ['57014', native('57014'), 'write', 'unavailable', /nothing of it is stored/],
    ['25P03', native('25P03'), 'commit', 'unavailable', /idle/],
    ['53300', native('53300'), 'commit', 'unavailable', /no connection left/],
    ['53100', native('53100'), 'write', 'unavailable', /disk .* is full/],
    ['53200', native('53200'), 'write', 'too-large', /max_locks_per_transaction/],
    ['54000', native('54000'), 'write', 'too-large', /index/],
    ['54001', native('54001'), 'read', 'too-large', /larger/],
    ['08006 while reading', native('08006'), 'read', 'unavailable', /lost/],
    ['08006 while writing', native('08006'), 'write', 'commit-unknown', /unknown/],
    ['08001', native('08001'), 'write', 'unavailable', /cannot be reached/],
    ['28P01', native('28P01'), 'begin', 'access-denied', /user name or password/],
    ['28000', native('28000'), 'write', 'access-denied', /user name or password/],
    ['3D000', native('3D000'), 'read', 'schema-mismatch', /database .* does not exist/],
    ['25006', native('25006'), 'write', 'access-denied', /read-only replica.*primary/],
    ['25P02', native('25P02'), 'write', 'unexpected', /earlier statement/],
    ['26000', native('26000'), 'read', 'unexpected', /pooler/],
    [
      'a cached plan',
      native('0A000', canary, { routine: 'RevalidateCachedQuery' }),
      'read',
      'transaction-conflict',
      /altered/,
    ],
    ['another 0A000', native('0A000'), 'read', 'unsupported', /version/],
    [
      'the extension, not installed',
      native('0A000', 'extension "btree_gist" is not available'),
      'schema',
      'schema-mismatch',
      /contrib/,
    ],
    [
      'the extension, without its file',
      native('58P01', 'could not open extension control file "/x/btree_gist.control"'),
      'schema',
      'schema-mismatch',
      /contrib/,
    ],
    ['a syntax error', native('42601'), 'read', null, /^$/],
    [
      'refused',
      plainError(canary, { code: 'ECONNREFUSED', syscall: 'connect' }),
      'write',
      'unavailable',
      /check that it runs/,
    ],
    [
      'refused on every address',
      Object.assign(new AggregateError([new Error(canary)]), { code: 'ECONNREFUSED' }),
      'write',
      'unavailable',
      /check that it runs/,
    ],
    [
      'an unknown host',
      plainError(canary, { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
      'commit',
      'unavailable',
      /host/,
    ],
    ['no socket', plainError(canary, { code: 'ENOENT', syscall: 'connect' }), 'read', 'unavailable', /reached/],
    ['a missing file', plainError(canary, { code: 'ENOENT', syscall: 'open' }), 'read', null, /^$/],
    ['reset while reading', plainError(canary, { code: 'ECONNRESET', syscall: 'read' }), 'read', 'unavailable', /lost/],
    [
      'reset while writing',
      plainError(canary, { code: 'ECONNRESET', syscall: 'read' }),
      'write',
      'commit-unknown',
      /read it back/,
    ],
    [
      'a broken pipe at commit',
      plainError(canary, { code: 'EPIPE', syscall: 'write' }),
      'commit',
      'commit-unknown',
      /unknown/,
    ],
    [
      'no answer to connect',
      plainError(canary, { code: 'ETIMEDOUT', syscall: 'connect' }),
      'write',
      'unavailable',
      /in time/,
    ],
    [
      'no answer to a write',
      plainError(canary, { code: 'ETIMEDOUT', syscall: 'read' }),
      'write',
      'commit-unknown',
      /unknown/,
    ],
    ['the pool is empty', plainError('timeout exceeded when trying to connect'), 'write', 'unavailable', /pool/],
    [
      'no answer in time, pg',
      plainError('Connection terminated due to connection timeout'),
      'write',
      'unavailable',
      /in time/,
    ],
    [
      'terminated while writing',
      plainError('Connection terminated unexpectedly'),
      'write',
      'commit-unknown',
      /unknown/,
    ],
    ['terminated at commit', plainError('Connection terminated'), 'commit', 'commit-unknown', /unknown/],
    ['terminated at begin', plainError('Connection terminated unexpectedly'), 'begin', 'unavailable', /try again/],
    ['read timeout', plainError('Query read timeout'), 'write', 'commit-unknown', /unknown/],
    [
      'not queryable any more',
      plainError('Client has encountered a connection error and is not queryable'),
      'write',
      'unavailable',
      /try again/,
    ],
    ['a closed pool', plainError('Cannot use a pool after calling end on the pool'), 'write', 'unavailable', /closed/],
    ['no TLS', plainError('The server does not support SSL connections'), 'read', 'access-denied', /TLS/],
    [
      'a foreign certificate',
      plainError(canary, { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      'read',
      'access-denied',
      /certificate/,
    ],
    [
      'no password',
      plainError(`SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string ${canary}`),
      'read',
      'access-denied',
      /password/,
    ],
    ['postgres.js, closed', plainError(canary, { code: 'CONNECTION_CLOSED' }), 'write', 'commit-unknown', /unknown/],
    ['postgres.js, too late', plainError(canary, { code: 'CONNECT_TIMEOUT' }), 'write', 'unavailable', /in time/],
    [
      'wrapped',
      new Error(canary, { cause: new Error(canary, { cause: native('40001') }) }),
      'write',
      'transaction-conflict',
      /begin again/,
    ],
    [
      'wrapped outage',
      new Error(canary, { cause: plainError(canary, { code: 'EPIPE' }) }),
      'read',
      'unavailable',
      /lost/,
    ],
    ['our own', failing('misuse', 'of our own'), 'read', 'misuse', /of our own/],
    ['anything else', new TypeError(canary), 'write', null, /^$/],
    ['no error at all', 'thrown text', 'write', null, /^$/],
    ['nothing', undefined, 'write', null, /^$/],
  ])('%s', (_, error, phase, code, message) => {
    const failure = classifyPostgres(error, phase, layouts)
    expect(failure?.code ?? null).toBe(code)
    expect(failure?.message ?? '').toMatch(message)
    expect(JSON.stringify(failure)).not.toContain(canary)
    if (code === 'schema-mismatch') expect(failure?.problems?.[0]?.message).toBe(failure?.message)
  })

  test('a ring of causes ends', () => {
    const ring = new Error(canary)
    ring.cause = ring
    expect(postgresError(ring)).toBeNull()
    expect(classifyPostgres(ring, 'read', layouts)).toBeNull()
  })

  test('the server’s language makes no difference', () => {
    const table = native('42P01', 'Relation »stay« existiert nicht')
    expect(classifyPostgres(table, 'read', layouts)?.message).toMatch(/the table "stay" of stay is missing/)
    const column = native('42703', 'la columna other.room no existe')
    expect(classifyPostgres(column, 'read', layouts)?.message).toMatch(/the column "room" of stay is missing/)
    const key = native('23505', canary, {
      table: 'stay',
      constraint: 'uq',
      detail: `Schlüssel »(owner, note, count)=(${canary}, 1, 2)« existiert bereits.`,
    })
    expect(classifyPostgres(key, 'write', layouts)?.code).toBe('transaction-conflict')
  })
})

onPostgres((place) => {
  const make = async (): Promise<void> => {
    for (const each of layouts) for (const { statement } of postgresSchema(each)) await place.send(statement)
  }
  const failureOf = async (work: Promise<unknown>, phase: Phase = 'write'): Promise<Failure | null> => {
    const failure = await work.then(
      () => {
        throw new Error('nothing failed')
      },
      (error) => classifyPostgres(error, phase, layouts),
    )
    expect(JSON.stringify(failure)).not.toContain(canary)
    return failure
  }
  const insert = (id: string, more: object = {}, client = place.client): Promise<unknown> => {
    const row = { owner: canary, room: canary, begins: '2026-01-01', ends: '2026-01-02', note: null, count: 1, ...more }
    return client.query(`insert into stay values ($1, $2, $3, $4, $5, 'live', $6, 1, true, $7, null, 1)`, [
      row.owner,
      id,
      row.room,
      row.begins,
      row.ends,
      row.count,
      row.note,
    ])
  }

  describe('constraints', () => {
    test('that the definition has were lost to a racer', async () => {
      await make()
      await insert('a', { note: canary, begins: '2025-01-01', ends: '2025-01-02' })
      await insert('b')
      expect(await failureOf(insert('a', { room: 'else' }))).toMatchObject({
        code: 'transaction-conflict',
        constraint: 'stay_pkey',
        table: 'stay',
      })
      expect(await failureOf(insert('c', { note: canary }))).toMatchObject({
        code: 'transaction-conflict',
        constraint: 'stay_byNote_key',
      })
      expect(await failureOf(insert('c'))).toMatchObject({
        code: 'transaction-conflict',
        constraint: 'stay_perRoom_rule',
      })
      await place.send(
        'alter index "stay_byNote_key" rename to "their own"; alter table stay rename constraint "stay_perRoom_rule" to their_rule',
      )
      expect(await failureOf(insert('c', { note: canary }))).toMatchObject({
        code: 'transaction-conflict',
        constraint: 'their own',
      })
      expect(await failureOf(insert('c'))).toMatchObject({ code: 'transaction-conflict', constraint: 'their_rule' })
    })

    test('that the definition does not have', async () => {
      await make()
      await place.send(
        `create unique index theirs on stay (lower(room)); alter table plain add constraint their_check check (id <> '${canary}')`,
      )
      await place.send(
        `create table parent (id text primary key); alter table plain add constraint their_key foreign key (id) references parent`,
      )
      await insert('a')
      const theirs = await failureOf(insert('b', { begins: '2027-01-01', ends: '2027-01-02' }))
      expect(theirs).toMatchObject({
        code: 'schema-mismatch',
        constraint: 'theirs',
        message: expect.stringMatching(/no such key or rule: declare it, or drop it/),
      })
      expect(
        await failureOf(place.query(`insert into plain values ($1, '2026-01-01', '2026-01-02')`, [canary])),
      ).toMatchObject({ code: 'unexpected', constraint: 'their_check' })
      expect(
        await failureOf(place.query(`insert into plain values ('x', '2026-01-01', '2026-01-02')`, [])),
      ).toMatchObject({
        code: 'unexpected',
        message: expect.stringMatching(/"their_key" of table "plain", a foreign key/),
      })
      await place.send(`delete from stay; alter table stay add more text not null`)
      expect(await failureOf(insert('c', { room: 'c' }))).toMatchObject({
        code: 'schema-mismatch',
        message: expect.stringMatching(/column "more" of table "stay" takes no null/),
      })
      await place.send(
        `create function no() returns trigger language plpgsql as $$ begin raise exception '${canary}'; end $$; create trigger no before insert on plain execute function no()`,
      )
      expect(await failureOf(place.send(`insert into plain values ('x', '2026-01-01', '2026-01-02')`))).toMatchObject({
        code: 'unexpected',
        message: expect.stringMatching(/trigger/),
      })
    })
  })

  test('what is missing or unfit', async () => {
    await make()
    const missing: [string, RegExp][] = [
      [`alter table stay drop column note cascade`, /column "note" of stay is missing/],
      [`alter table stay rename column weight to weights`, /column "weight" of stay is missing/],
      [`drop table stay`, /table "stay" of stay is missing, or is in no schema on the search_path: run schema\.apply/],
    ]
    for (const [change, message] of missing) {
      await place.send(change)
      const read = place.send(`select "this"."weight", "this"."note" from stay as "this" where "this"."owner" = 'o'`)
      expect(await failureOf(read, 'read')).toMatchObject({
        code: 'schema-mismatch',
        message: expect.stringMatching(message),
      })
    }
    await place.send('create table stay (owner uuid, weight smallint, room varchar(2), begins date)')
    for (const unfit of [
      [`select 1 from stay where owner = $1::text`, canary],
      [`select 1 from stay where owner = $1`, canary],
      [`insert into stay (weight) values ($1)`, '99999999'],
      [`insert into stay (room) values ($1)`, canary],
      [`insert into stay (begins) values ($1)`, canary],
    ] as const)
      expect(await failureOf(place.query(unfit[0], [unfit[1]]))).toMatchObject({
        code: 'schema-mismatch',
        message: expect.stringMatching(/a column has a type that its field does not fit/),
      })
    await place.send('set search_path = nowhere')
    expect(await failureOf(place.send(String(postgresSchema(layout)[1]?.statement)), 'schema')).toMatchObject({
      code: 'schema-mismatch',
      message: expect.stringMatching(/search_path names no schema/),
    })
  })

  test('what is too large', async () => {
    await make()
    const random = Array.from({ length: 5_000 }, () => Math.random().toString(36)[2]).join('')
    expect(await failureOf(insert('a', { note: random }))).toMatchObject({ code: 'too-large' })
    expect(await failureOf(insert('a', { room: random.repeat(4) }))).toMatchObject({ code: 'too-large' })
  })

  test('locks and timeouts', async () => {
    await make()
    await insert('a')
    await insert('b', { room: 'b' })
    const other = await place.connect()
    const lock = (client: Client, id: string) => client.query('select 1 from stay where id = $1 for update', [id])
    for (const client of [place.client, other])
      await client
        .query(`begin; set local deadlock_timeout = '10ms'`)
        .catch(async () => client.query('rollback; begin'))
    await lock(place.client, 'a')
    await lock(other, 'b')
    const both = await Promise.allSettled([lock(place.client, 'b'), lock(other, 'a')])
    const [lost] = both.filter((each) => each.status === 'rejected')
    expect(await failureOf(Promise.reject(lost?.reason))).toMatchObject({
      code: 'transaction-conflict',
      message: expect.stringMatching(/deadlock/),
    })
    for (const client of [place.client, other]) await client.query('rollback')

    await other.query('begin')
    await lock(other, 'a')
    await place.send(`set lock_timeout = '20ms'`)
    expect(await failureOf(lock(place.client, 'a'))).toMatchObject({ code: 'transaction-conflict' })
    await place.send(`set lock_timeout = 0; set statement_timeout = '20ms'`)
    expect(await failureOf(lock(place.client, 'a'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/cancelled/),
    })
    await place.send(`set statement_timeout = 0; begin isolation level repeatable read; select 1 from stay`)
    await other.query(`update stay set count = 2 where id = 'a'; commit`)
    expect(await failureOf(lock(place.client, 'a'))).toMatchObject({ code: 'transaction-conflict' })
    expect(await failureOf(lock(place.client, 'a'))).toMatchObject({
      code: 'unexpected',
      message: expect.stringMatching(/earlier statement .* failed/),
    })
    await place.send('rollback')
    await place.send('set default_transaction_read_only = on')
    expect(await failureOf(insert('c'))).toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/read-only/),
    })
    await place.send('set default_transaction_read_only = off')
  })

  test('rights', async () => {
    await make()
    const admin = await place.connectAsAdmin()
    await admin.query('alter table stay owner to current_user')
    expect(await failureOf(insert('a'))).toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/may not read or write the table "stay": grant it select/),
    })
    await admin.query(`alter table stay enable row level security; grant select, insert on stay to public`)
    expect(await failureOf(insert('a'))).toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/row-level security/),
    })
  })

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
