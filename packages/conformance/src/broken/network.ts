import type { Failure } from '@portolan/adapter-kit'
import type { AnyDriver, BrokenDriver } from '../broken-driver.ts'
import { marked } from '../canary.ts'
import { driverWith, isOwn } from '../driver-with.ts'

type Plans = 'select' | 'count' | 'insert' | 'update' | 'updateMany' | 'delete' | 'deleteMany' | 'claim'
type Call = (plan: never, context: { readonly session: unknown; readonly deadline: number }) => Promise<unknown>
type Phase = Parameters<AnyDriver['classify']>[1]

const reads: readonly Plans[] = ['select', 'count']
const writes: readonly Plans[] = ['insert', 'update', 'updateMany', 'delete', 'deleteMany', 'claim']

/** The driver with something around some of its calls. */
function around(
  driver: AnyDriver,
  names: readonly Plans[],
  change: (call: Call, plan: never, context: Parameters<Call>[1], name: Plans) => Promise<unknown>,
): AnyDriver {
  const changes = names.map((name) => {
    const call = (plan: never, context: never) => (driver[name] as Call)(plan, context)
    return [name, (plan: never, context: never) => change(call as Call, plan, context, name)]
  })
  return driverWith(driver, Object.fromEntries(changes) as Partial<AnyDriver>)
}

/** What the sound driver says that a failure means. */
function codeOf(driver: AnyDriver, error: unknown, phase: Phase): Failure['code'] | null {
  return driver.classify(error, phase)?.code ?? null
}

/** The driver that calls what has become of something by another name. */
function called(driver: AnyDriver, from: Failure['code'], to: Failure['code']): AnyDriver {
  return driverWith(driver, {
    classify(error, phase) {
      const failure = driver.classify(error, phase)
      return failure?.code === from ? { ...failure, code: to } : failure
    },
  })
}

const isClock = (value: object): value is { readonly clock: number } =>
  Object.keys(value).length === 1 && typeof (value as { clock?: unknown }).clock === 'number'

/** The plan with moments of this clock where it asks for the store's. */
function dated<Plan>(plan: Plan, now: () => number): Plan {
  if (Array.isArray(plan)) return plan.map((part: unknown) => dated(part, now)) as Plan
  if (plan === null || typeof plan !== 'object') return plan
  if (isClock(plan)) return new Date(now() + plan.clock).toISOString() as Plan
  const parts = Object.entries(plan).map(([name, part]) => [name, name === 'entity' ? part : dated(part, now)])
  return Object.fromEntries(parts) as Plan
}

/** Those that show only where there is a network between client and server: they mistake what happens on it. */
export const brokenUnderFaults: readonly BrokenDriver[] = [
  {
    name: 'write-sent-again',
    wrong: 'sends a write again whose answer was lost',
    breaks: 'E3',
    cases: ['E3.lost-answer-of-a-write', 'E3.unanswered-write'],
    alsoBreaks: ['I2', 'N3', 'E2'],
    driver: (driver) =>
      around(driver, writes, async (call, plan, context) => {
        try {
          return await call(plan, context)
        } catch (error) {
          if (context.session !== null || codeOf(driver, error, 'write') !== 'commit-unknown') throw error
          return await call(plan, { ...context, deadline: performance.now() + 1_000 })
        }
      }),
  },
  {
    name: 'increment-sent-again',
    wrong: 'sends an increment again whose answer was lost',
    breaks: 'N3',
    cases: ['N3.lost-answer', 'N3.racers-with-lost-answers'],
    alsoBreaks: ['E3', 'E2'],
    driver: (driver) =>
      around(driver, ['update', 'updateMany'], async (call, plan, context) => {
        for (;;)
          try {
            return await call(plan, context)
          } catch (error) {
            if (context.session !== null || codeOf(driver, error, 'write') !== 'commit-unknown') throw error
          }
      }),
  },
  {
    name: 'own-row-in-the-way',
    wrong: 'sends an insert again whose answer was lost, and meets the own row',
    breaks: 'I2',
    cases: ['I2.lost-answer'],
    alsoBreaks: ['N3', 'E3', 'E2'],
    driver: (driver) =>
      around(driver, ['insert'], async (call, plan, context) => {
        try {
          return await call(plan, context)
        } catch (error) {
          if (context.session !== null || codeOf(driver, error, 'write') !== 'commit-unknown') throw error
          return await call(plan, context)
        }
      }),
  },
  {
    name: 'told-before-it-is-answered',
    wrong: 'says that writes to many rows are done as soon as they are on their way',
    breaks: 'E3',
    cases: ['E3.lost-request-of-a-write'],
    alsoBreaks: ['N3', 'E2', 'T1'],
    driver: (driver) =>
      around(driver, ['updateMany', 'deleteMany'], async (call, plan, context, name) => {
        try {
          return await call(plan, context)
        } catch (error) {
          if (context.session !== null || codeOf(driver, error, 'write') !== 'commit-unknown') throw error
          return name === 'deleteMany' ? 1 : { kind: 'updated', count: 1, ids: [] }
        }
      }),
  },
  {
    name: 'lost-commit-begun-again',
    wrong: 'takes a commit whose answer was lost for a conflict, so that the transaction runs again',
    breaks: 'E3',
    cases: ['E3.lost-commit', 'E3.lost-answer-of-a-write'],
    alsoBreaks: ['T1', 'N3', 'I2', 'E2', 'E5.outage'],
    driver: (driver) => called(driver, 'commit-unknown', 'transaction-conflict'),
  },
  {
    name: 'lost-commit-an-outage',
    wrong: 'takes a commit whose answer was lost for an outage, in which nothing was stored',
    breaks: 'E3',
    cases: ['E3.lost-commit', 'E3.unanswered-commit', 'E3.lost-answer-of-a-write'],
    alsoBreaks: ['T1', 'N3', 'I2'],
    driver: (driver) => called(driver, 'commit-unknown', 'unavailable'),
  },
  {
    name: 'lost-commit-a-success',
    wrong: 'says that a transaction is stored though no answer to its commit came',
    breaks: 'T1',
    cases: ['T1.cut-at-each-request', 'T1.swallowed-loss'],
    alsoBreaks: ['E3', 'E2'],
    driver: (driver) =>
      driverWith(driver, {
        async transaction(work, options) {
          let done: { readonly result: Awaited<ReturnType<typeof work>> } | undefined
          try {
            return await driver.transaction(async (session) => {
              const result = await work(session)
              done = { result }
              return result
            }, options)
          } catch (error) {
            if (!done || codeOf(driver, error, 'commit') !== 'commit-unknown') throw error
            return done.result
          }
        },
      }),
  },
  {
    name: 'ports-beside-the-transaction',
    wrong: 'stores entries, messages and records at once, and not with the transaction that they belong to',
    breaks: 'T1',
    cases: ['T1.cut-at-each-request', 'T1.cut-at-each-answer', 'T1.server-stopped'],
    alsoBreaks: ['T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'K2', 'K3', 'K4', 'K5', 'O3', 'O6', 'D6', 'C1', 'E2'],
    driver: (driver) =>
      around(driver, [...reads, ...writes], (call, plan: { readonly entity: { readonly name: string } }, context) =>
        call(plan as never, isOwn(plan.entity) ? { ...context, session: null } : context),
      ),
  },
  {
    name: 'outage-read-as-nothing',
    wrong: 'reads an outage as nothing found',
    breaks: 'E2',
    cases: ['E2.refused', 'E2.server-stopped', 'E2.no-answer', 'E2.cut-reads'],
    alsoBreaks: ['E3', 'E5', 'T1'],
    driver: (driver) =>
      around(driver, reads, async (call, plan, context, name) => {
        try {
          return await call(plan, context)
        } catch (error) {
          if (codeOf(driver, error, 'read') !== 'unavailable') throw error
          return name === 'count' ? 0 : []
        }
      }),
  },
  {
    name: 'no-deadline',
    wrong: 'waits for an answer however long it takes',
    breaks: 'E2',
    cases: ['E2.no-answer'],
    alsoBreaks: ['E3', 'T4', 'T6', 'G1', 'G3', 'E5'],
    driver: (driver) =>
      around(driver, [...reads, ...writes], (call, plan, context) =>
        call(plan, { ...context, deadline: performance.now() + 6_000 }),
      ),
  },
  {
    name: 'gives-up-early',
    wrong: 'takes an answer that is slow for one that never comes',
    breaks: 'E2',
    cases: ['E2.slow-answers'],
    alsoBreaks: ['T1', 'T4', 'T6', 'G1', 'G3', 'E3', 'E5', 'I2', 'N3', 'C1'],
    driver: (driver) =>
      around(driver, [...reads, ...writes], (call, plan, context) =>
        call(plan, { ...context, deadline: Math.min(context.deadline, performance.now() + 150) }),
      ),
  },
  {
    name: 'never-well-again',
    wrong: 'gives up its server for good after the first outage',
    breaks: 'E2',
    cases: ['E2.refused'],
    alsoBreaks: ['E3', 'T1', 'N3', 'I2', 'E5'],
    driver(driver) {
      let lost: { readonly error: unknown } | undefined
      return around(driver, [...reads, ...writes], async (call, plan, context) => {
        if (lost) throw lost.error
        try {
          return await call(plan, context)
        } catch (error) {
          if (codeOf(driver, error, 'read') === 'unavailable') lost = { error }
          throw error
        }
      })
    },
  },
  {
    name: 'sent-when-it-is-back',
    wrong: 'keeps what it could not send, says that it is unavailable, and sends it when the server is back',
    breaks: 'E2',
    cases: ['E2.refused', 'E2.server-stopped'],
    alsoBreaks: ['E3', 'T1', 'N3', 'I2', 'E5'],
    driver(driver) {
      const kept: (() => Promise<unknown>)[] = []
      return around(driver, [...reads, ...writes], async (call, plan, context, name) => {
        const answer = await call(plan, context).catch((error: unknown) => {
          if (writes.includes(name) && context.session === null && codeOf(driver, error, 'write') === 'unavailable')
            kept.push(() => call(plan, { ...context, deadline: performance.now() + 1_000 }))
          throw error
        })
        for (const send of kept.splice(0)) await send()
        return answer
      })
    },
  },
  {
    name: 'url-in-the-outage',
    wrong: 'says in the error of an outage where it wanted to connect to, with the password',
    breaks: 'E5',
    cases: ['E5.outage'],
    alsoBreaks: ['E2', 'E3', 'T1', 'N3', 'I2'],
    driver: (driver) =>
      driverWith(driver, {
        classify(error, phase) {
          const failure = driver.classify(error, phase)
          if (failure?.code !== 'unavailable') return failure
          return { ...failure, message: `cannot reach db://user:${marked('password')}@host/db; call again later` }
        },
      }),
  },
  {
    name: 'clock-of-the-host',
    wrong: 'asks its own host, whose clock is five minutes ahead, what time it is',
    breaks: 'C1',
    cases: ['C1.clocks-of-hosts', 'C1.racing-hosts'],
    alsoBreaks: ['K2', 'K5', 'O1', 'O2', 'O3', 'O4', 'O5', 'D3', 'D4', 'D6', 'E3', 'T1'],
    driver: (driver) =>
      around(driver, [...reads, ...writes], (call, plan, context) =>
        call(
          dated(plan, () => Date.now() + 300_000),
          context,
        ),
      ),
  },
]
