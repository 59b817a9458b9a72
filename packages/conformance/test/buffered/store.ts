import {
  type BufferedStore,
  bufferedDriver,
  type ClaimPlan,
  type Driver,
  type Question,
  type Reads,
  type StoredRow,
  storageError,
  storeClockAt,
} from '@portolan/adapter-kit'
import { memoryDriver } from '@portolan/memory'
import type { AnyEntity } from '@portolan/ports'
import type { Database } from './database.ts'

export interface Session {
  readonly reads: Reads
  readonly seen: { readonly question: Question; readonly digest: string }[]
}

/** What was asked of the store, for tests that count. */
export type Heard = (call: 'look' | 'commit' | 'check', questions: readonly Question[]) => void

function conflict(why: string): Error {
  return storageError('transaction-conflict', why, { attempts: 1 })
}

/** A driver over rows that only a buffered transaction can change: a lone operation is a transaction of one call. */
export function bufferedOn(
  database: Database,
  entities: readonly AnyEntity[],
  heard: Heard = () => {},
): ReturnType<typeof bufferedDriver<Session>> {
  const travel = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  const validate = (session: Session): void => {
    for (const { question, digest } of session.seen)
      if (database.digest(question) !== digest) throw conflict('what was read has changed')
  }

  const hold = async (session: Session, keys: readonly string[], patience: number): Promise<void> => {
    while (keys.some((key) => (database.guards.get(key) ?? session) !== session)) {
      if (performance.now() > patience) throw conflict('a guard was held by others')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
    }
    for (const key of keys) database.guards.set(key, session)
  }

  const end = (session: Session): void => {
    for (const [key, holder] of database.guards) if (holder === session) database.guards.delete(key)
  }

  const alone =
    <P extends object, R>(call: (plan: P, context: { session: never; deadline: number }) => Promise<R>) =>
    (plan: P, { deadline }: { deadline: number }): Promise<R> =>
      driver.transaction((session) => call(plan, { session: session as never, deadline }), {
        reads: 'latest',
        guards: 'guards' in plan ? (plan.guards as readonly string[]) : [],
        deadline,
      })

  const claim = (plan: ClaimPlan, { deadline }: { deadline: number }): Promise<StoredRow[]> =>
    driver.transaction(
      async (session) => {
        const { entity, scope, where, order, set } = plan
        const fields = Object.keys(entity.fields)
        const question = { entity, scope, where, order, after: null, limit: null, offset: 0, fields, lock: false }
        const claimed: StoredRow[] = []
        for (const { id } of await driver.select(question, { session, deadline })) {
          if (claimed.length === plan.limit) break
          const outcome = await driver.update(
            {
              entity,
              scope,
              id: String(id),
              set,
              require: null,
              version: null,
              where: null,
              expect: null,
              unless: null,
              guards: [],
            },
            { session, deadline },
          )
          if (outcome.kind === 'updated') claimed.push(outcome.row)
        }
        return claimed
      },
      { reads: 'latest', guards: [], deadline },
    )

  const store: BufferedStore<Session> = {
    name: 'buffered',
    spi: 1,
    capabilities: { ...memoryDriver({ entities }).capabilities, maxTransactionRows: 10_000 },
    supports: [],
    prepare(declared) {
      for (const entity of declared) database.declare(entity)
    },
    select: alone((plan, context) => driver.select(plan, context)),
    count: alone((plan, context) => driver.count(plan, context)),
    insert: alone((plan, context) => driver.insert(plan, context)),
    update: alone((plan, context) => driver.update(plan, context)),
    updateMany: alone((plan, context) => driver.updateMany(plan, context)),
    delete: alone((plan, context) => driver.delete(plan, context)),
    deleteMany: alone((plan, context) => driver.deleteMany(plan, context)),
    claim,
    keeps: async ({ name }) => database.definitionOf(name),
    async begin({ reads, guards, deadline }) {
      const session: Session = { reads, seen: [] }
      await travel()
      await hold(session, guards, deadline)
      return session
    },
    async look(session, questions) {
      heard('look', questions)
      await travel()
      if (session.reads === 'snapshot') validate(session)
      for (const question of questions) session.seen.push({ question, digest: database.digest(question) })
      return { now: storeClockAt(database.clock())(0), answers: questions.map(database.answer) }
    },
    guard: (session, keys, deadline) => hold(session, keys, Math.min(deadline, performance.now() + 60)),
    async commit(session, changes) {
      heard('commit', [])
      await travel()
      validate(session)
      if (!database.apply(changes)) throw conflict('a key or rule is taken')
    },
    async check(session) {
      heard('check', [])
      await travel()
      validate(session)
    },
    end,
    async now() {
      await travel()
      return storeClockAt(database.clock())(0)
    },
    probe: async () => [],
    schema: { statements: () => [], apply: async () => {}, verify: async () => [] },
    classify: () => null,
    close: async () => {},
  }
  const driver: Driver<never, unknown> & ReturnType<typeof bufferedDriver<Session>> = bufferedDriver(store) as never
  return driver
}
