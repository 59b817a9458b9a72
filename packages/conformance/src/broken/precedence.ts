import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith, isOwn, rowById, rowsWhere } from '../driver-with.ts'

export const brokenPrecedence: readonly BrokenDriver[] = [
  {
    name: 'condition-before-version',
    wrong: 'looks at the row condition before it looks at the expected version',
    breaks: 'P1',
    cases: ['P1.order'],
    alsoBreaks: ['X1'],
    driver: (driver) =>
      driverWith(driver, {
        async update(plan, context) {
          const { where, version, id } = plan
          if (where && version !== null && (await rowById(driver, plan, id, context))) {
            const met = await rowsWhere(
              driver,
              plan,
              { op: 'all', parts: [{ op: 'eq', field: 'id', value: id }, where] },
              context,
            )
            if (met.length === 0) return { kind: 'condition', id }
          }
          return driver.update(plan, context)
        },
      }),
  },
  {
    name: 'unmet-condition-is-missing',
    wrong: 'says that there is no row when the row does not meet the condition, as `UPDATE ... WHERE` counts nought',
    breaks: 'P1',
    cases: ['P1.where-is-never-null'],
    alsoBreaks: ['N1.refused-does-not-count', 'T4.survivable-refusals', 'E1.shape', 'E5.no-value-in-a-refusal', 'X1'],
    driver: (driver) =>
      driverWith(driver, {
        async update(plan, context) {
          const outcome = await driver.update(plan, context)
          return outcome.kind === 'condition' && !isOwn(plan.entity) ? { kind: 'missing' } : outcome
        },
        async delete(plan, context) {
          const outcome = await driver.delete(plan, context)
          return outcome.kind === 'condition' && !isOwn(plan.entity) ? { kind: 'missing' } : outcome
        },
      }),
  },
]
