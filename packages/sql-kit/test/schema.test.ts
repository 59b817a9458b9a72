import type { OverlapRule } from '@portolan/adapter-kit'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type EntityLayout, layoutOf, overlapping, overlapSignal, sqliteDialect, sqliteSchema } from '../src/index.ts'
import { plain, stay } from './entities.ts'
import { comingBack, elsewhere, kept, meeting } from './stays.ts'

const layout = layoutOf(stay, {}, sqliteDialect)
const rule = stay.rules[0] as OverlapRule

function databaseOf(...layouts: EntityLayout[]): Database.Database {
  const database = new Database(':memory:')
  onTestFinished(() => {
    database.close()
  })
  for (const each of layouts) for (const { statement } of sqliteSchema(each)) database.exec(statement)
  return database
}

test('the statements of an entity', () => {
  expect(sqliteSchema(layout)).toEqual([
    {
      entity: 'stay',
      kind: 'table',
      name: 'stay',
      statement:
        'create table if not exists "stay" ("owner" TEXT not null, "id" TEXT not null, "room" TEXT not null, "begins" TEXT not null, "ends" TEXT not null, "state" TEXT not null, "count" INTEGER not null, "weight" REAL not null, "paid" INTEGER not null, "note" TEXT, "data" TEXT, "version" INTEGER not null, primary key ("owner", "id")) strict',
    },
    {
      entity: 'stay',
      kind: 'index',
      name: 'stay_byNote_key',
      statement: 'create unique index if not exists "stay_byNote_key" on "stay" ("owner", "note", "count")',
    },
    {
      entity: 'stay',
      kind: 'index',
      name: 'stay_byRoom_index',
      statement: 'create index if not exists "stay_byRoom_index" on "stay" ("owner", "room", "begins", "id")',
    },
    {
      entity: 'stay',
      kind: 'index',
      name: 'stay_byId_index',
      statement: 'create index if not exists "stay_byId_index" on "stay" ("owner", "id", "room")',
    },
    {
      entity: 'stay',
      kind: 'index',
      name: 'stay_perRoom_rule',
      statement: `create index if not exists "stay_perRoom_rule" on "stay" ("owner", "room", "ends", "begins") where ("state" = 'live' and "note" is null)`,
    },
    {
      entity: 'stay',
      kind: 'trigger',
      name: 'stay_perRoom_insert',
      statement: `create trigger if not exists "stay_perRoom_insert" before insert on "stay" for each row when (new."state" = 'live' and new."note" is null) begin select raise(abort, 'portolan overlap stay.perRoom') where new."ends" > (select "other"."begins" from "stay" as "other" where "other"."owner" = new."owner" and "other"."room" = new."room" and "other"."ends" > new."begins" and "other"."begins" < "other"."ends" and ("other"."state" = 'live' and "other"."note" is null) and "other"."id" <> new."id" order by "other"."ends" limit 1); end`,
    },
    {
      entity: 'stay',
      kind: 'trigger',
      name: 'stay_perRoom_update',
      statement: `create trigger if not exists "stay_perRoom_update" before update of "owner", "room", "begins", "ends", "state", "note" on "stay" for each row when (new."state" = 'live' and new."note" is null) begin select raise(abort, 'portolan overlap stay.perRoom') where new."ends" > (select "other"."begins" from "stay" as "other" where "other"."owner" = new."owner" and "other"."room" = new."room" and "other"."ends" > new."begins" and "other"."begins" < "other"."ends" and ("other"."state" = 'live' and "other"."note" is null) and "other"."id" <> old."id" order by "other"."ends" limit 1); end`,
    },
  ])
})

test('the statements may be sent again', () => {
  const database = databaseOf(layout, layoutOf(plain, {}, sqliteDialect))
  for (const { statement } of sqliteSchema(layout)) expect(() => database.exec(statement)).not.toThrow()
})

describe('writers that know nothing of a rule are held to it', () => {
  const insert = (database: Database.Database, id: string, begins: number, ends: number, more: object = {}) =>
    database
      .prepare(`insert into stay values (@owner, @id, @room, @begins, @ends, @state, 1, 1.5, 0, @note, null, 1)`)
      .run({ owner: 'o', id, room: 'r', begins: `t${begins}`, ends: `t${ends}`, state: 'live', note: null, ...more })

  test('by insert, replace and update; intervals are half open', () => {
    const database = databaseOf(layout)
    for (const [id, begins, ends] of kept) insert(database, id, begins, ends)
    for (const [begins, ends] of meeting)
      expect(() => insert(database, 'x', begins, ends)).toThrow(`${overlapSignal} stay.perRoom`)
    for (const [id, more] of Object.entries(elsewhere)) expect(() => insert(database, id, 2, 4, more)).not.toThrow()
    for (const change of [...comingBack, `ends = 't5' where id = 'first'`])
      expect(() => database.exec(`update stay set ${change}`)).toThrow(overlapSignal)
    expect(() => database.exec(`update stay set count = 9, begins = 't3' where id = 'first'`)).not.toThrow()
    expect(() =>
      database.exec(
        `insert or replace into stay select owner, id, room, 't2', 't4', state, 5, weight, paid, note, data, version from stay where id = 'first'`,
      ),
    ).not.toThrow()
  })

  test('an interval that ends before it begins, which only others write, hides no other row', () => {
    const database = databaseOf(layout)
    insert(database, 'long', 1, 9)
    database.exec('drop trigger stay_perRoom_insert')
    insert(database, 'backwards', 8, 6)
    for (const { statement } of sqliteSchema(layout)) database.exec(statement)
    expect(() => insert(database, 'x', 5, 7)).toThrow(overlapSignal)
    expect(database.prepare(overlapping(layout, rule)).all()).toEqual([])
  })

  test('rows that were there before and overlap are found', () => {
    const database = databaseOf(layout)
    for (const event of ['insert', 'update']) database.exec(`drop trigger stay_perRoom_${event}`)
    insert(database, 'a', 1, 9)
    insert(database, 'b', 9, 10)
    insert(database, 'elsewhere', 2, 3, { room: 's' })
    insert(database, 'gone', 2, 3, { state: 'gone' })
    expect(database.prepare(overlapping(layout, rule)).all()).toEqual([])
    insert(database, 'c', 3, 4)
    const [pair] = database.prepare(overlapping(layout, rule)).all() as { one: string; two: string }[]
    expect([pair?.one, pair?.two].sort()).toEqual(['a', 'c'])
  })

  test('a rule without within, where and scope holds for the whole table', () => {
    const database = databaseOf(layoutOf(plain, {}, sqliteDialect))
    database.exec(`insert into plain values ('a', 't1', 't3')`)
    expect(() => database.exec(`insert into plain values ('b', 't2', 't4')`)).toThrow(overlapSignal)
    database.exec(`insert into plain values ('b', 't3', 't4')`)
  })
})

test('no other writer leaves text in a number’s column', () => {
  const database = databaseOf(layout)
  const write = `insert into stay values ('o', 'i', 'r', 'a', 'b', 'live', 'many', 1.5, 0, null, null, 1)`
  expect(() => database.exec(write)).toThrow('cannot store TEXT value in INTEGER column')
})
