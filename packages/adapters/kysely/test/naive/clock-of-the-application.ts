import type { Target } from '@portolan/conformance'
import type { Naive } from './naive.ts'
import { openNaive } from './naive-target.ts'
import { assignmentsText, conditionText, storedRow, values } from './plain-sql.ts'

/**
 * Seen wherever a lease is `new Date(Date.now() + leaseMs)` in a parameter: SKIP LOCKED and all, but a host whose clock is ahead
 * finds the leases of the others at their end and takes what is being worked on. The server's clock is the one that all of them
 * share.
 */
export const clockOfTheApplication: Naive = {
  name: 'clock-of-the-application',
  wrong: 'dates leases, and finds the ended ones, by Date.now of its host',
  caught: [{ id: 'C1.clocks-of-hosts', says: /messages leased, each once: expected/ }],
  module: import.meta.url,
  driver: (driver, pool) => ({
    ...driver,
    async claim({ entity, where, limit, set }) {
      const given = values()
      const table = `"${entity.name}"`
      const { rows } = await pool.query(
        `update ${table} set ${assignmentsText(set, given)} where id in (
          select id from ${table} where ${conditionText(where, given)}
          order by "availableAt", id limit ${given.bind(limit)} for update skip locked
        ) returning *`,
        given.list,
      )
      return rows.map((row) => storedRow(entity, row))
    },
  }),
}

/** For the second process, which does nothing with a target but open the place. */
const target: Pick<Target, 'open'> = { open: openNaive(clockOfTheApplication) }

export default target
