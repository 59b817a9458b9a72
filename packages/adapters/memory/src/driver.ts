import { type CallContext, type Driver, ownFailure, type StoredEntity } from '@portolan/adapter-kit'
import { StorageError } from '@portolan/ports'
import { capabilities } from './capabilities.ts'
import { clockOf, databaseOf, memoryDatabase, tableOf } from './database.ts'
import { declare } from './declaration.ts'
import type { MemoryOptions } from './options.ts'
import { count, select } from './reads.ts'
import { partitionOf } from './table.ts'
import { begin, commit, end, hold, openSnapshot, type Session, type Statement, validate } from './transaction.ts'
import { turns } from './turns.ts'
import { claim, deleteMany, deleteRow, insert, update, updateMany } from './writes.ts'

interface Plan {
  readonly entity: StoredEntity
  readonly scope: string | null
  readonly guards?: readonly string[]
}

/** The driver behind `memoryStorage`, for those who put something between the two. */
export function memoryDriver(options: MemoryOptions): Driver<never, Session> {
  const database = databaseOf(options.database ?? memoryDatabase())
  if (options.clock) database.clock = options.clock
  const pause = options.schedule ?? turns()

  /** Runs a call; without a session as a transaction of its own. */
  const run = async <P extends Plan, R>(
    plan: P,
    context: CallContext<Session>,
    call: (at: Statement, plan: P) => R,
  ): Promise<R> => {
    await pause()
    const session = context.session ?? begin(database, 'latest')
    try {
      await hold(session, plan.guards ?? [], context.deadline, pause)
      openSnapshot(session)
      const partition = partitionOf(tableOf(database, plan.entity), plan.scope)
      const result = call({ session, partition, clock: clockOf(database) }, plan)
      if (!context.session) commit(session)
      return result
    } finally {
      if (!context.session) end(session)
    }
  }

  return {
    name: 'memory',
    spi: 1,
    capabilities: capabilities(options.entities),
    supports: [],
    // latest: rows change while a transaction looks at them; the kit remembers and compares. snapshot: what is read is not held
    // either, but writing a row that has changed since the snapshot is a conflict, and that is all that T3 asks for.
    holdsReads: { latest: false, snapshot: true, join: false },

    prepare(entities) {
      for (const entity of entities) declare(database, entity)
    },

    select: (plan, context) => run(plan, context, select),
    count: (plan, context) => run(plan, context, count),
    insert: (plan, context) => run(plan, context, insert),
    update: (plan, context) => run(plan, context, update),
    updateMany: (plan, context) => run(plan, context, updateMany),
    delete: (plan, context) => run(plan, context, deleteRow),
    deleteMany: (plan, context) => run(plan, context, deleteMany),
    claim: (plan, context) => run(plan, context, claim),

    async guard(keys, { session, deadline }) {
      await pause()
      await hold(session, keys, deadline, pause)
    },

    async transaction(work, { reads, guards, deadline }) {
      const session = begin(database, reads)
      try {
        await pause()
        await hold(session, guards, deadline, pause)
        const result = await work(session)
        await pause()
        commit(session)
        return result
      } catch (error) {
        validate(session)
        throw error
      } finally {
        end(session)
      }
    },

    async join() {
      const message = 'the memory adapter has no client whose transactions could be joined; use transaction instead'
      throw new StorageError('unsupported', message, { what: 'join' })
    },
    // There is no client underneath.
    native: () => undefined as never,

    async now() {
      await pause()
      return clockOf(database)(0)
    },
    probe: async () => [],
    schema: { statements: () => [], apply: async () => {}, verify: async () => [] },
    // There is no client underneath whose errors could be known.
    classify: ownFailure,
    close: async () => {},
  }
}
