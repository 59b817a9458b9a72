// This is the usual code. DO NOT COPY IT: it double-books. It is here to be shown on the race page, next to the ports.

import { randomUUID } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import type { CheckThenInsert } from '../desk.ts'
import type { Slot } from '../domain/bookings.ts'

type Tables = {
  usual_booking: { id: string; room_id: string; guest: string; starts_at: string; ends_at: string }
}

/** What has been looked up may no longer be so when the insert comes: nothing keeps other callers out in between. */
async function bookTheUsualWay(
  db: Kysely<Tables> | Transaction<Tables>,
  { roomId, startsAt, endsAt }: Slot,
  guest: string,
) {
  const taken = await db
    .selectFrom('usual_booking')
    .select('id')
    .where('room_id', '=', roomId)
    .where('starts_at', '<', endsAt)
    .where('ends_at', '>', startsAt)
    .executeTakeFirst()
  if (taken) return { booked: false, bookingId: taken.id }
  const id = randomUUID()
  await db
    .insertInto('usual_booking')
    .values({ id, room_id: roomId, guest, starts_at: startsAt, ends_at: endsAt })
    .execute()
  return { booked: true, bookingId: id }
}

export interface UsualTable extends CheckThenInsert {
  create(): Promise<void>
}

/** With a transaction around each call, or two statements of their own, whichever is usual on the database. */
export function checkThenInsert(
  database: Kysely<unknown>,
  { inTransaction, remark }: { readonly inTransaction: boolean; readonly remark: string },
): UsualTable {
  const db = database.withTables<Tables>()
  return {
    remark,
    file: 'src/storages/check-then-insert.ts',
    create: async () => {
      const table = db.schema.createTable('usual_booking').ifNotExists()
      await table
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('room_id', 'text', (column) => column.notNull())
        .addColumn('guest', 'text', (column) => column.notNull())
        .addColumn('starts_at', 'text', (column) => column.notNull())
        .addColumn('ends_at', 'text', (column) => column.notNull())
        .execute()
    },
    book: (slot, guest) =>
      inTransaction
        ? db.transaction().execute((transaction) => bookTheUsualWay(transaction, slot, guest))
        : bookTheUsualWay(db, slot, guest),
    count: async ({ roomId, startsAt, endsAt }) => {
      const { bookings } = await db
        .selectFrom('usual_booking')
        .select(({ fn }) => fn.countAll().as('bookings'))
        .where('room_id', '=', roomId)
        .where('starts_at', '<', endsAt)
        .where('ends_at', '>', startsAt)
        .executeTakeFirstOrThrow()
      return Number(bookings)
    },
  }
}
