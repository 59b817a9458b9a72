import type { Failure, Phase } from '@portolan/adapter-kit'
import { ownFailure } from '@portolan/adapter-kit'
import type { EntityLayout } from '../layout.ts'
import { classifyConnection, lost } from './connection-errors.ts'
import { constraintFailure } from './constraint-failure.ts'
import { type PostgresError, postgresError } from './errors.ts'
import { schemaFailure } from './schema-failure.ts'

const conflict = (message: string): Failure => ({ code: 'transaction-conflict', message })
const unavailable = (message: string): Failure => ({ code: 'unavailable', message })
const denied = (message: string): Failure => ({ code: 'access-denied', message })
const tooLarge = (message: string): Failure => ({ code: 'too-large', message })
const unexpected = (message: string): Failure => ({ code: 'unexpected', message })

/**
 * What errors of Postgres and of its clients mean; null for what is not known. An answer that was lost at 'write' or 'commit' is
 * `commit-unknown`, what shows that nothing was sent or kept is not. No word of the server's or the client's is handed on but
 * names of tables, columns and constraints.
 */
export function classifyPostgres(error: unknown, phase: Phase, layouts: Iterable<EntityLayout>): Failure | null {
  const own = ownFailure(error)
  if (own !== null) return own
  const known = postgresError(error)
  if (known === null) return classifyConnection(error, phase)
  const all = [...layouts]
  return (
    constraintFailure(known, phase, all) ??
    schemaFailure(known, phase, all) ??
    byState(known, phase) ??
    byClass(known.state, phase)
  )
}

function byState({ state, routine }: PostgresError, phase: Phase): Failure | null {
  switch (state) {
    case '40001':
      return conflict('another transaction changed the same rows at the same time; begin again')
    case '40P01':
      return conflict(
        'this and another transaction waited for each other (a deadlock), and PostgreSQL ended this one; begin again',
      )
    case '55P03':
      return conflict('another transaction held a lock for longer than this one may wait for it; begin again')
    case '40003':
    case '57P01':
    case '57P02':
      return phase === 'write' || phase === 'commit'
        ? lost(phase)
        : unavailable('PostgreSQL ended the connection, because it shuts down or restarts; try again')
    case '57P03':
      return unavailable('PostgreSQL is starting, stopping or recovering and takes no connections yet; try again')
    case '57P05':
    case '25P03':
    case '25P04':
      return unavailable(
        'PostgreSQL ended a connection or transaction that was idle or open for too long, and nothing of it is stored; try again',
      )
    case '57014':
      return unavailable(
        'the statement was cancelled, by statement_timeout or by hand, and nothing of it is stored; try again, or raise the timeout',
      )
    case '53300':
      return unavailable(
        'PostgreSQL has no connection left for this role or database: make pools smaller, or raise max_connections',
      )
    case '53100':
      return unavailable('the disk of PostgreSQL is full; make room')
    case '58030':
      return phase === 'commit' ? lost(phase) : unavailable('PostgreSQL could not read or write its disk')
    case '28000':
    case '28P01':
      return denied(
        'PostgreSQL refused the user name or password: correct the connection, or let the server admit it (pg_hba.conf)',
      )
    case '25006':
      return denied(
        'the server is a read-only replica, or transactions are set to be read-only: connect to the primary (target_session_attrs=read-write), or turn default_transaction_read_only off',
      )
    case '25P02':
      return unexpected(
        'an earlier statement of this transaction failed and its error was swallowed, so PostgreSQL refuses all others: roll back and begin again, or put a savepoint before statements that may fail',
      )
    case '53200':
      return tooLarge(
        'PostgreSQL has no memory left for this, or for its locks: do less in one transaction (guards are locks), or raise max_locks_per_transaction',
      )
    case '26000':
      return unexpected(
        'a prepared statement is gone: a pooler hands connections around between statements; turn prepared statements off, or let it pool sessions',
      )
    case '0A000':
      return routine === 'RevalidateCachedQuery'
        ? conflict('a table was altered while the client kept a prepared statement on it; begin again')
        : {
            code: 'unsupported',
            message: 'PostgreSQL cannot do here what was asked for: the server is too old, or a replica',
          }
    default:
      return null
  }
}

function byClass(state: string, phase: Phase): Failure | null {
  switch (state.slice(0, 2)) {
    case '08':
      if (state === '08001' || state === '08004')
        return unavailable(
          'PostgreSQL cannot be reached, or refused the connection: check that it runs, and the connection',
        )
      return lost(phase)
    case '40':
      return conflict('PostgreSQL rolled the transaction back; begin again')
    case '53':
      return unavailable('PostgreSQL has run out of something it needs: see its log')
    case '54':
      return tooLarge(
        'a value, an index entry or the statement is larger than PostgreSQL takes: indexed text may have about 2,600 bytes; keep longer text out of keys and indexes, or split the call',
      )
    default:
      return null
  }
}
