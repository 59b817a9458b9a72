import type { CallContext, Driver, StoredEntity } from '@portolan/adapter-kit'
import { StorageError } from '@portolan/ports'
import { capabilities } from './capabilities.ts'
import { clockOf, databaseOf, memoryDatabase, tableOf } from './database.ts'
import { declare } from './declaration.ts'
import { classify, failure } from './errors.ts'
import type { MemoryOptions } from './options.ts'
import type { Clock } from './predicate.ts'
import { copy, count, select } from './reads.ts'
import { type Partition, partitionOf } from './table.ts'
import { begin, commit, end, hold, openSnapshot, type Session, validate } from './transaction.ts'
import { turns } from './turns.ts'
import { claim, deleteMany, deleteRow, insert, update, updateMany } from './writes.ts'

/** The driver behind `memoryStorage`, for those who put something between the two. */
export function memoryDriver(options: MemoryOptions): Driver<never, Session> {
  const database = databaseOf(options.database ?? memoryDatabase())
  if (options.clock) database.clock = options.clock
  const pause = options.schedule ?? turns()

  /** Runs a call on its rows without waiting in between; without a session as a transaction of its own. */
  const run = async <R>(
    plan: { readonly entity: StoredEntity; readonly scope: string | null; readonly guards?: readonly string[] },
    context: CallContext<Session>,
    work: (session: Session, partition: Partition, clock: Clock) => R,
  ): Promise<R> => {
    await pause()
    const session = context.session ?? begin(database, 'latest')
    try {
      await hold(session, plan.guards ?? [], context.deadline, pause)
      openSnapshot(session)
      const result = work(session, partitionOf(tableOf(database, plan.entity), plan.scope), clockOf(database))
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

    select: (plan, context) => run(plan, context, (...on) => select(on[0], on[1], plan, on[2])),
    count: (plan, context) => run(plan, context, (...on) => count(on[0], on[1], plan, on[2])),
    insert: (plan, context) => run(plan, context, (...on) => insert(on[0], on[1], plan, on[2])),
    update: (plan, context) => run(plan, context, (...on) => update(on[0], on[1], plan, on[2])),
    updateMany: (plan, context) => run(plan, context, (...on) => updateMany(on[0], on[1], plan, on[2])),
    delete: (plan, context) => run(plan, context, (...on) => deleteRow(on[0], on[1], plan, on[2])),
    deleteMany: (plan, context) => run(plan, context, (...on) => deleteMany(on[0], on[1], plan, on[2])),
    claim: (plan, context) =>
      run(plan, context, (...on) => {
        const claimed = claim(on[0], on[1], plan, on[2])
        if (!Array.isArray(claimed)) throw failure('unexpected', 'a claim may not change fields of a key or rule')
        return claimed.map((row) => copy(row, Object.keys(plan.entity.fields)))
      }),

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
    classify,
    close: async () => {},
  }
}
