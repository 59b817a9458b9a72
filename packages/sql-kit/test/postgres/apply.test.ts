import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import {
  applyPostgres,
  classifyPostgres,
  layoutOf,
  postgresDialect,
  postgresSchema,
  verifyPostgres,
} from '../../src/index.ts'
import { plain, stay } from '../entities.ts'
import { onPostgres, type Place } from './place.ts'

const layouts = [stay, plain].map((entity) => layoutOf(entity, {}, postgresDialect))
const [layout] = layouts as [(typeof layouts)[number]]

/** As an adapter does: in a transaction, rolled back when it fails. Returns what was sent. */
async function apply(client: Client, which = layouts): Promise<string[]> {
  const sent: string[] = []
  const query = async (text: string, parameters: readonly unknown[]) => {
    sent.push(text)
    return (await client.query(text, [...parameters])).rows
  }
  await client.query('begin')
  try {
    await applyPostgres(which, query, (statement) => query(statement, []))
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
  return sent
}

const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => null,
    (error) => classifyPostgres(error, 'schema', layouts),
  )

async function insert(place: Place, id: string, begins: number, ends: number, more: object = {}): Promise<void> {
  const row = { room: 'r', count: 1, note: null, ...more }
  await place.query(`insert into stay values ('o', $1, $2, $3, $4, 'live', $5, 1, true, $6, null, 1)`, [
    id,
    row.room,
    `2026-01-01T0${begins}:00:00Z`,
    `2026-01-01T0${ends}:00:00Z`,
    row.count,
    row.note,
  ])
}

onPostgres((place) => {
  test('makes what is missing, and then sends one question and nothing else', async () => {
    await apply(place.client)
    for (const each of layouts) expect(await verifyPostgres(each, place.query)).toEqual([])
    expect(await apply(place.client)).toHaveLength(1)
    await place.send('drop index "stay_byRoom_index"; alter table plain drop constraint plain_all_rule')
    const sent = await apply(place.client)
    expect(sent.filter((text) => /^(create|do)/.test(text))).toHaveLength(2)
    for (const each of layouts) expect(await verifyPostgres(each, place.query)).toEqual([])
  })

  test('processes that apply at once do not fail on each other', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => place.connect()))
    for (let round = 0; round < 5; round++) {
      await place.send('drop table if exists stay, plain; drop extension if exists btree_gist')
      const sent = await Promise.all(clients.map((client) => apply(client)))
      const made = sent.flat().filter((text) => text.startsWith('create table'))
      expect(made).toHaveLength(2)
      expect(await verifyPostgres(layout, place.query)).toEqual([])
    }
  })

  test('neither waits for writers nor needs the right to create where everything is there', async () => {
    await apply(place.client)
    const writer = await place.connect()
    await writer.query('begin')
    await writer.query(`insert into plain values ('a', '2026-01-01', '2026-01-02')`)
    const other = await place.connect()
    await other.query(`set lock_timeout = '1s'; set default_transaction_read_only = on`)
    expect(await apply(other)).toHaveLength(1)
    await writer.query('rollback')
  })

  describe('stored rows that violate what is new', () => {
    test('are told by two ids each, all at once, and nothing is made', async () => {
      await apply(place.client)
      await place.send(
        'drop index "stay_byNote_key"; drop index "stay_byRoom_index"; alter table stay drop constraint "stay_perRoom_rule"',
      )
      await insert(place, 'a', 1, 3)
      await insert(place, 'b', 2, 4, { count: 2 })
      await insert(place, 'c', 5, 6, { note: 'secret note' })
      await insert(place, 'd', 6, 7, { note: 'secret note' })
      await insert(place, 'e', 7, 8, { note: 'secret note', count: 3 })
      const failure = await failureOf(apply(place.client))
      expect(failure?.code).toBe('schema-mismatch')
      expect(failure?.problems?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        'rows stay_byNote_key',
        'rows stay_perRoom_rule',
      ])
      expect(failure?.message).toMatch(/Rows c and d of table "stay" are alike in the key byNote of stay: correct them/)
      expect(failure?.message).toMatch(
        /Rows [ab] and [ab] of table "stay" overlap, which the rule perRoom of stay forbids/,
      )
      expect(JSON.stringify(failure)).not.toContain('secret')
      const left = await place.query(
        `select 1 from pg_indexes where indexname = 'stay_byRoom_index' and schemaname = current_schema()`,
        [],
      )
      expect(left).toEqual([])
      await place.send(`delete from stay where id in ('b', 'd')`)
      await apply(place.client)
      expect(await verifyPostgres(layout, place.query)).toEqual([])
    })

    test('nulls in a key, and rows outside a rule, violate nothing', async () => {
      await apply(place.client)
      await place.send('drop index "stay_byNote_key"; alter table stay drop constraint "stay_perRoom_rule"')
      await insert(place, 'a', 1, 3)
      await insert(place, 'b', 3, 4)
      await insert(place, 'c', 8, 2, { room: 's' })
      await apply(place.client)
    })
  })

  test('a table that lacks a column is told by that column', async () => {
    const [, table] = postgresSchema(layout)
    await place.send(String(table?.statement).replace('"note" text collate "C", ', ''))
    const failure = await failureOf(apply(place.client))
    expect(failure).toMatchObject({
      code: 'schema-mismatch',
      message: expect.stringMatching(/column "note" of stay is missing/),
    })
  })

  test('a view in the table’s place is told', async () => {
    await place.send('create view plain as select 1 as id')
    const failure = await failureOf(apply(place.client))
    expect(failure).toMatchObject({
      code: 'schema-mismatch',
      message: expect.stringMatching(/has the name of a table is none/),
    })
  })

  test('without the right to create, and without the extension, it says who has to', async () => {
    const admin = await place.connectAsAdmin()
    const role = `weak_${Date.now()}_${Math.round(Math.random() * 1e9)}`
    await admin.query(`create role ${role} login password 'weak'`)
    const [row] = await place.query('select current_schema() as name, current_database() as base', [])
    await admin.query(
      `grant connect on database "${row?.base}" to ${role}; grant usage on schema "${row?.name}" to ${role}`,
    )
    const url = new URL(place.url)
    url.username = role
    url.password = 'weak'
    const weak = await place.connect({ connectionString: url.href })
    try {
      expect(await failureOf(apply(weak))).toMatchObject({
        code: 'access-denied',
        message: expect.stringMatching(/may not create tables, or not the extension btree_gist/),
      })
      await admin.query(`grant create on schema "${row?.name}" to ${role}`)
      expect(await failureOf(apply(weak))).toMatchObject({ code: 'access-denied' })
      await weak.query(String(postgresSchema(layout)[1]?.statement))
      await expect(
        weak
          .query(String(postgresSchema(layout).at(-1)?.statement))
          .catch((error) => classifyPostgres(error, 'schema', layouts)),
      ).resolves.toMatchObject({
        code: 'schema-mismatch',
        message: expect.stringMatching(/needs the extension btree_gist.*create extension btree_gist/),
      })
      const problems = await verifyPostgres(layout, place.query)
      expect(problems.map(({ kind, name }) => `${kind} ${name}`)).toContain('extension btree_gist')
    } finally {
      await weak.end()
      await admin.query(`drop owned by ${role} cascade; drop role ${role}`)
    }
  })
})
