import type { Failure, Phase } from '@portolan/adapter-kit'
import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { classifyPostgres, layoutOf, postgresDialect, postgresSchema } from '../../src/index.ts'
import { plain, stay } from '../entities.ts'
import { onPostgres } from './place.ts'

const layout = layoutOf(stay, {}, postgresDialect)
const layouts = [layout, layoutOf(plain, {}, postgresDialect)]
const canary = 'canary-7f3a'

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
})
