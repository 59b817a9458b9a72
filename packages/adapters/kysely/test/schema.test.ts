import { defineEntity, instant, integer, isStorageError, oneOf, type SchemaProblem, text } from '@portolan/ports'
import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { describe, expect, test } from 'vitest'
import { schemaStatements } from '../src/index.ts'
import { aBooking, Booking, Flag, hour, tenant } from './entities.ts'
import { open, openReady, temporaryFile } from './open.ts'

test('the pure function gives the same statements, without a connection', async () => {
  const { storage } = open()
  expect(schemaStatements({ entities: [Booking, Flag], dialect: 'sqlite' })).toEqual(storage.schema.statements())
  const some = schemaStatements({ entities: [Flag], dialect: 'sqlite', without: ['outbox', 'idempotency', 'keyValue'] })
  expect(some).toEqual(storage.schema.statements([Flag]))
  expect(some).toEqual([
    'create table if not exists "flag" ("id" TEXT not null, "label" TEXT not null, "on" INTEGER not null, "count" INTEGER not null, primary key ("id")) strict',
    'create index if not exists "flag_byLabel_index" on "flag" ("label", "id")',
  ])
})

test('the statements are a Kysely migration, and apply() after it changes nothing', async () => {
  const { db, storage, raw } = open()
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => ({
        '2026-01-01 portolan': {
          async up(migrating) {
            for (const statement of schemaStatements({ entities: [Booking, Flag], dialect: 'sqlite' }))
              await sql.raw(statement).execute(migrating)
          },
        },
      }),
    },
  })
  const { error } = await migrator.migrateToLatest()
  expect(error).toBeUndefined()
  expect(await storage.schema.verify()).toEqual([])
  const schema = () => raw.prepare('select type, name, sql from sqlite_schema order by name').all()
  const before = schema()
  await storage.schema.apply()
  expect(schema()).toEqual(before)
})

const alone = { without: ['keyValue', 'outbox', 'idempotency'] } as const

test('apply() is all or nothing, and names the rows in the way', async () => {
  const zone = defineEntity({ name: 'zone', fields: { label: text() } })
  const gate = defineEntity({ name: 'gate', fields: { label: text() }, unique: { byLabel: ['label'] } })
  const { raw, storage } = open({ entities: [zone, gate], ...alone })
  raw.exec(`create table gate (id text primary key not null, label text not null)`)
  raw.exec(`insert into gate values ('a', 'same'), ('b', 'same')`)
  const error = await storage.schema.apply().catch((thrown: unknown) => thrown)
  expect(isStorageError(error, 'schema-mismatch'), String(error)).toBe(true)
  expect(String(error)).toMatch(/gate\.label.*correct them/)
  expect(raw.prepare(`select name from sqlite_schema where name = 'zone'`).all()).toEqual([])
  raw.exec(`update gate set label = 'other' where id = 'b'`)
  await storage.schema.apply()
  expect(await storage.schema.verify()).toEqual([])
})

test('apply() refuses a rule that stored rows violate, and makes nothing', async () => {
  const { raw, storage } = open({ entities: [Booking], ...alone })
  const [table = ''] = storage.schema.statements()
  raw.exec(table)
  const insert = raw.prepare(
    `insert into booking values ('t', ?, 'r', ?, ?, ?, 1, null, null, 1, '${hour(0)}', '${hour(0)}')`,
  )
  insert.run('long', hour(0), hour(9), 'confirmed')
  insert.run('cancelled', hour(2), hour(3), 'cancelled')
  insert.run('inside', hour(4), hour(5), 'confirmed')
  insert.run('after', hour(9), hour(10), 'confirmed')
  const error = await storage.schema.apply().catch((thrown: unknown) => thrown)
  if (!isStorageError(error, 'schema-mismatch')) throw error
  expect(error.message).toMatch(/Rows (long and inside|inside and long) .* rule perRoom of booking/)
  expect(error.data.problems).toMatchObject([{ entity: 'booking', kind: 'rows', name: 'booking.perRoom' }])
  expect(raw.prepare(`select count(*) from sqlite_schema where type = 'trigger'`).pluck().get()).toBe(0)
  expect((await storage.schema.verify()).filter(({ kind }) => kind === 'rows')).toHaveLength(1)
  raw.exec(`delete from booking where id = 'inside'`)
  await storage.schema.apply()
  expect(await storage.schema.verify()).toEqual([])
})

test('two processes may apply at once', async () => {
  const file = temporaryFile()
  const clients = [open({ file }), open({ file }), open({ file, journal: 'wal' })]
  await Promise.all(clients.map(({ storage }) => storage.schema.apply()))
  for (const { storage } of clients) expect(await storage.schema.verify()).toEqual([])
})

describe('verify() names each thing that is missing or unfit', () => {
  const Visit = defineEntity({
    name: 'visit',
    scope: 'owner',
    fields: {
      room: text(),
      begins: instant(),
      ends: instant(),
      state: oneOf('live', 'gone'),
      count: integer(),
      note: text().nullable(),
    },
    unique: { byNote: ['note'] },
    indexes: { byRoom: ['room', 'begins'] },
    noOverlap: { perRoom: { within: ['room'], from: 'begins', until: 'ends', where: { state: 'live' } } },
  })
  const visit = {
    table: `create table visit (owner text not null, id text not null, room text not null, begins datetime not null,
      ends datetime not null, state varchar(10) not null, count integer not null, note text, primary key (owner, id))`,
    key: 'create unique index my_key on visit (note, owner)',
    index: 'create index my_index on visit (owner, room, begins)',
  }

  /** What verify() finds once the table is as `change` leaves it; the rest is as it should be. */
  async function problems(
    change: (statements: typeof visit) => Partial<typeof visit>,
    then = '',
  ): Promise<SchemaProblem[]> {
    const { raw, storage } = open({ entities: [Visit], ...alone })
    const { table, key, index } = { ...visit, ...change(visit) }
    for (const statement of [table, key, index]) raw.exec(statement)
    for (const statement of storage.schema.statements()) if (/perRoom/.test(statement)) raw.exec(statement)
    raw.exec(then)
    return await storage.schema.verify()
  }
  const brief = (found: readonly SchemaProblem[]) => found.map(({ entity, kind, name }) => `${entity} ${kind} ${name}`)

  test('nothing, where a table of the user’s own fits under names of its own', async () => {
    expect(await problems(() => ({}))).toEqual([])
  })

  const cases: readonly [string, Parameters<typeof problems>, string[]][] = [
    ['a missing table', [() => ({}), 'drop table visit'], ['visit table visit']],
    ['a view', [() => ({}), 'drop table visit; create view visit as select 1 as id'], ['visit table visit']],
    [
      'a missing column',
      [({ table }) => ({ table: table.replace('count integer not null,', '') })],
      ['visit column visit.count'],
    ],
    [
      'a type that changes values',
      [({ table }) => ({ table: table.replace('count integer', 'count text').replace('room text', 'room numeric') })],
      ['visit type visit.room', 'visit type visit.count'],
    ],
    [
      'a column that demands what may be null',
      [({ table }) => ({ table: table.replace('note text', 'note text not null') })],
      ['visit not-null visit.note'],
    ],
    [
      'a column that may be null where the field may not',
      [({ table }) => ({ table: table.replace('count integer not null', 'count integer') })],
      ['visit not-null visit.count'],
    ],
    [
      'a column that nobody fills',
      [({ table }) => ({ table: table.replace('note text', 'note text, colour text not null') })],
      ['visit column visit.colour'],
    ],
    [
      'a primary key without the scope',
      [({ table }) => ({ table: table.replace('primary key (owner, id)', 'primary key (id)') })],
      ['visit primary-key visit'],
    ],
    [
      'a collation that folds case',
      [({ table }) => ({ table: table.replace('note text', 'note text collate nocase') })],
      ['visit collation visit.note', 'visit collation my_key'],
    ],
    [
      'a collation that cuts spaces',
      [({ table }) => ({ table: table.replace('room text not null', 'room text not null collate rtrim') })],
      ['visit collation visit.room'],
    ],
    ['a missing key', [() => ({ key: '' })], ['visit index visit.byNote']],
    ['a key over some rows only', [({ key }) => ({ key: `${key} where note > ''` })], ['visit index visit.byNote']],
    ['a key that is not unique', [({ key }) => ({ key: key.replace('unique', '') })], ['visit index visit.byNote']],
    ['a missing index', [() => ({ index: '' })], ['visit index visit.byRoom']],
    [
      'an index in another order',
      [() => ({ index: 'create index my_index on visit (owner, begins, room)' })],
      ['visit index visit.byRoom'],
    ],
    ['a missing trigger', [() => ({}), 'drop trigger visit_perRoom_insert'], ['visit trigger visit_perRoom_insert']],
    [
      'a trigger of another definition',
      [
        () => ({}),
        `drop trigger visit_perRoom_update; create trigger visit_perRoom_update before update on visit begin select 1; end`,
      ],
      ['visit trigger visit_perRoom_update'],
    ],
    ["a missing index of a rule's", [() => ({}), 'drop index visit_perRoom_rule'], ['visit index visit_perRoom_rule']],
  ]
  test.each(cases)('%s', async (_, [change, then], expected) => {
    const found = await problems(change, then)
    expect(brief(found)).toEqual(expected)
    for (const { message } of found) expect(message).toMatch(/: .{10,}|does not take null|is missing/)
  })

  test('a database that keeps text as UTF-16, and one that does not wait for the disk', async () => {
    const { raw, storage } = open({ entities: [Flag], ...alone })
    raw.pragma(`encoding = 'UTF-16le'`)
    raw.pragma('synchronous = off')
    await storage.schema.apply()
    expect(brief(await storage.schema.verify())).toEqual(['null encoding encoding', 'null setting synchronous'])
  })
})

describe('names', () => {
  const names = {
    table: `we"ird.na me; drop table "x" as y--`,
    id: `i"d`,
    label: 'a.b as c',
    on: `'on'`,
    count: '"count" + 1',
  }
  const mapping = {
    flag: { table: names.table, fields: { id: names.id, label: names.label, on: names.on, count: names.count } },
  }

  test('of any text are names and nothing else, in every statement', async () => {
    const { raw, storage } = await openReady({ mapping })
    expect(await storage.schema.verify()).toEqual([])
    const flags = storage.repository(Flag)
    const row = await flags.insert({ id: 'one', label: 'x', on: true })
    expect(row).toEqual({ id: 'one', label: 'x', on: true, count: 0 })
    await flags.insertMany([
      { id: 'two', label: 'y', on: false },
      { id: 'three', label: 'z', on: false },
    ])
    expect(await flags.update('one', { count: { increment: 2 } })).toEqual({ ...row, count: 2 })
    expect(await flags.updateMany({ where: { label: { startsWith: 'y' } }, patch: { count: { increment: 1 } } })).toBe(
      1,
    )
    expect((await flags.page({ orderBy: { count: 'desc' }, limit: 2 })).items.map(({ id }) => id)).toEqual([
      'one',
      'two',
    ])
    expect(await flags.claim({ where: { on: false }, limit: 1, patch: { on: true } })).toHaveLength(1)
    await storage.transaction((tx) => tx.repository(Flag).delete('one'))
    expect(await flags.deleteMany({ where: { id: { in: ['two', 'three'] } } })).toBe(2)
    const tables = raw.prepare(`select name from sqlite_schema where type = 'table'`).pluck().all()
    expect(tables).toContain(names.table)
  })

  test('of rules, keys and indexes too', async () => {
    const hostile = { table: `book"ings`, fields: { roomId: `ro"om`, startsAt: 'be gins', status: `'st'` } }
    const { raw, storage } = await openReady({ mapping: { booking: hostile } })
    expect(await storage.schema.verify()).toEqual([])
    const bookings = storage.repository(Booking, tenant)
    await bookings.insert({ id: 'one', ...aBooking(1), code: 'c' })
    await expect(bookings.insert(aBooking(1))).rejects.toMatchObject({ code: 'overlap', data: { id: 'one' } })
    await expect(bookings.insert({ ...aBooking(2), code: 'c' })).rejects.toMatchObject({ code: 'duplicate' })
    const foreign = raw.prepare(
      `insert into "book""ings" select "tenantId", 'two', "ro""om", "be gins", "endsAt", "'st'", guests, null, null, 1, "createdAt", "updatedAt" from "book""ings"`,
    )
    expect(() => foreign.run()).toThrow('portolan overlap booking.perRoom')
  })

  const refused: readonly [string, object, RegExp][] = [
    ['an entity that is not there', { nothing: {} }, /nothing.*not among the entities/],
    ['a field that is not there', { flag: { fields: { colour: 'c' } } }, /colour.*no field/],
    ['an option that is not there', { flag: { tabel: 'x' } }, /no option "tabel"/],
    ['an empty name', { flag: { table: '' } }, /not empty/],
    ['a name with NUL', { flag: { table: 'a\0b' } }, /NUL/],
    ['half a character', { flag: { fields: { label: '\ud800' } } }, /surrogate/],
    ['a name that is too long', { flag: { table: 'ä'.repeat(128) } }, /255 bytes/],
    ['a name of SQLite’s own', { flag: { table: 'SQLite_flags' } }, /sqlite_/],
    ['two fields on one column', { flag: { fields: { label: 'COUNT' } } }, /label and count.*one column/],
    ['two entities on one table', { flag: { table: 'Booking' } }, /has the name of one of/],
    ['an index that has the name of a table', { flag: { table: 'booking_code_key' } }, /has the name of one of/],
    ['an entity without a scope', { flag: { idsPerScope: true } }, /no scope/],
  ]
  test.each(refused)('%s is refused at start', (_, given, message) => {
    const opening = () => open({ mapping: given as never })
    expect(opening).toThrow(message)
    expect(opening).toThrow(expect.objectContaining({ code: 'invalid-definition' }))
  })
})

test('a table whose primary key is the id alone', async () => {
  const { db, storage } = open({ entities: [Booking], mapping: { booking: { idsPerScope: false } } })
  expect(storage.capabilities.idsPerScope).toEqual({ booking: false })
  await storage.schema.apply()
  expect(await storage.schema.verify()).toEqual([])
  const mine = storage.repository(Booking, tenant)
  const theirs = storage.repository(Booking, { tenantId: 'theirs' })
  await mine.insert({ id: 'one', ...aBooking(1), code: 'code' })
  const duplicate = { code: 'duplicate', data: { entity: 'booking', unique: 'id', id: null } }
  await expect(theirs.insert({ id: 'one', ...aBooking(1) })).rejects.toMatchObject(duplicate)
  await expect(
    theirs.insertMany([
      { id: 'two', ...aBooking(2) },
      { id: 'one', ...aBooking(3) },
    ]),
  ).rejects.toMatchObject(duplicate)
  await expect(theirs.insertOrGet('code', { id: 'one', ...aBooking(1), code: 'code' })).rejects.toMatchObject(duplicate)
  await expect(theirs.upsert('code', { id: 'one', ...aBooking(1), code: 'code' }, {})).rejects.toMatchObject(duplicate)
  await expect(mine.insert({ id: 'one', ...aBooking(5) })).rejects.toMatchObject({ data: { id: 'one' } })
  expect(await theirs.get('one')).toBeNull()
  expect(await theirs.delete('one')).toBeNull()
  expect(await db.selectFrom('booking').selectAll().execute()).toHaveLength(1)
})
