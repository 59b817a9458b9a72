import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith } from '../driver-with.ts'

/** T3 broken. */
export const brokenReads: readonly BrokenDriver[] = [
  {
    name: 'says-that-it-holds-reads',
    wrong: 'tells the kit that nobody can change what was read, which is not so: nothing is compared before a write',
    breaks: 'T3',
    cases: [
      'T3.versioned-read-by-get',
      'T3.unversioned-read-by-find',
      'T3.key-value-read-by-get',
      'T3.versioned-racing-counters',
    ],
    alsoBreaks: ['T4', 'T5.dropped-with-their-run', 'T8', 'X2'],
    driver: (driver) => driverWith(driver, { holdsReads: { latest: true, snapshot: true, join: true } }),
  },
  {
    name: 'compares-versions-alone',
    wrong: 'compares nothing of rows that have no version',
    breaks: 'T3',
    cases: [
      'T3.unversioned-read-by-get',
      'T3.any-column-counts',
      'T3.unversioned-racing-counters',
      'T3.key-value-read-by-get',
    ],
    alsoBreaks: ['X2'],
    driver: (driver) =>
      driverWith(driver, {
        update: (plan, context) => driver.update(plan.entity.versioned ? plan : { ...plan, expect: null }, context),
        delete: (plan, context) => driver.delete(plan.entity.versioned ? plan : { ...plan, expect: null }, context),
      }),
  },
  {
    name: 'writes-by-condition-compare-nothing',
    wrong: 'finds no remembered row when many are about to be written by a condition',
    breaks: 'T3',
    cases: [
      'T3.versioned-written-by-update-many',
      'T3.versioned-removed-by-delete-many',
      'T3.key-value-removed-by-clear',
    ],
    alsoBreaks: ['X1'],
    driver: (driver) =>
      driverWith(driver, {
        select: async (plan, context) => (plan.lock ? [] : driver.select(plan, context)),
      }),
  },
  {
    name: 'json-is-not-compared',
    wrong: 'leaves json columns out when it compares a row with what was read of it',
    breaks: 'T3',
    cases: ['T3.any-column-counts'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        update(plan, context) {
          const { entity, expect } = plan
          if (expect?.op !== 'all') return driver.update(plan, context)
          const isJson = (part: object): boolean =>
            'field' in part && entity.fields[String(part.field)]?.kind === 'json'
          return driver.update(
            { ...plan, expect: { ...expect, parts: expect.parts.filter((each) => !isJson(each)) } },
            context,
          )
        },
      }),
  },
  {
    name: 'snapshots-read-the-latest',
    wrong: 'shows each reading of a snapshot the latest state of the rows',
    breaks: 'T3',
    cases: ['T3.snapshot-sees-one-moment', 'T3.snapshot-sees-no-newcomers'],
    alsoBreaks: ['T8', 'X2'],
    driver: (driver) =>
      driverWith(driver, {
        holdsReads: { ...driver.holdsReads, snapshot: driver.holdsReads.latest },
        transaction: (work, options) => driver.transaction(work, { ...options, reads: 'latest' }),
      }),
  },
  {
    name: 'latest-reads-a-snapshot',
    wrong: 'shows a transaction that asked for the latest what was there when it began',
    breaks: 'T3',
    cases: ['T3.latest-sees-what-was-committed'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        transaction: (work, options) => driver.transaction(work, { ...options, reads: 'snapshot' }),
      }),
  },
  {
    name: 'remembers-ten-thousand',
    wrong: 'returns no more rows than it can remember, and says nothing of the rest',
    breaks: 'T3',
    cases: ['T3.ten-thousand-rows'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        select: (plan, context) =>
          driver.select(context.session !== null && plan.limit === null ? { ...plan, limit: 10_000 } : plan, context),
      }),
  },
]
