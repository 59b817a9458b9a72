import type { InsertPlan } from '@portolan/adapter-kit'
import { insertingByHand } from './insert-by-hand.ts'
import type { Naive } from './naive.ts'
import { columnsText, storedRow, values, valuesText } from './plain-sql.ts'

/** The fields by which an insert-or-get would get. */
function keyOf({ entity, onDuplicate }: InsertPlan): readonly string[] | null {
  return onDuplicate.kind === 'return' ? (entity.unique[onDuplicate.unique] ?? null) : null
}

/**
 * The answer that is copied most often to "insert or get in one statement". Raced, ON CONFLICT DO NOTHING waits for the other
 * insert to commit and does nothing, and the SELECT reads by the statement's snapshot, which is older than that commit: neither
 * half gives a row, so there is nothing to return. The SELECT must be a statement of its own, sent when nothing came back. In
 * a service it is one statement of a transaction's, as here.
 */
export const doNothingUnionSelect: Naive = {
  name: 'do-nothing-union-select',
  wrong:
    'inserts or gets by INSERT ... ON CONFLICT DO NOTHING UNION ALL SELECT, and takes the first row that comes back',
  caught: [
    { id: 'I3.racers-agree', says: /racers failed, the first with unexpected \(insert on account: .*TypeError/ },
  ],
  driver: insertingByHand(keyOf, async (client, { entity, row }, key) => {
    const given = values()
    const same = (field: string) => `"${field}" = ${given.bind(row[field] ?? null)}`
    const { rows: found } = await client.query(
      `with inserted as (
        insert into "${entity.name}" (${columnsText(row)}) values (${valuesText(row, given)})
        on conflict (${key.map((field) => `"${field}"`).join(', ')}) do nothing
        returning *
      )
      select true as "isNew", * from inserted
      union all
      select false, * from "${entity.name}" where ${key.map(same).join(' and ')}`,
      given.list,
    )
    const stored = storedRow(entity, found[0])
    return found[0].isNew ? { kind: 'inserted', rows: [stored] } : { kind: 'existing', row: stored }
  }),
}
