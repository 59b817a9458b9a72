import type { StoredRow } from '@portolan/adapter-kit'
import { type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { driverWith, isOwn, rowById } from '../driver-with.ts'

const countsMeet = readBarrier()
const claimsMeet = readBarrier()

export const brokenBulk: readonly BrokenDriver[] = [
  {
    name: 'rows-one-by-one',
    wrong: 'inserts the rows of a call one after another and stops at the first refusal',
    breaks: 'B1',
    cases: ['B1.all-or-none'],
    alsoBreaks: ['I1.duplicate', 'I2', 'G2', 'T1.refused-call-leaves-the-rest', 'M1', 'X1'],
    driver: (driver) =>
      driverWith(driver, {
        async insert(plan, context) {
          if (plan.rows.length < 2 || isOwn(plan.entity)) return driver.insert(plan, context)
          const rows: StoredRow[] = []
          for (const row of plan.rows) {
            const outcome = await driver.insert({ ...plan, rows: [row] }, context)
            if (outcome.kind !== 'inserted') return outcome
            rows.push(...outcome.rows)
          }
          return { kind: 'inserted', rows }
        },
      }),
  },
  {
    name: 'counted-before-the-write',
    wrong: 'counts the rows that match and then changes those that still do',
    breaks: 'B2',
    cases: ['B2.racing-transitions', 'B2.racing-deletes'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async updateMany(plan, context) {
          if (isOwn(plan.entity) || context.session !== null) return driver.updateMany(plan, context)
          return countsMeet.run(
            () => driver.count(plan, context),
            async (count) => {
              const outcome = await driver.updateMany(plan, context)
              return outcome.kind === 'updated' ? { ...outcome, count } : outcome
            },
          )
        },
        async deleteMany(plan, context) {
          if (isOwn(plan.entity) || context.session !== null) return driver.deleteMany(plan, context)
          return countsMeet.run(
            () => driver.count(plan, context),
            async (count) => {
              await driver.deleteMany(plan, context)
              return count
            },
          )
        },
      }),
  },
  {
    name: 'claim-by-select-and-update',
    wrong: 'selects rows and then patches them, whoever has taken them meanwhile',
    breaks: 'B3',
    cases: ['B3.racers-share'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async claim(plan, context) {
          if (isOwn(plan.entity)) return driver.claim(plan, context)
          const { entity, scope, where, order, limit, set } = plan
          const fields = Object.keys(entity.fields)
          return claimsMeet.run(
            () =>
              driver.select(
                { entity, scope, where, order, limit, after: null, offset: 0, fields, lock: false },
                context,
              ),
            async (rows) => {
              const ids = rows.map((row) => String(row.id))
              await driver.updateMany(
                { entity, scope, where: { op: 'in', field: 'id', values: ids }, set, returning: 'count' },
                context,
              )
              const taken = await Promise.all(ids.map((id) => rowById(driver, plan, id, context)))
              return taken.flatMap((row) => (row ? [row] : []))
            },
          )
        },
      }),
  },
]
