import { insertingByHand } from './insert-by-hand.ts'
import type { Naive } from './naive.ts'
import { columnsText, conditionText, storedRow, values, valuesText } from './plain-sql.ts'
import { rivalsOf } from './rivals.ts'

/**
 * Seen where somebody knows that check-then-insert races and holds one statement for atomic. It is all or nothing, but NOT
 * EXISTS looks at the statement's snapshot: two that run at once do not see each other's rows, and both insert. Only a
 * constraint, or a lock taken by a statement before, keeps them apart. In a service the statement is one of a transaction's, as
 * here, so that the rows stay unseen until its end.
 */
export const insertWhereNotExists: Naive = {
  name: 'insert-where-not-exists',
  wrong: 'inserts by INSERT ... SELECT ... WHERE NOT EXISTS, with no constraint and no lock behind it',
  caught: [
    { id: 'G2.racing-inserts', says: /rows in the slot: expected 1, got/ },
    { id: 'G1.racing-inserts-one-writes', says: /racers that inserted: expected 1, got/ },
    { id: 'I2.racing-inserts', says: /racers that inserted: expected 1, got/ },
  ],
  without: ['alter table booking drop constraint "booking_perRoom_rule"', 'drop index "account_email_key"'],
  driver: insertingByHand(rivalsOf, async (client, { entity, row }, rivals) => {
    const given = values()
    const table = `"${entity.name}"`
    const chosen = `select ${valuesText(row, given)}`
    const free = rivals.map(({ where }) => `not exists (select from ${table} where ${conditionText(where, given)})`)
    const inserted = await client.query(
      `insert into ${table} (${columnsText(row)}) ${chosen} where ${free.join(' and ')} returning *`,
      given.list,
    )
    if (inserted.rows.length > 0)
      return { kind: 'inserted', rows: inserted.rows.map((each) => storedRow(entity, each)) }
    for (const { where, refusal } of rivals) {
      const sought = values()
      const text = `select id from ${table} where ${conditionText(where, sought)} limit 10`
      const found = await client.query(text, sought.list)
      if (found.rows.length > 0) return refusal(found.rows.map(({ id }) => id))
    }
    throw new Error('a row was in the way and is gone')
  }),
}
