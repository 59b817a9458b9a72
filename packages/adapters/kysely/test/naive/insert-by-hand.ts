import type { InsertOutcome, InsertPlan, StoredEntity } from '@portolan/adapter-kit'
import type { PoolClient } from 'pg'
import type { Naive } from './naive.ts'
import { inTransaction } from './transaction.ts'

/** The one row that is inserted. */
export interface Inserted {
  readonly entity: StoredEntity
  readonly row: InsertPlan['rows'][number]
}

/**
 * The sound driver, but for inserts in which `seen` finds what the code by hand is about; those it sends in a transaction of its
 * own, as a service would. In a transaction of the caller's it is sound as well.
 */
export function insertingByHand<Seen>(
  seen: (plan: InsertPlan) => Seen | null,
  insert: (client: PoolClient, inserted: Inserted, found: Seen) => Promise<InsertOutcome>,
): NonNullable<Naive['driver']> {
  return (driver, pool) => ({
    ...driver,
    async insert(plan, context) {
      const { entity, rows } = plan
      const [row] = rows
      const found = seen(plan)
      if (!row || found === null || context.session !== null) return driver.insert(plan, context)
      return await inTransaction(pool, (client) => insert(client, { entity, row }, found))
    },
  })
}
