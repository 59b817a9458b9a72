import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isStorageError } from '@portolan/ports'
import Database from 'better-sqlite3'
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely'
import { describe, expect, test } from 'vitest'
import { kyselyStorage } from '../src/index.ts'
import { nodeSqliteDialect } from '../src/node-sqlite.ts'
import { aBooking, Booking, Flag, tenant } from './entities.ts'
import { type Columns, open, openReady, temporaryFile } from './open.ts'

const drivers = {
  'better-sqlite3': (file: string, readonly: boolean) =>
    new SqliteDialect({ database: new Database(file, { readonly }) }),
  'node:sqlite': (file: string, readOnly: boolean) => nodeSqliteDialect(new DatabaseSync(file, { readOnly })),
} as const

async function thrownBy(call: Promise<unknown>) {
  const error = await call.catch((thrown: unknown) => thrown)
  if (!isStorageError(error)) throw new Error(`no StorageError: ${String(error)}`)
  return error
}

describe.each(Object.keys(drivers) as (keyof typeof drivers)[])('what can go wrong with %s', (driver) => {
  const openFile = (file: string, { readonly = false, timeoutMs = 300 } = {}) => {
    const db = new Kysely<Columns>({ dialect: drivers[driver](file, readonly) })
    return { db, storage: kyselyStorage(db, { entities: [Booking, Flag], timeoutMs }) }
  }

  test('a missing table is named, with what to do', async () => {
    const { db, storage } = openFile(temporaryFile())
    const calls = [
      () => storage.repository(Flag).find(),
      () => storage.repository(Flag).insert({ label: 'x', on: true }),
      () => storage.repository(Flag).updateMany({ where: {}, patch: { on: false } }),
      () => storage.transaction((tx) => tx.repository(Flag).count()),
    ]
    for (const call of calls) {
      const error = await thrownBy(call())
      expect(error.code).toBe('schema-mismatch')
      expect(error.message).toMatch(/table "(flag|booking)" of (flag|booking) is missing: run schema\.apply\(\)/)
      expect((error.data as { problems: unknown[] }).problems).toHaveLength(1)
    }
    await db.destroy()
  })

  test('a table that is missing is no trouble for transactions that need others', async () => {
    const { db, storage } = openFile(temporaryFile())
    await storage.schema.apply()
    await db.schema.dropTable('booking').execute()
    await storage.transaction((tx) => tx.repository(Flag).insert({ label: 'x', on: true }))
    expect(await storage.repository(Flag).count()).toBe(1)
    await db.destroy()
  })

  test('a missing column is named', async () => {
    const { db, storage } = openFile(temporaryFile())
    await storage.schema.apply()
    await db.schema.alterTable('flag').dropColumn('count').execute()
    const calls = [
      () => storage.repository(Flag).find(),
      () => storage.repository(Flag).insert({ label: 'x', on: true }),
      () => storage.repository(Flag).update('x', { count: 1 }),
      () => storage.repository(Flag).find({ where: { count: 1 }, select: ['label'] }),
    ]
    for (const call of calls) {
      const error = await thrownBy(call())
      expect(error.code).toBe('schema-mismatch')
      expect(error.message).toMatch(/column "count"( of flag)? is missing/)
    }
    await db.destroy()
  })

  test('a read-only database refuses writes and goes on reading', async () => {
    const file = temporaryFile()
    const writable = openFile(file)
    await writable.storage.schema.apply()
    await writable.db.destroy()
    const { db, storage } = openFile(file, { readonly: true })
    expect(await storage.repository(Flag).count()).toBe(0)
    for (const call of [
      () => storage.repository(Flag).insert({ label: 'x', on: true }),
      () => storage.transaction((tx) => tx.repository(Flag).count()),
    ]) {
      const error = await thrownBy(call())
      expect(error.code).toBe('access-denied')
      expect(error.message).toContain('read-only: open it for writing')
    }
    await db.destroy()
  })

  test('a file that is no database', async () => {
    const file = temporaryFile()
    writeFileSync(file, 'this is no database, but it is long enough to have been one '.repeat(50))
    const { db, storage } = openFile(file)
    for (const call of [() => storage.repository(Flag).count(), () => storage.schema.verify()]) {
      const error = await thrownBy(call())
      expect(error.code).toBe('unexpected')
      expect(error.message).toContain('not a SQLite database')
    }
    await db.destroy()
  })

  test('a database that has been closed', async () => {
    const { db, storage } = openFile(temporaryFile())
    await storage.schema.apply()
    await db.destroy()
    for (const call of [
      () => storage.repository(Flag).count(),
      () => storage.transaction((tx) => tx.repository(Flag).count()),
    ]) {
      const error = await thrownBy(call())
      expect(error.code).toBe('unavailable')
      expect(error.message).toContain('closed')
    }
  })

  test('constraints that the entity knows nothing of', async () => {
    const { db, storage } = openFile(temporaryFile())
    await storage.schema.apply()
    await db.schema.alterTable('flag').addColumn('colour', 'text').execute()
    const unique = db.schema.createIndex('of_their_own').on('flag').column('label').unique()
    await unique.execute()
    await storage.repository(Flag).insert({ label: 'same', on: true })
    const error = await thrownBy(storage.repository(Flag).insert({ label: 'same', on: true }))
    expect(error.code).toBe('schema-mismatch')
    expect(error.message).toContain('unique key on flag.label')
    expect(error.message).not.toContain('same')
    await db.destroy()
  })
})

test.each(['folder that is missing', 'folder instead of a file'])('a %s', async (what) => {
  const file = temporaryFile()
  const path = what.startsWith('folder that') ? `${file}/not/there` : dirname(file)
  const db = new Kysely<Columns>({ dialect: new SqliteDialect({ database: async () => new Database(path) }) })
  const storage = kyselyStorage(db, { entities: [Flag], timeoutMs: 300 })
  for (const call of [() => storage.repository(Flag).count(), () => storage.transaction(async () => {})]) {
    const error = await thrownBy(call())
    expect(error.code).toBe('unavailable')
    expect(error.message).toContain('cannot be opened')
    expect(error.message).not.toContain(path)
  }
})

test('a rule that only the database knows', async () => {
  const file = temporaryFile()
  const first = await openReady({ file })
  await first.storage.repository(Booking, tenant).insert(aBooking(1))
  const Older = { ...Booking, noOverlap: {} }
  const older = open({ file, entities: [Older] })
  const error = await thrownBy(older.storage.repository(Older, tenant).insert(aBooking(1)))
  expect(error.code).toBe('schema-mismatch')
  expect(error.message).toContain('overlap rule booking.perRoom')
})

describe('what is refused at start', () => {
  const entities = [Flag]
  test('what is no Kysely instance', () => {
    for (const given of [undefined, null, {}, 'file.sqlite'])
      expect(() => kyselyStorage(given as never, { entities })).toThrow(expect.objectContaining({ code: 'misuse' }))
  })

  test('a transaction', async () => {
    const { db } = open()
    await db.transaction().execute(async (native) => {
      expect(() => kyselyStorage(native, { entities })).toThrow('use storage.join')
    })
  })

  test('a dialect that is not known here', () => {
    const { db } = open()
    const unsupported = expect.objectContaining({ code: 'unsupported' })
    expect(() => kyselyStorage(db, { entities, dialect: 'mysql' as never })).toThrow(unsupported)
    const mysql = new Kysely<Columns>({ dialect: new MysqlDialect({ pool: {} as never }) })
    expect(() => kyselyStorage(mysql, { entities })).toThrow(unsupported)
    expect(() => kyselyStorage(mysql, { entities })).toThrow('MysqlAdapter')
    expect(() => kyselyStorage(db, { entities, dialect: 'sqlite' })).not.toThrow()
  })
})
