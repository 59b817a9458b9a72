import { insertingByHand } from './insert-by-hand.ts'
import type { Naive } from './naive.ts'
import { columnsText, conditionText, storedRow, values, valuesText } from './plain-sql.ts'
import { rivalsOf } from './rivals.ts'

/**
 * Seen in booking and stock code: "lock the slot, then take it". FOR UPDATE locks the rows that it finds, and where the slot is
 * free it finds none, so it locks nothing: every racer sees the slot free and takes it.
 */
export const selectForUpdateBeforeInsert: Naive = {
  name: 'select-for-update-before-insert',
  wrong: 'looks for rows in the way by SELECT ... FOR UPDATE and inserts where there are none',
  caught: [{ id: 'G2.racing-inserts', says: /rows in the slot: expected 1, got/ }],
  without: ['alter table booking drop constraint "booking_perRoom_rule"'],
  driver: insertingByHand(rivalsOf, async (client, { entity, row }, rivals) => {
    for (const { where, refusal } of rivals) {
      const sought = values()
      const text = `select id from "${entity.name}" where ${conditionText(where, sought)} for update`
      const found = await client.query(text, sought.list)
      if (found.rows.length > 0) return refusal(found.rows.slice(0, 10).map(({ id }) => id))
    }
    const given = values()
    const text = `insert into "${entity.name}" (${columnsText(row)}) values (${valuesText(row, given)}) returning *`
    const inserted = await client.query(text, given.list)
    return { kind: 'inserted', rows: inserted.rows.map((each) => storedRow(entity, each)) }
  }),
}
