import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aBooking, Booking, tenant } from '../entities.ts'
import { type Columns, type Opened, onPostgres } from './place.ts'

interface Prepared {
  readonly name: string
  readonly statement: string
}

/** As the only connection of the pool has them. */
async function preparedOf({ db }: Opened): Promise<Prepared[]> {
  const { rows } = await sql<Columns[string] & Prepared>`select name, statement from pg_prepared_statements`.execute(db)
  return rows
}

onPostgres((place) => {
  const one = { pool: { max: 1 }, prepare: true }

  test('a statement that comes again is prepared once, one of the user never', async () => {
    const opened = await place.openReady(one)
    const bookings = opened.storage.repository(Booking, tenant)
    for (let at = 0; at < 20; at++) await bookings.insert(aBooking(at))
    await expect(bookings.insert(aBooking(3))).rejects.toMatchObject({ code: 'overlap' })
    await opened.db.selectFrom('booking').selectAll().execute()
    const prepared = await preparedOf(opened)
    expect(prepared.map(({ statement }) => statement)).toEqual([expect.stringContaining('insert into "booking"')])
  })

  test('values of each shape reach their own fields', async () => {
    const opened = await place.openReady(one)
    const bookings = opened.storage.repository(Booking, tenant)
    for (const other of [bookings, opened.storage.repository(Booking, { tenantId: 'other' })])
      for (const code of ['one', null, "two'); drop table booking; --", undefined]) {
        const values = { ...aBooking(opened.sent.length * 2), ...(code === undefined ? {} : { code }) }
        const row = await other.insert(values)
        expect(row).toMatchObject({ ...values, code: code ?? null })
        expect(await other.get(row.id)).toEqual(row)
      }
    expect(await bookings.count()).toBe(4)
  })

  test('outside of it nothing is prepared', async () => {
    const opened = await place.openReady({ pool: { max: 1 } })
    for (let at = 0; at < 10; at++) await opened.storage.repository(Booking, tenant).insert(aBooking(at))
    expect(await preparedOf(opened)).toEqual([])
  })

  test('prepared statements outlive a table that is altered, and one that is made anew', async () => {
    const opened = await place.openReady(one)
    const bookings = opened.storage.repository(Booking, tenant)
    await bookings.insert(aBooking(1))
    await place.client.query('alter table booking add column remark text')
    await bookings.insert(aBooking(2))
    await place.client.query('drop table booking')
    await opened.storage.schema.apply()
    await bookings.insert(aBooking(2))
    expect(await bookings.count()).toBe(1)
  })
})
