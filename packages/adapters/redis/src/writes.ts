import type { Engine, Writes } from './engine.ts'
import { insert } from './writes/insert.ts'
import { claim, deleteMany, updateMany } from './writes/many-rows.ts'
import { deleteRow, update } from './writes/one-row.ts'

/** Writes outside of transactions: each is one script and one round trip, all or nothing. */
export function writesOn(engine: Engine): Writes {
  return {
    insert: (plan, { deadline }) => insert(engine, plan, deadline),
    update: (plan, { deadline }) => update(engine, plan, deadline),
    updateMany: (plan, { deadline }) => updateMany(engine, plan, deadline),
    delete: (plan, { deadline }) => deleteRow(engine, plan, deadline),
    deleteMany: (plan, { deadline }) => deleteMany(engine, plan, deadline),
    claim: (plan, { deadline }) => claim(engine, plan, deadline),
  }
}
