import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { type Dialect, type Insertable, Kysely, PostgresDialect, type Selectable, SqliteDialect } from 'kysely'
import { Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { kyselyStorage, type OutboxMessage, type TablesOf } from '../src/index.ts'
import { nodeSqliteDialect } from '../src/node-sqlite.ts'
import { onPostgres } from './postgres/place.ts'
import { names, Room, Sample } from './sample.ts'

/** What a storage writes; own queries must find it in the types declared for them. */
const moment = new Date('2026-05-01T09:30:00.125Z')
const values = {
  room: 'r',
  state: 'closed',
  guests: 2 ** 53 - 1,
  spare: -1,
  weight: 0.1,
  height: -1.5e300,
  done: true,
  paid: false,
  at: moment,
  until: moment,
  list: ['a', 'b'],
  anything: [null, 1, { deep: [] }],
  more: { deep: 'x' },
} as const
const nothing = { note: null, spare: null, height: null, paid: null, until: null, more: null } as const

/** Columns that both databases give and take as one. */
const alike = {
  id: 's',
  tenantId: 't',
  room: 'r',
  note: null,
  state: 'closed',
  weight: 0.1,
  height: -1.5e300,
} as const

/** A storage with its tables on an instance that ends with the test. */
async function opened<DB>(dialect: Dialect) {
  const db = new Kysely<DB>({ dialect })
  onTestFinished(() => db.destroy())
  const storage = kyselyStorage(db, { entities: [Sample, Room], callerClock: () => moment.getTime() })
  await storage.schema.apply()
  return { db, storage, samples: storage.repository(Sample, { tenantId: 't' }) }
}

type OnPostgres = TablesOf<[typeof Sample, typeof Room, typeof OutboxMessage], 'postgres'>
type OnSqlite = TablesOf<[typeof Sample, typeof Room, typeof OutboxMessage], 'sqlite'>

describe('on SQLite', () => {
  const dialects = {
    'better-sqlite3': () => new SqliteDialect({ database: new Database(':memory:') }),
    'node:sqlite': () => nodeSqliteDialect(new DatabaseSync(':memory:')),
  }
  describe.each(Object.entries(dialects))('%s', (_, dialect) => {
    const whole = {
      ...alike,
      guests: 9007199254740991,
      spare: -1,
      done: 1,
      paid: 0,
      at: '2026-05-01T09:30:00.125Z',
      until: '2026-05-01T09:30:00.125Z',
      list: '["a","b"]',
      anything: '[null,1,{"deep":[]}]',
      more: '{"deep":"x"}',
      version: 1,
      createdAt: '2026-05-01T09:30:00.125Z',
      updatedAt: '2026-05-01T09:30:00.125Z',
    } satisfies Insertable<OnSqlite['sample']> & Selectable<OnSqlite['sample']>

    test('own queries get what their types say', async () => {
      const { db, samples } = await opened<OnSqlite>(dialect())
      await samples.insert({ id: 's', ...values })
      expect(await db.selectFrom('sample').selectAll().executeTakeFirst()).toEqual(whole)
      await samples.insert({ id: 'n', ...values, ...nothing })
      const empty: Selectable<OnSqlite['sample']> = { ...whole, id: 'n', ...nothing }
      expect(await db.selectFrom('sample').selectAll().where('id', '=', 'n').executeTakeFirst()).toEqual(empty)
    })

    test('what own queries write by their types, a storage reads', async () => {
      const { db, storage, samples } = await opened<OnSqlite>(dialect())
      await db.insertInto('sample').values(whole).execute()
      await db.updateTable('sample').set({ version: 2, done: 0, list: '[]' }).where('done', '=', 1).execute()
      const read = { ...values, at: moment.toISOString(), until: moment.toISOString(), done: false, list: [] }
      expect(await samples.get('s')).toMatchObject({ ...read, note: null, version: 2 })
      const [message] = await storage.outbox('mail').enqueue([{ payload: null }])
      const told = await db
        .selectFrom('portolan_outbox_message')
        .select(['id', 'topic', 'payload', 'leasedUntil', 'attemptsLeft'])
        .executeTakeFirst()
      expect(told).toEqual({ id: message?.id, topic: 'mail', payload: 'null', leasedUntil: null, attemptsLeft: 10 })
    })
  })
})

onPostgres((place) => {
  const dialect = () => new PostgresDialect({ pool: new Pool(place.config) })
  const whole: Selectable<OnPostgres['sample']> = {
    ...alike,
    guests: '9007199254740991',
    spare: '-1',
    done: true,
    paid: false,
    at: moment,
    until: moment,
    list: ['a', 'b'],
    anything: [null, 1, { deep: [] }],
    more: { deep: 'x' },
    version: '1',
    createdAt: moment,
    updatedAt: moment,
  }

  test('own queries get what their types say', async () => {
    const { db, samples } = await opened<OnPostgres>(dialect())
    await samples.insert({ id: 's', ...values })
    expect(await db.selectFrom('sample').selectAll().executeTakeFirst()).toEqual(whole)
    await samples.insert({ id: 'n', ...values, ...nothing })
    const empty: Selectable<OnPostgres['sample']> = { ...whole, id: 'n', ...nothing }
    expect(await db.selectFrom('sample').selectAll().where('id', '=', 'n').executeTakeFirst()).toEqual(empty)
  })

  test('what own queries write by their types, in each of their forms, a storage reads', async () => {
    const { db, samples } = await opened<OnPostgres>(dialect())
    const json = { list: '["a","b"]', anything: '[null,1,{"deep":[]}]', more: '{"deep":"x"}' }
    const given: Insertable<OnPostgres['sample']> = { ...whole, ...json }
    const forms: [id: string, Partial<typeof given>][] = [
      ['as read', {}],
      ['numbers', { guests: 2 ** 53 - 1, spare: -1, weight: 0.1, height: -1.5e300, version: 1 }],
      ['bigints', { guests: 2n ** 53n - 1n, spare: -1n, version: 1n }],
      ['texts', { weight: '0.1', height: '-1.5e300', at: moment.toISOString(), until: '2026-05-01 11:30:00.125+02' }],
    ]
    for (const [id, form] of forms)
      await db
        .insertInto('sample')
        .values({ ...given, ...form, id })
        .execute()
    const read = { ...values, at: moment.toISOString(), until: moment.toISOString(), note: null, version: 1 }
    for (const [id] of forms) expect(await samples.get(id), id).toMatchObject({ ...read, id })
  })

  test('under mapped names, and beside a storage’s writes in one transaction', async () => {
    type Renamed = TablesOf<[typeof Sample, typeof Room, typeof OutboxMessage], 'postgres', typeof names>
    const db = new Kysely<Renamed>({ dialect: dialect() })
    onTestFinished(() => db.destroy())
    const storage = kyselyStorage(db, { entities: [Sample, Room], mapping: names })
    await storage.schema.apply()
    const read = await storage.transaction(async (tx) => {
      await tx.repository(Room).insert({ id: 'r', label: 'Blue' })
      await tx.repository(Sample, { tenantId: 't' }).insert({ id: 's', ...values })
      await tx.outbox('mail').enqueue([{ id: 'm', payload: { to: ['Ada'] } }])
      await tx.native.updateTable('Old Samples').set({ lock_version: 7, note: 'native' }).execute()
      return await tx.native
        .selectFrom('Old Samples')
        .innerJoin('room', 'room.id', 'Old Samples.room')
        .crossJoin('portolan_outbox_message as message')
        .where('begins "at"', '<=', moment)
        .select(['room.label', 'tenant_id', 'lock_version', 'begins "at"', 'message.payload', 'message.leasedUntil'])
        .executeTakeFirstOrThrow()
    })
    const expected: typeof read = {
      label: 'Blue',
      tenant_id: 't',
      lock_version: '7',
      'begins "at"': moment,
      payload: { to: ['Ada'] },
      leasedUntil: null,
    }
    expect(read).toEqual(expected)
    expect(await storage.repository(Sample, { tenantId: 't' }).get('s')).toMatchObject({ version: 7, note: 'native' })

    const undone = db.transaction().execute(async (native) => {
      await storage.join(native, (tx) => tx.repository(Room).insert({ id: 'gone', label: 'Red' }))
      const { label } = await native.selectFrom('room').selectAll().where('id', '=', 'gone').executeTakeFirstOrThrow()
      await native.deleteFrom('Old Samples').execute()
      throw new Error(label)
    })
    await expect(undone).rejects.toThrow('Red')
    expect(await db.selectFrom('room').select('id').execute()).toEqual([{ id: 'r' }])
    expect(await storage.repository(Sample, { tenantId: 't' }).count()).toBe(1)
  })
})
