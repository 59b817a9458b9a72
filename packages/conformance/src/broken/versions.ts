import type { Changes, StoredRow } from '@portolan/adapter-kit'
import { type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { driverWith, isOwn, rowById } from '../driver-with.ts'

const countersMeet = readBarrier()
const versionsMeet = readBarrier()
const incrementsMeet = readBarrier()
const deletesMeet = readBarrier()

/** Increments of these fields as plain values, counted from what was read. */
function counted(set: Changes, row: StoredRow, fields: (name: string) => boolean): Changes {
  return Object.fromEntries(
    Object.entries(set).map(([name, value]) => {
      const increments = typeof value === 'object' && value !== null && 'increment' in value
      return [name, increments && fields(name) ? Number(row[name]) + value.increment : value]
    }),
  )
}

/** Whether the sum stays in the range: else the sound driver refuses it. */
function inRange(set: Changes): boolean {
  return Object.values(set).every(
    (value) => typeof value !== 'number' || (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER),
  )
}

export const brokenVersions: readonly BrokenDriver[] = [
  {
    name: 'version-written-from-a-read',
    wrong: 'writes the version that it read, plus one',
    breaks: 'N1',
    cases: ['N1.racers-count-each'],
    alsoBreaks: ['N3'],
    driver: (driver) =>
      driverWith(driver, {
        async update(plan, context) {
          if (isOwn(plan.entity) || context.session !== null || plan.version !== null)
            return driver.update(plan, context)
          return countersMeet.run(
            () => rowById(driver, plan, plan.id, context),
            (row) =>
              driver.update(
                row ? { ...plan, set: counted(plan.set, row, (name) => name === 'version') } : plan,
                context,
              ),
          )
        },
      }),
  },
  {
    name: 'version-checked-by-a-read',
    wrong: 'compares the version that it read and then updates whatever is there',
    breaks: 'N2',
    cases: ['N2.racers-one-succeeds'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async update(plan, context) {
          const { version } = plan
          if (version === null || isOwn(plan.entity) || context.session !== null) return driver.update(plan, context)
          return versionsMeet.run(
            () => rowById(driver, plan, plan.id, context),
            (row) => driver.update(row?.version === version ? { ...plan, version: null } : plan, context),
          )
        },
      }),
  },
  {
    name: 'increment-in-the-client',
    wrong: 'reads a number, adds to it, and writes the sum',
    breaks: 'N3',
    cases: ['N3.racers-lose-none'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async update(plan, context) {
          if (isOwn(plan.entity) || context.session !== null) return driver.update(plan, context)
          return incrementsMeet.run(
            () => rowById(driver, plan, plan.id, context),
            (row) => {
              const set = row ? counted(plan.set, row, (name) => name !== 'version') : plan.set
              return driver.update(inRange(set) ? { ...plan, set } : plan, context)
            },
          )
        },
      }),
  },
  {
    name: 'delete-after-a-read',
    wrong: 'reads a row, deletes it, and gives back what it read',
    breaks: 'N3',
    cases: ['N3.racing-deletes'],
    alsoBreaks: ['N2.racing-deletes-and-updates'],
    driver: (driver) =>
      driverWith(driver, {
        async delete(plan, context) {
          if (isOwn(plan.entity) || context.session !== null) return driver.delete(plan, context)
          return deletesMeet.run(
            () => rowById(driver, plan, plan.id, context),
            async (row) => {
              const outcome = await driver.delete(plan, context)
              return outcome.kind === 'missing' && row ? { kind: 'deleted', row } : outcome
            },
          )
        },
      }),
  },
]
