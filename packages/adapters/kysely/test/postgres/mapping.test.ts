import { defineEntity, instant, integer, isStorageError, json, oneOf, text } from '@portolan/ports'
import { describe, expect, test } from 'vitest'
import { aBooking, Booking, Flag, hour, tenant } from '../entities.ts'
import { onPostgres } from './place.ts'

const alone = { without: ['keyValue', 'outbox', 'idempotency'] } as const
const thrownBy = (call: Promise<unknown>): Promise<unknown> => call.catch((thrown: unknown) => thrown)

/** An entity of somebody who had tables before, with every name of the database's own. */
const Ticket = defineEntity({
  name: 'ticket',
  scope: 'shop',
  fields: {
    code: text(),
    state: oneOf('open', 'closed'),
    owner: text().nullable(),
    since: instant(),
    seats: integer(),
    data: json().nullable(),
  },
  unique: { code: ['code'], seat: ['owner', 'seats'] },
  indexes: { byState: ['state', 'owner'] },
  versioned: true,
})
const mapping = {
  ticket: {
    table: 'Tickets of "old"',
    fields: {
      shop: 'ShopID',
      id: 'Ticket No.',
      code: 'Code',
      state: 'select',
      owner: `it's owner`,
      since: 'created_at',
      seats: '"Seats"',
      data: 'täg',
      version: 'lock',
    },
    idsPerScope: false,
  },
} as const

const columns = {
  ShopID: 'varchar(512) not null',
  'Ticket No.': 'varchar(512)',
  Code: 'varchar not null',
  select: 'varchar(6) not null',
  "it's owner": 'text',
  created_at: 'timestamp with time zone not null default now()',
  '"Seats"': 'bigint not null default 1',
  täg: 'json',
  lock: 'bigint not null default 1',
}
const indexes = [
  'create unique index "Tickets.Code" on TABLE ("Code", "ShopID")',
  `create unique index uq on TABLE ("ShopID", """Seats""", "it's owner")`,
  `create index ix on TABLE ("ShopID", "select", "it's owner" nulls first, "Ticket No.")`,
]
const table = `"Tickets of ""old"""`

/** Statements for the table as it was before, but for the columns given. */
function before(changed: Partial<Record<keyof typeof columns, string>> = {}, more: readonly string[] = []): string {
  const list = Object.entries({ ...columns, ...changed }).map(
    ([name, type]) => `"${name.replaceAll('"', '""')}" ${type}`,
  )
  const all = [...list, 'primary key ("Ticket No.")', ...more]
  return [`create table ${table} (${all.join(', ')})`, ...indexes.map((each) => each.replace('TABLE', table))].join(
    '; ',
  )
}

onPostgres((place) => {
  const aTicket = { code: 'c', state: 'open', since: hour(1), seats: 1 } as const

  describe('tables that exist already', () => {
    const opened = async () => {
      await place.client.query(before())
      const made = place.open({ entities: [Ticket], mapping, ...alone })
      return { ...made, tickets: made.storage.repository(Ticket, { shop: 's' }) }
    }

    test('fit under names, indexes and types of their own', async () => {
      const { storage } = await opened()
      expect(await storage.schema.verify()).toEqual([])
    })

    test('every operation finds its columns', async () => {
      const { tickets, storage } = await opened()
      const one = await tickets.insert({ id: 'one', ...aTicket, data: [1, { a: null }] })
      expect(one).toEqual({ id: 'one', shop: 's', ...aTicket, owner: null, data: [1, { a: null }], version: 1 })
      expect(await tickets.get('one')).toEqual(one)
      expect(await tickets.getBy('code', { code: 'c' })).toEqual(one)
      await tickets.insertMany([
        { id: 'two', ...aTicket, code: 'd', owner: 'Ada' },
        { id: 'three', ...aTicket, code: 'e', owner: 'Bob' },
      ])
      expect(await tickets.insertOrGet('seat', { ...aTicket, code: 'f', owner: 'Ada' })).toMatchObject({
        inserted: false,
        row: { id: 'two' },
      })
      expect(await tickets.upsert('code', { ...aTicket, owner: 'x' }, { seats: { increment: 2 } })).toMatchObject({
        inserted: false,
        row: { id: 'one', seats: 3, owner: null, version: 2 },
      })
      expect(await tickets.update('one', { data: null, since: hour(2) }, { version: 2 })).toMatchObject({ version: 3 })
      expect(await tickets.updateMany({ where: { owner: { ne: null } }, patch: { seats: { increment: 5 } } })).toBe(2)
      const orderBy = [{ state: 'asc' }, { owner: 'desc' }] as const
      const page = await tickets.page({ orderBy, limit: 2 })
      expect(page.items.map(({ id }) => id)).toEqual(['three', 'two'])
      const rest = await tickets.page({ orderBy, limit: 2, cursor: page.nextCursor })
      expect(rest.items.map(({ id }) => id)).toEqual(['one'])
      expect(
        await tickets.claim({ where: { state: 'open' }, orderBy: { code: 'asc' }, limit: 1, patch: { data: 1 } }),
      ).toMatchObject([{ id: 'one', data: 1 }])
      await storage.transaction(async (tx) => {
        const row = await tx.repository(Ticket, { shop: 's' }).get('two')
        await tx.repository(Ticket, { shop: 's' }).update('two', { seats: (row?.seats ?? 0) + 1 })
        await tx.repository(Ticket, { shop: 's' }).delete('three')
      })
      expect(await tickets.find({ select: ['id', 'seats'] })).toEqual([
        { id: 'one', seats: 3 },
        { id: 'two', seats: 7 },
      ])
    })

    test('a key is known by its columns, whatever its index is called', async () => {
      const { tickets } = await opened()
      await tickets.insert({ id: 'one', ...aTicket, owner: 'Ada' })
      const racers = Array.from({ length: 16 }, (_, index) =>
        thrownBy(tickets.insert({ ...aTicket, code: index % 2 === 0 ? 'c' : `c${index}`, owner: 'Ada' })),
      )
      for (const [index, error] of (await Promise.all(racers)).entries())
        expect(error, String(index)).toMatchObject({
          code: 'duplicate',
          data: { unique: index % 2 === 0 ? 'code' : 'seat', id: 'one' },
        })
      const many = tickets.insertMany([{ ...aTicket, code: 'new' }, aTicket])
      await expect(many).rejects.toMatchObject({ code: 'duplicate', data: { unique: 'code', id: 'one' } })
      await expect(tickets.update('one', { code: 'other' })).resolves.toMatchObject({ code: 'other' })
    })

    test('the primary key may be the id alone: an id of another scope is taken, and nothing is told of it', async () => {
      const { tickets, storage, db } = await opened()
      expect(storage.capabilities.idsPerScope).toEqual({ ticket: false })
      const theirs = storage.repository(Ticket, { shop: 'theirs' })
      await tickets.insert({ id: 'one', ...aTicket })
      const taken = { code: 'duplicate', data: { entity: 'ticket', unique: 'id', id: null } }
      const row = { id: 'one', ...aTicket, owner: 'Ada' }
      await expect(theirs.insert(row)).rejects.toMatchObject(taken)
      await expect(theirs.insertMany([{ ...aTicket, code: 'x' }, row])).rejects.toMatchObject(taken)
      await expect(theirs.insertOrGet('code', row)).rejects.toMatchObject(taken)
      await expect(theirs.upsert('code', row, {})).rejects.toMatchObject(taken)
      expect(await theirs.get('one')).toBeNull()
      expect(await theirs.update('one', { owner: 'x' })).toBeNull()
      expect(await theirs.delete('one')).toBeNull()
      const all = await db.selectFrom('Tickets of "old"').selectAll().execute()
      expect(all).toHaveLength(1)
    })

    test('of a second schema on the search_path are found, and told where the path does not lead there', async () => {
      const admin = await place.connectAsAdmin()
      const other = `${place.schema}_elsewhere`
      await place.client.query(`create schema ${other}; set search_path = ${other}; ${before()}`)
      await place.client.query(`set search_path = ${place.schema}, public`)
      const lost = place.open({ entities: [Ticket], mapping, ...alone })
      const [problem] = await lost.storage.schema.verify()
      expect(problem?.message).toContain(`there is one in "${other}": put the schema on the search_path`)
      const error = await thrownBy(lost.storage.repository(Ticket, { shop: 's' }).count())
      expect(error).toMatchObject({ code: 'schema-mismatch' })

      const found = place.open({
        entities: [Ticket],
        mapping,
        ...alone,
        pool: { options: `-c search_path=${place.schema},${other},public` },
      })
      expect(await found.storage.schema.verify()).toEqual([])
      await found.storage.schema.apply()
      await found.storage.repository(Ticket, { shop: 's' }).insert({ id: 'one', ...aTicket })
      const { rows } = await admin.query(`select count(*)::int as rows from ${other}.${table}`)
      expect(rows).toEqual([{ rows: 1 }])
      await admin.query(`drop schema ${other} cascade`)
    })

    test('may have columns of their own, as long as the database fills them in', async () => {
      const more = [
        'seq bigint generated always as identity',
        'shouted text generated always as (upper("Code")) stored',
        `note text not null default 'none'`,
        'extra text',
      ]
      await place.client.query(before({}, more))
      const { storage } = place.open({ entities: [Ticket], mapping, ...alone })
      expect(await storage.schema.verify()).toEqual([])
      const tickets = storage.repository(Ticket, { shop: 's' })
      const one = await tickets.insert({ id: 'one', ...aTicket })
      expect(Object.keys(one)).not.toContain('seq')
      await tickets.insertMany([{ ...aTicket, code: 'd' }])
      await tickets.update('one', { code: 'new' })
      const { rows } = await place.client.query(`select seq, shouted, note, extra from ${table} order by seq`)
      expect(rows[0]).toEqual({ seq: '1', shouted: 'NEW', note: 'none', extra: null })
    })

    const unfit: readonly (readonly [what: string, Parameters<typeof before>, problem: string, says: RegExp])[] = [
      [
        'uuid for an id',
        [{ 'Ticket No.': 'uuid' }],
        'type Tickets of "old".Ticket No.',
        /is of type uuid, which changes or refuses texts of the field id \(text\): make it text collate "C"$/,
      ],
      [
        'a native enum for one of some texts',
        [{ select: 'ticket_state not null' }],
        'type Tickets of "old".select',
        /is of type ticket_state, which changes or refuses texts of the field state \(one-of\): make it text/,
      ],
      [
        'char, which pads',
        [{ Code: 'char(20) not null' }],
        'type Tickets of "old".Code',
        /is of type character\(20\), which changes or refuses texts/,
      ],
      [
        'varchar that is too short for a key',
        [{ Code: 'varchar(100) not null' }],
        'type Tickets of "old".Code',
        /is of type character varying\(100\), which refuses texts of the field code \(text\) that are longer/,
      ],
      [
        'timestamp without time zone',
        [{ created_at: 'timestamp(3) not null' }],
        'type Tickets of "old".created_at',
        /is of type timestamp\(3\) without time zone, which means another moment in each time zone.*: make it timestamptz\(3\)$/,
      ],
      [
        'a timestamp that rounds milliseconds away',
        [{ created_at: 'timestamptz(0) not null' }],
        'precision Tickets of "old".created_at',
        /rounds away the milliseconds of the field since/,
      ],
      [
        'integer for bigint',
        [{ '"Seats"': 'integer not null' }],
        'type Tickets of "old"."Seats"',
        /is of type integer, which refuses large numbers of the field seats \(integer\): make it bigint$/,
      ],
      [
        'numeric for bigint',
        [{ lock: 'numeric not null' }],
        'type Tickets of "old".lock',
        /is of type numeric, which changes or refuses values of the field version/,
      ],
      [
        'a column that the database computes',
        [{ '"Seats"': `bigint generated always as (length("Code")) stored not null` }],
        'column Tickets of "old"."Seats"',
        /is computed by the database, but the field seats is written: map the field to another column/,
      ],
      [
        'a column that nobody fills in',
        [{}, ['colour text not null']],
        'column Tickets of "old".colour',
        /must be given a value, and no field is mapped to it: give it a default, or map a field to it/,
      ],
    ]
    test.each(unfit)('verify() tells of %s', async (_, given, problem, says) => {
      await place.client.query(`create type ticket_state as enum ('open', 'closed'); ${before(...given)}`)
      const { storage } = place.open({ entities: [Ticket], mapping, ...alone })
      const found = await storage.schema.verify()
      expect(found.map(({ kind, name }) => `${kind} ${name}`)).toEqual([problem])
      expect(found[0]?.message).toMatch(says)
    })

    test('what an unfit column does to whoever did not verify: schema-mismatch, and nothing is taken for not found', async () => {
      await place.client.query(before({ 'Ticket No.': 'uuid' }))
      const { storage } = place.open({ entities: [Ticket], mapping, ...alone })
      const tickets = storage.repository(Ticket, { shop: 's' })
      const malformed = 'no uuid but a secret'
      const calls = [
        () => tickets.get(malformed),
        () => tickets.update(malformed, { owner: 'x' }),
        () => tickets.delete(malformed),
        () => tickets.find({ where: { id: { in: [malformed] } } }),
        () => tickets.insert({ id: malformed, ...aTicket }),
      ]
      for (const call of calls) {
        const error = await thrownBy(call())
        if (!isStorageError(error, 'schema-mismatch')) throw error
        expect(error.message).toContain('schema.verify() names it')
        expect(JSON.stringify([error.message, error.data, error.cause])).not.toContain('secret')
      }
    })
  })

  test('names of any text are names and nothing else, in every statement', async () => {
    const names = {
      flag: {
        table: `we"ird.na me; drop table "x" as y--`,
        fields: { id: `i"d`, label: 'a.b as c', on: `'on'`, count: '"count" + 1' },
      },
      booking: { table: `Book"ings`, fields: { roomId: `ro"om`, startsAt: 'be gins', status: `'st'` } },
    } as const
    const { storage } = await place.openReady({ mapping: names })
    expect(await storage.schema.verify()).toEqual([])
    const flags = storage.repository(Flag)
    const row = await flags.insert({ id: 'one', label: 'x', on: true })
    await flags.insertMany([
      { id: 'two', label: 'y', on: false },
      { id: 'three', label: 'z', on: false },
    ])
    expect(await flags.update('one', { count: { increment: 2 } })).toEqual({ ...row, count: 2 })
    expect(await flags.updateMany({ where: { label: { startsWith: 'y' } }, patch: { on: true } })).toBe(1)
    expect(await flags.claim({ where: { on: false }, limit: 1, patch: { on: true } })).toHaveLength(1)
    expect(await flags.deleteMany({ where: { id: { in: ['two', 'three'] } } })).toBe(2)

    const bookings = storage.repository(Booking, tenant)
    await bookings.insert({ id: 'one', ...aBooking(1), code: 'c' })
    await expect(bookings.insert(aBooking(1))).rejects.toMatchObject({ code: 'overlap', data: { id: 'one' } })
    await expect(bookings.insert({ ...aBooking(2), code: 'c' })).rejects.toMatchObject({ code: 'duplicate' })
    const foreign = `insert into "Book""ings" select "tenantId", 'two', "ro""om", "be gins", "endsAt", "'st'", guests, null, null, 1, "createdAt", "updatedAt" from "Book""ings"`
    await expect(place.client.query(foreign)).rejects.toMatchObject({ code: '23P01' })
  })
})
