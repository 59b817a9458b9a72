import type { Predicate } from '@portolan/adapter-kit'
import { type AnyDriver, type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { type Context, driverWith, rowsWhere } from '../driver-with.ts'
import { fault, withFaults } from '../faults.ts'

const insertsMeet = readBarrier()
const updatesMeet = readBarrier()

interface Guarded {
  readonly entity: Parameters<typeof rowsWhere>[1]['entity']
  readonly scope: string | null
  readonly unless: Predicate | null
  readonly guards: readonly string[]
}

/** Whether a row is in the way now; who comes later is not seen. */
async function isFree(driver: AnyDriver, plan: Guarded, own: string | null, context: Context): Promise<boolean> {
  if (plan.unless === null) return true
  return (await rowsWhere(driver, plan, plan.unless, context)).every(({ id }) => id === own)
}

let clients = 0

/** Each client locks names that no other one knows. */
function ofItsOwn(keys: readonly string[], client: number): string[] {
  return keys.map((key) => `${client} ${key}`.slice(0, 512))
}

export const brokenGuards: readonly BrokenDriver[] = [
  {
    name: 'unless-by-a-read',
    wrong: 'looks for a row in the way and then writes, holding no guard in between',
    breaks: 'G1',
    cases: [
      'G1.racing-inserts-one-writes',
      'G1.racing-updates-one-writes',
      'G1.racing-upserts-one-writes',
      'G1.one-call-any-order',
    ],
    alsoBreaks: ['G3.one-lock-for-transactions-and-calls'],
    driver: (driver) =>
      driverWith(driver, {
        async insert(plan, context) {
          if (plan.unless === null) return driver.insert(plan, context)
          const read = () => isFree(driver, plan, null, context)
          const write = (free: boolean) => driver.insert(free ? { ...plan, unless: null, guards: [] } : plan, context)
          return context.session === null ? insertsMeet.run(read, write) : write(await read())
        },
        async update(plan, context) {
          if (plan.unless === null) return driver.update(plan, context)
          const read = () => isFree(driver, plan, plan.id, context)
          const write = (free: boolean) => driver.update(free ? { ...plan, unless: null, guards: [] } : plan, context)
          return context.session === null ? updatesMeet.run(read, write) : write(await read())
        },
      }),
  },
  {
    name: 'unless-names-everything',
    wrong: 'names every row in the way, however many there are',
    breaks: 'G1',
    cases: ['G1.at-most-ten-ids'],
    alsoBreaks: ['X1.commands'],
    driver: (driver) =>
      driverWith(driver, {
        async insert(plan, context) {
          const outcome = await driver.insert(plan, context)
          if (outcome.kind !== 'unless' || plan.unless === null) return outcome
          const rows = await rowsWhere(driver, plan, plan.unless, context)
          return { kind: 'unless', ids: rows.map(({ id }) => String(id)) }
        },
      }),
  },
  {
    name: 'unless-sees-the-own-row',
    wrong: 'takes the row that is being written for one in its way',
    breaks: 'G1',
    cases: ['G1.delete-unless'],
    alsoBreaks: ['P1', 'X1'],
    driver: (driver) =>
      driverWith(driver, {
        async delete(plan, context) {
          if (plan.unless === null) return driver.delete(plan, context)
          const rows = await rowsWhere(driver, plan, plan.unless, context)
          if (rows.length === 0) return driver.delete(plan, context)
          return { kind: 'unless', ids: rows.slice(0, 10).map(({ id }) => String(id)) }
        },
      }),
  },
  {
    name: 'guards-by-conflict',
    wrong: 'begins without the guard and runs the work again where it was not alone, or might not have been',
    breaks: 'G1',
    cases: ['G1.disjoint-guards-run-once'],
    alsoBreaks: ['G3.held-guards-come-again'],
    driver: (driver) => {
      let attempts = 0
      return withFaults(driver, {
        async guard(keys, context) {
          if (attempts++ % 2 === 0) throw fault('transaction-conflict')
          return driver.guard(keys, context)
        },
      })
    },
  },
  {
    name: 'guards-that-guard-nothing',
    wrong: 'takes no guard at all for transactions',
    breaks: 'G3',
    cases: [
      'G3.guarded-transactions-are-serial',
      'G3.option-guards-are-serial-and-run-once',
      'G3.held-before-the-work-starts',
      'G3.no-write-skew',
      'G3.one-lock-for-transactions-and-calls',
    ],
    alsoBreaks: ['T4.one-deadline-with-waits', 'X2.guarded'],
    driver: (driver) =>
      driverWith(driver, {
        guard: async () => undefined,
        transaction: (work, options) => driver.transaction(work, { ...options, guards: [] }),
      }),
  },
  {
    name: 'guards-of-one-client',
    wrong: 'holds guards against the callers of the same client only, as a lock in the process does',
    breaks: 'G3',
    cases: ['G3.guarded-transactions-are-serial', 'G3.held-before-the-work-starts', 'G3.no-write-skew'],
    alsoBreaks: ['G1', 'T4.one-deadline-with-waits', 'X2.guarded'],
    driver: (driver) => {
      const client = ++clients
      return driverWith(driver, {
        guard: (keys, context) => driver.guard(ofItsOwn(keys, client), context),
        transaction: (work, options) =>
          driver.transaction(work, { ...options, guards: ofItsOwn(options.guards, client) }),
        insert: (plan, context) => driver.insert({ ...plan, guards: ofItsOwn(plan.guards, client) }, context),
        update: (plan, context) => driver.update({ ...plan, guards: ofItsOwn(plan.guards, client) }, context),
        delete: (plan, context) => driver.delete({ ...plan, guards: ofItsOwn(plan.guards, client) }, context),
      })
    },
  },
  {
    name: 'guards-taken-after-the-work-began',
    wrong: 'begins the work, takes the guards of the option then, and runs it again if that took a while',
    breaks: 'G3',
    cases: ['G3.option-guards-are-serial-and-run-once', 'G3.option-in-opposite-orders-finishes'],
    alsoBreaks: ['T4.one-deadline-with-waits', 'X2.guarded'],
    driver: (driver) => {
      let attempts = 0
      return withFaults(driver, {
        transaction: (work, options) =>
          driver.transaction(async (session) => {
            const result = await work(session)
            if (options.guards.length > 0 && attempts++ % 2 === 0) throw fault('transaction-conflict')
            return result
          }, options),
      })
    },
  },
  {
    name: 'snapshots-lock-names-of-their-own',
    wrong: 'holds the guards of snapshot transactions against one another only',
    breaks: 'G3',
    cases: ['G3.one-lock-whatever-the-reads'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        transaction: (work, options) =>
          driver.transaction(work, {
            ...options,
            guards: options.reads === 'snapshot' ? ofItsOwn(options.guards, 0) : options.guards,
          }),
      }),
  },
]
