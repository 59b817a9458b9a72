import { DatabaseSync } from 'node:sqlite'
import { isStorageError } from '@portolan/ports'
import { CamelCasePlugin, CompiledQuery, Kysely } from 'kysely'
import { expect, test } from 'vitest'
import { kyselyStorage } from '../src/index.ts'
import { nodeSqliteDialect } from '../src/node-sqlite.ts'
import { aBooking, Booking, Flag, hour, tenant } from './entities.ts'
import { type Columns, open, openReady } from './open.ts'

test('a client set to bigint gives numbers all the same', async () => {
  const { raw, storage } = open()
  raw.defaultSafeIntegers(true)
  await storage.schema.apply()
  expect(await storage.schema.verify()).toEqual([])
  const flags = storage.repository(Flag)
  const row = await flags.insert({ id: 'one', label: 'x', on: true, count: Number.MAX_SAFE_INTEGER })
  expect(row).toEqual({ id: 'one', label: 'x', on: true, count: Number.MAX_SAFE_INTEGER })
  expect(await flags.get('one')).toEqual(row)
  expect(await flags.count()).toBe(1)
  expect(await flags.updateMany({ where: {}, patch: { on: false } })).toBe(1)
  expect(await flags.deleteMany({ where: { on: false } })).toBe(1)
})

test('integers beyond what a number holds are refused when read, by either driver', async () => {
  const { raw, storage } = await openReady()
  const database = new DatabaseSync(':memory:')
  const db = new Kysely<Columns>({ dialect: nodeSqliteDialect(database) })
  const other = kyselyStorage(db, { entities: [Flag] })
  await other.schema.apply()
  for (const [run, opened] of [
    [(text: string) => raw.exec(text), storage],
    [(text: string) => database.exec(text), other],
  ] as const) {
    run(`insert into flag values ('large', 'x', 1, 9007199254740993), ('fine', 'x', 1, 9007199254740991)`)
    const error = await opened
      .repository(Flag)
      .get('large')
      .catch((thrown: unknown) => thrown)
    expect(isStorageError(error, 'invalid-stored-value'), String(error)).toBe(true)
    expect((await opened.repository(Flag).get('fine'))?.count).toBe(Number.MAX_SAFE_INTEGER)
  }
  await db.destroy()
})

test('node:sqlite gives numbers, and bigint only where a number would not do', async () => {
  const db = new Kysely<Columns>({ dialect: nodeSqliteDialect(new DatabaseSync(':memory:')) })
  const query = CompiledQuery.raw('select 1 as small, 9007199254740993 as large, 1.5 as real, ? as bound', ['x'])
  const expected = { small: 1, large: 9007199254740993n, real: 1.5, bound: 'x' }
  expect((await db.executeQuery(query)).rows).toEqual([expected])
  await db.schema.createTable('t').addColumn('id', 'integer').execute()
  const written = await db
    .insertInto('t')
    .values([{ id: 1 }, { id: 2 }])
    .executeTakeFirst()
  expect(written.numInsertedOrUpdatedRows).toBe(2n)
  const streamed: unknown[] = []
  for await (const row of db.selectFrom('t').select('id').orderBy('id').stream()) streamed.push(row)
  expect(streamed).toEqual([{ id: 1 }, { id: 2 }])
  await db.destroy()
})

test('plugins of the instance change nothing of ours, and stay in force for native queries', async () => {
  const { storage } = await openReady({ plugins: [new CamelCasePlugin()] })
  const bookings = storage.repository(Booking, tenant)
  const row = await bookings.insert({ id: 'one', ...aBooking(1), metadata: { snake_case: { inner_part: 1 } } })
  expect(await bookings.get('one')).toEqual(row)
  expect(row.metadata).toEqual({ snake_case: { inner_part: 1 } })
  await storage.transaction(async (tx) => {
    const created = tx.native.schema.createTable('someThing').addColumn('firstName', 'text')
    expect(created.compile().sql).toBe('create table "some_thing" ("first_name" text)')
    expect(await tx.repository(Booking, tenant).get('one')).toEqual(row)
  })
})

test('values are values wherever they go', async () => {
  const { storage } = await openReady()
  const flags = storage.repository(Flag)
  const hostile = [`'; drop table flag; --`, `" or 1=1`, '%', '_', '\\', '?', '$1', ':a', '\u{1F600}', '{"$ne":1}']
  await flags.insertMany(hostile.map((label, index) => ({ id: `${index}`, label, on: true })))
  for (const [index, label] of hostile.entries()) {
    for (const where of [{ label }, { label: { in: [label] } }, { label: { startsWith: label } }])
      expect((await flags.find({ where })).map(({ id }) => id)).toEqual([`${index}`])
    expect((await flags.find({ where: { label: { contains: label } } })).map(({ id }) => id)).toContain(`${index}`)
  }
})

test('thousands of conditions fit in one statement', async () => {
  const { storage } = await openReady()
  const flags = storage.repository(Flag)
  await flags.insertMany([1, 2, 3].map((count) => ({ id: `${count}`, label: 'x', on: true, count })))
  const conditions = Array.from({ length: 5_000 }, (_, count) => ({ count: { eq: count * 2 } }))
  expect((await flags.find({ where: { or: conditions } })).map(({ id }) => id)).toEqual(['2'])
  const not = conditions.map(({ count }) => ({ not: { count } }))
  expect((await flags.find({ where: { and: not } })).map(({ id }) => id)).toEqual(['1', '3'])
})

test('the store’s clock is the host’s, or the option’s, and ends with the year 9999', async () => {
  let now = Date.UTC(2026, 0, 1)
  const { storage, raw } = await openReady({ clock: () => now })
  const entries = storage.keyValue('space')
  await entries.set('key', 'value', { ttlMs: 1_000 })
  now += 999
  expect(await entries.get('key')).toBe('value')
  now += 1
  expect(await entries.get('key')).toBeNull()
  now = Date.UTC(9999, 11, 31, 23)
  await entries.set('late', 'value', { ttlMs: 31_536_000_000 })
  expect((await entries.getEntry('late'))?.expiresAt).toBe('9999-12-31T23:59:59.999Z')
  expect(raw.prepare('select count(*) from portolan_key_value_entry').pluck().get()).toBe(2)
  expect(hour(0)).toBe('2026-01-01T00:00:00.000Z')
})
