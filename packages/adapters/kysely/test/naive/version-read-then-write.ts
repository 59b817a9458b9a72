import type { Naive } from './naive.ts'
import { assignmentsText, storedRow, values } from './plain-sql.ts'

/**
 * Seen wherever an optimistic lock is a check in the service: load the entity, compare its version with the one the form was
 * opened with, save. Between the two statements others load the same version, and the last one to save wins; to be right the
 * version belongs into the WHERE of the update.
 */
export const versionReadThenWrite: Naive = {
  name: 'version-read-then-write',
  wrong: 'selects the version, compares it, and updates by id alone',
  caught: [{ id: 'N2.racers-one-succeeds', says: /racers that succeeded: expected 1, got/ }],
  driver: (driver, pool) => ({
    ...driver,
    async update(plan, context) {
      const { entity, id, version, set } = plan
      if (version === null || context.session !== null) return driver.update(plan, context)
      const read = await pool.query(`select version from "${entity.name}" where id = $1`, [id])
      if (read.rows.length === 0) return { kind: 'missing' }
      const actual = Number(read.rows[0].version)
      if (actual !== version) return { kind: 'stale', id, actual }
      const given = values()
      const { rows } = await pool.query(
        `update "${entity.name}" set ${assignmentsText(set, given)} where id = ${given.bind(id)} returning *`,
        given.list,
      )
      return rows.length === 0 ? { kind: 'missing' } : { kind: 'updated', row: storedRow(entity, rows[0]) }
    },
  }),
}
