import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import { type PoolClient, Query } from 'pg'
import { describe, expect, test } from 'vitest'
import { Flag } from '../entities.ts'
import { failingBegin, failures } from './failing-begin.ts'
import { type Columns, type Opened, type Opening, onPostgres } from './place.ts'

/** Rows one by one, as Kysely asks a cursor for them. */
class Rows extends Query<Columns[string]> {
  readonly #rows: Promise<Columns[string][]>
  constructor(text: string, parameters: unknown[]) {
    super(text, parameters)
    this.#rows = new Promise((resolve, reject) => {
      const rows: Columns[string][] = []
      this.on('row', (row) => rows.push(row))
      this.on('error', reject)
      this.on('end', () => resolve(rows))
    })
  }
  async read(count: number): Promise<Columns[string][]> {
    return (await this.#rows).splice(0, count)
  }
  async close(): Promise<void> {}
}

type Work = (trx: Transaction<Columns>) => Promise<unknown>

const insert = (trx: Transaction<Columns>, id: string) => trx.insertInto('mark').values({ id })

/** Statements as Kysely sends them, in each of the ways that they go to the server. */
const firsts: Record<string, Work> = {
  'with parameters': (trx) => insert(trx, 'first').execute(),
  'as text': (trx) => sql`insert into mark values ('first')`.execute(trx),
  'several as text': (trx) => sql`select 1; insert into mark values ('first')`.execute(trx),
  'by a cursor': async (trx) => {
    for await (const row of insert(trx, 'first').returningAll().stream()) expect(row).toMatchObject({ id: 'first' })
  },
}

onPostgres((place) => {
  const deferring = async (opening: Opening = {}): Promise<Opened> => {
    await place.client.query('create table if not exists mark (id text primary key)')
    const opened = await place.openReady({ deferBegin: true, ...opening, pool: { max: 1, ...opening.pool } })
    const db = new Kysely<Columns>({ dialect: new PostgresDialect({ pool: opened.pool, cursor: Rows as never }) })
    return { ...opened, db }
  }
  const stored = async (): Promise<string[]> => {
    const { rows } = await place.client.query<{ id: string }>(
      'select id from mark union select id from flag order by id',
    )
    return rows.map(({ id }) => id)
  }
  /** Whatever came before, the only connection begins and ends transactions. */
  const expectUsable = async ({ db }: Opened): Promise<void> => {
    const { rows } = await sql<{ inside: boolean }>`select now() <> statement_timestamp() as inside`.execute(db)
    expect(rows).toEqual([{ inside: false }])
    await db.transaction().execute((trx) => insert(trx, 'usable').execute())
    expect(await stored()).toContain('usable')
    await place.client.query(`delete from mark where id = 'usable'`)
  }

  describe('BEGIN with the first statement: transactions of the user', () => {
    test.each(Object.entries(firsts))('a first statement %s commits and rolls back with the rest', async (_, first) => {
      const opened = await deferring()
      const { db } = opened
      const failing = db.transaction().execute(async (trx) => {
        await first(trx)
        await insert(trx, 'second').execute()
        throw new Error('of the work')
      })
      await expect(failing).rejects.toThrow('of the work')
      expect(await stored()).toEqual([])
      await db.transaction().execute(async (trx) => {
        await first(trx)
        await insert(trx, 'second').execute()
        expect(await stored()).toEqual([])
      })
      expect(await stored()).toEqual(['first', 'second'])
      await place.client.query('delete from mark')
      await expectUsable(opened)
    })

    describe.each(Object.entries(failures))('behind a BEGIN that is %s', (_, { text, code }) => {
      test.each(Object.entries(firsts))('a first statement %s is not carried out', async (kind, first) => {
        const begin = failingBegin()
        const opened = await deferring({ onClient: begin.onClient })
        const { db } = opened
        begin.text = text
        const failed = kind === 'by a cursor' ? '25P02' : code
        await expect(db.transaction().execute(first)).rejects.toMatchObject({ code: failed })
        const swallowing = db.transaction().execute(async (trx) => {
          await expect(first(trx)).rejects.toMatchObject({ code: failed })
          await expect(insert(trx, 'second').execute()).rejects.toMatchObject({ code: '25P02' })
          for (const next of Object.values(firsts)) await expect(next(trx)).rejects.toMatchObject({ code: '25P02' })
        })
        await expect(swallowing).rejects.toThrow('rolled back instead')
        expect(await stored()).toEqual([])
        begin.text = null
        await expectUsable(opened)
      })

      test('neither are statements that were sent at once', async () => {
        const begin = failingBegin()
        const opened = await deferring({ onClient: begin.onClient })
        begin.text = text
        const swallowing = opened.db
          .transaction()
          .execute((trx) => Promise.allSettled([insert(trx, 'one').execute(), insert(trx, 'two').execute()]))
        await expect(swallowing).rejects.toThrow('rolled back instead')
        expect(await stored()).toEqual([])
        begin.text = null
        await expectUsable(opened)
      })

      test('it is no success of a storage, whatever the work swallows', async () => {
        const begin = failingBegin()
        const opened = await deferring({ onClient: begin.onClient })
        const { storage } = opened
        begin.text = text
        const one = { id: 'one', label: 'x', on: true }
        const expected = { code: code === '57014' ? 'unavailable' : 'unexpected' }
        await expect(storage.transaction((tx) => tx.repository(Flag).insert(one))).rejects.toMatchObject(expected)
        await expect(storage.repository(Flag).insertMany([one, { ...one, id: 'two' }])).rejects.toMatchObject(expected)
        const swallowing = storage.transaction(async (tx) => {
          await tx
            .repository(Flag)
            .insert(one)
            .catch(() => undefined)
          await tx
            .repository(Flag)
            .insert(one)
            .catch(() => undefined)
        })
        await expect(swallowing).rejects.toMatchObject({ code: 'transaction-doomed' })
        expect(await stored()).toEqual([])
        begin.text = null
        await expectUsable(opened)
      })
    })

    test('isolation and access are those asked for', async () => {
      const { db } = await deferring()
      for (const level of ['read committed', 'repeatable read', 'serializable'] as const) {
        const first = await db
          .transaction()
          .setIsolationLevel(level)
          .execute((trx) =>
            sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(trx),
          )
        expect(first.rows).toEqual([{ level }])
        const reading = db
          .transaction()
          .setIsolationLevel(level)
          .setAccessMode('read only')
          .execute((trx) => insert(trx, 'one').execute())
        await expect(reading).rejects.toMatchObject({ code: '25006' })
      }
      const set = await db.transaction().execute(async (trx) => {
        await sql`set transaction isolation level serializable, read only`.execute(trx)
        return await sql`select current_setting('transaction_isolation') as level`.execute(trx)
      })
      expect(set.rows).toEqual([{ level: 'serializable' }])
      const bare = await db.transaction().execute((trx) => insert(trx, 'one').returning('id').execute())
      expect(bare).toEqual([{ id: 'one' }])
      const reading = db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => insert(trx, 'two').execute())
      await expect(reading).rejects.toMatchObject({ code: '25006' })
      expect(await stored()).toEqual(['one'])
    })

    test('answers and errors of a first statement are its own', async () => {
      const { db } = await deferring()
      const answers = await Promise.all([
        db.transaction().execute((trx) => insert(trx, 'one').executeTakeFirst()),
        db.transaction().execute((trx) => trx.updateTable('mark').set({ id: 'y' }).where('id', '=', 'none').execute()),
        db.transaction().execute((trx) => trx.selectFrom('mark').where('id', '=', 'none').selectAll().execute()),
        db.transaction().execute((trx) => sql``.execute(trx)),
      ])
      expect(answers).toMatchObject([{ numInsertedOrUpdatedRows: 1n }, [{ numUpdatedRows: 0n }], [], { rows: [] }])
      for (const [statement, expected] of [
        [sql`select wrong`, { code: '42703', position: '8' }],
        [sql`select ${1}::int + wrong`, { code: '42703', position: '18' }],
        [sql`selec`, { code: '42601', position: '1' }],
        [sql`insert into mark values (${'one'})`, { code: '23505' }],
      ] as const) {
        const swallowing = db.transaction().execute(async (trx) => {
          await expect(statement.execute(trx)).rejects.toMatchObject(expected)
          await expect(insert(trx, 'later').execute()).rejects.toMatchObject({ code: '25P02' })
        })
        await expect(swallowing).rejects.toThrow('rolled back instead')
      }
      expect(await stored()).toEqual(['one'])
    })

    test('what the client cannot send leaves the transaction as it is', async () => {
      const begin = failingBegin()
      const opened = await deferring({ onClient: begin.onClient })
      const { db } = opened
      const unsendable = sql`select ${{ big: 1n }}::json`
      await db.transaction().execute(async (trx) => {
        await expect(unsendable.execute(trx)).rejects.toThrow('BigInt')
        await insert(trx, 'one').execute()
      })
      expect(await stored()).toEqual(['one'])
      await db.transaction().execute(async (trx) => {
        await expect(unsendable.execute(trx)).rejects.toThrow('BigInt')
      })
      begin.text = failures.cancelled.text
      const failing = db.transaction().execute(async (trx) => {
        await expect(unsendable.execute(trx)).rejects.toThrow('BigInt')
        await expect(insert(trx, 'two').execute()).rejects.toMatchObject({ code: '25P02' })
      })
      await expect(failing).rejects.toThrow('rolled back instead')
      begin.text = null
      expect(await stored()).toEqual(['one'])
      await expectUsable(opened)
    })

    test('statements sent at once are carried out in their order', async () => {
      const { db } = await deferring()
      for (const pipeline of [false, true]) {
        const { db: other } = pipeline ? await deferring({ pool: { pipeline } }) : { db }
        const seen = await other
          .transaction()
          .execute((trx) =>
            Promise.all([
              insert(trx, 'one').execute(),
              trx.selectFrom('mark').select('id').execute(),
              sql`delete from mark`.execute(trx),
              trx.selectFrom('mark').select('id').execute(),
            ]),
          )
        expect([seen[1], seen[3]]).toEqual([[{ id: 'one' }], []])
      }
    })

    test('savepoints may come first, and a failure behind one is undone alone', async () => {
      const { db, storage } = await deferring()
      const trx = await db.startTransaction().execute()
      const saved = await trx.savepoint('before').execute()
      await expect(sql`select wrong`.execute(saved)).rejects.toMatchObject({ code: '42703' })
      await saved.rollbackToSavepoint('before').execute()
      await insert(trx, 'one').execute()
      await trx.commit().execute()
      await db.transaction().execute(async (native) => {
        const joined = storage.join(native, async (tx) => {
          await tx.repository(Flag).insert({ id: 'joined', label: 'x', on: true })
          throw new Error('of the join')
        })
        await expect(joined).rejects.toThrow('of the join')
        await storage.join(native, (tx) => tx.repository(Flag).insert({ id: 'two', label: 'x', on: true }))
      })
      expect(await stored()).toEqual(['one', 'two'])
    })

    test('where the connection is still busy', async () => {
      const begin = failingBegin()
      const { pool } = await deferring({ onClient: begin.onClient })
      const client: PoolClient = await pool.connect()
      const into = (id: string) => client.query('insert into mark values ($1)', [id])
      for (const end of ['rollback', 'commit']) {
        const before = client.query('select pg_sleep(0.05)')
        await client.query('begin', [])
        await into(end)
        await client.query(end, [])
        await before
      }
      begin.text = failures.cancelled.text
      const before = client.query('select pg_sleep(0.05)')
      await client.query('begin', [])
      await expect(into('first')).rejects.toMatchObject({ code: '57014' })
      await expect(into('second')).rejects.toMatchObject({ code: '25P02' })
      expect(await client.query('commit', [])).toMatchObject({ command: 'ROLLBACK' })
      await before
      client.release()
      expect(await stored()).toEqual(['commit'])
    })

    test('BEGIN in other words is sent at once, and statements in other forms take it along', async () => {
      const { pool } = await deferring()
      const client: PoolClient = await pool.connect()
      await client.query('BEGIN')
      const { rows } = await client.query('select now() = statement_timestamp() as together')
      expect(rows).toEqual([{ together: false }])
      await client.query(`insert into mark values ('by hand')`)
      await client.query('ROLLBACK')
      await client.query('begin', [])
      await client.query({ text: 'insert into mark values ($1)', values: ['config'] })
      expect(await stored()).toEqual([])
      await client.query('commit', [])
      client.release()
      expect(await stored()).toEqual(['config'])
    })
  })
})
