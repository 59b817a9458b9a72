import { failing } from '@portolan/adapter-kit'
import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import type { Client, Columns } from '../client.ts'
import { byDeadline, onConnection } from '../deadline.ts'
import type { StorageFacts } from '../dialect.ts'
import type { Engine, Session } from '../engine.ts'
import { withinSavepoint } from '../savepoints.ts'
import { type GuardState, holdGuards } from './guards.ts'
import { instantOf, storeClock } from './instants.ts'
import { uncommitted } from './uncommitted.ts'

/** A rollback is waited for so long beyond the deadline, in milliseconds: then nobody meets the locks of what has failed. */
const rollbackGrace = 1_000

/** A commit sent just before the deadline is waited for so long, in milliseconds: not to know its outcome is worse than to wait. */
const commitGrace = 500

/**
 * Postgres through Kysely: READ COMMITTED, where each statement sees what was committed before it, so that guards taken by a
 * statement of their own protect the reads that follow. A call that the server does not answer is given up at its deadline.
 */
export function createPostgresEngine<DB>(db: Kysely<DB>, { clock }: StorageFacts): Engine<DB> {
  const plain = (db as unknown as Client).withoutPlugins()
  const guardStates = new WeakMap<object, GuardState>()

  const alone = <R>(deadline: number, working: () => Error, work: (client: Client) => Promise<R>): Promise<R> =>
    onConnection(plain, deadline, { neverFree, working }, work)

  /** Whatever happens here is rolled back: an answer that is lost leaves nothing unknown. */
  const inside = <R>(deadline: number, work: () => Promise<R>): Promise<R> =>
    uncommitted(byDeadline(work(), deadline, () => failing('unavailable', unanswered)))

  const guard: Engine<DB>['guard'] = async (keys, { session, deadline }) => {
    await inside(deadline, () => holdGuards(session.client, keys, deadline, guardStates.get(session) ?? null))
  }

  const transaction: Engine<DB>['transaction'] = async (work, { reads, guards, deadline }) => {
    const level = reads === 'snapshot' ? 'repeatable read' : 'read committed'
    const beginning = db.startTransaction().setIsolationLevel(level).execute()
    const native = await byDeadline(beginning, deadline, () => {
      void beginning.then((late) => late.rollback().execute()).catch(() => undefined)
      return failing('unavailable', neverFree)
    })
    try {
      const session: Session<DB> = {
        native: native as unknown as Transaction<DB>,
        client: native.withoutPlugins() as unknown as Client,
      }
      guardStates.set(session, { held: false })
      if (guards.length > 0) await guard(guards, { session, deadline })
      const result = await work(session)
      if (performance.now() >= deadline) throw failing('unavailable', tooLate)
      const patience = Math.max(deadline, performance.now() + commitGrace)
      await byDeadline(native.commit().execute(), patience, () => failing('commit-unknown', unansweredCommit))
      return result
    } catch (error) {
      const rolledBack = native
        .rollback()
        .execute()
        .catch(() => undefined)
      await byDeadline(rolledBack, Math.max(deadline, performance.now() + rollbackGrace), () => error as Error)
      throw error
    }
  }

  /** Statements of a session, or of a transaction made for them. */
  const together: Engine<DB>['together'] = async ({ session, deadline }, guards, work) => {
    const within = async (own: Session<DB>) => {
      if (guards.length > 0) await guard(guards, { session: own, deadline })
      return await inside(deadline, () => work(own.client))
    }
    return session ? await within(session) : await transaction(within, { reads: 'latest', guards: [], deadline })
  }

  return {
    read: ({ session, deadline }, work) =>
      session
        ? inside(deadline, () => work(session.client))
        : alone(deadline, () => failing('unavailable', unanswered), work),
    write: (context, guards, work) =>
      context.session || guards.length > 0
        ? together(context, guards, work)
        : alone(context.deadline, () => failing('commit-unknown', unansweredWrite), work),
    together,
    transaction,
    guard,

    async join(native, work, { deadline }) {
      if (native?.isTransaction !== true) throw failing('misuse', noTransaction)
      const client = native.withoutPlugins() as unknown as Client
      return await withinSavepoint(
        native,
        client,
        () => work({ native, client }),
        (send) => inside(deadline, send),
      )
    },

    async now({ session, deadline }) {
      if (clock) return new Date(clock()).toISOString()
      const ask = async (client: Client): Promise<string> => {
        const { rows } = await client.executeQuery<Columns>(CompiledQuery.raw(storeClock))
        return instantOf(rows[0]?.now)
      }
      return session
        ? await inside(deadline, () => ask(session.client))
        : await alone(deadline, () => failing('unavailable', unanswered), ask)
    },

    define: (work, deadline) =>
      transaction(({ client }) => inside(deadline, () => work(client)), { reads: 'latest', guards: [], deadline }),
  }
}

const neverFree =
  'no connection to Postgres came free until the deadline: look whether the server can be reached and whether the pool is large enough, or raise timeoutMs'

const unanswered = 'Postgres did not answer until the deadline; nothing is stored. Try again, or raise timeoutMs'

const tooLate =
  'the work of the transaction was not done by the deadline, so it was rolled back; make it shorter, or raise timeoutMs'

const unansweredWrite =
  'Postgres did not answer a write until the deadline, so it may or may not be stored; read before you write it again'

const unansweredCommit =
  'Postgres did not answer the commit until the deadline, so it may or may not be stored; read before you write it again'

const noTransaction =
  "what is joined must be a transaction of Kysely's (db.transaction() or db.startTransaction()), not a Kysely instance"
