import type { Failure, Phase } from '@portolan/adapter-kit'
import { ownFailure } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import type { EntityLayout } from '../layout.ts'
import { foldName } from '../layout.ts'
import { howToMake } from '../schema-problems.ts'
import { sqliteDialect } from './dialect.ts'
import { overlapSignal } from './overlap.ts'

/** What SQLite said, whichever client passed it on. */
export interface SqliteError {
  /** Such as 'SQLITE_BUSY' or 'SQLITE_BUSY_SNAPSHOT'. */
  readonly code: string
  /** SQLite's own words: names of tables and columns, never a value. A trigger of the user's may say anything. */
  readonly message: string
}

/** Result codes as numbers (https://sqlite.org/rescode.html), for clients that give no names. */
const primary: { readonly [code: number]: string } = {
  1: 'ERROR',
  2: 'INTERNAL',
  3: 'PERM',
  4: 'ABORT',
  5: 'BUSY',
  6: 'LOCKED',
  7: 'NOMEM',
  8: 'READONLY',
  9: 'INTERRUPT',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  15: 'PROTOCOL',
  17: 'SCHEMA',
  18: 'TOOBIG',
  19: 'CONSTRAINT',
  20: 'MISMATCH',
  21: 'MISUSE',
  23: 'AUTH',
  26: 'NOTADB',
}
const extended: { readonly [code: number]: string } = {
  261: 'BUSY_RECOVERY',
  517: 'BUSY_SNAPSHOT',
  275: 'CONSTRAINT_CHECK',
  787: 'CONSTRAINT_FOREIGNKEY',
  1299: 'CONSTRAINT_NOTNULL',
  1555: 'CONSTRAINT_PRIMARYKEY',
  1811: 'CONSTRAINT_TRIGGER',
  2067: 'CONSTRAINT_UNIQUE',
  3091: 'CONSTRAINT_DATATYPE',
}

/** Reads the errors of better-sqlite3 and of node:sqlite; null for anything else. */
export function sqliteError(error: unknown): SqliteError | null {
  if (typeof error !== 'object' || error === null) return null
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message?: unknown }
  const said = typeof message === 'string' ? message : ''
  if (code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number') {
    const name = extended[errcode] ?? primary[errcode & 0xff]
    return { code: name === undefined ? 'SQLITE_UNKNOWN' : `SQLITE_${name}`, message: said }
  }
  return typeof code === 'string' && code.startsWith('SQLITE_') ? { code, message: said } : null
}

/** Another connection holds the lock. The statement has done nothing and may be sent again. */
export function isBusy(error: unknown): boolean {
  return sqliteError(error)?.code.startsWith('SQLITE_BUSY') ?? false
}

/** What SQLite's errors mean. BUSY reaches this only when the deadline has passed, or where waiting could not help. */
export function classifySqlite(error: unknown, phase: Phase, layouts: Iterable<EntityLayout>): Failure | null {
  const own = ownFailure(error)
  if (own !== null) return own
  const known = sqliteError(error)
  if (known === null) return null
  const { code, message } = known
  const is = (name: string): boolean => code === name || code.startsWith(`${name}_`)
  if (code === 'SQLITE_BUSY_SNAPSHOT')
    return conflict('another connection has written since this transaction first read; begin the transaction again')
  if (is('SQLITE_BUSY')) return unavailable(locked)
  if (is('SQLITE_LOCKED') || is('SQLITE_SCHEMA'))
    return conflict('another statement on the same connection is in the way; try again')
  if (is('SQLITE_READONLY')) return code === 'SQLITE_READONLY_DBMOVED' ? unavailable(moved) : denied(readOnly)
  if (is('SQLITE_PERM') || is('SQLITE_AUTH'))
    return denied('SQLite may not do this: check the rights of the database file and its folder')
  if (is('SQLITE_CANTOPEN')) return unavailable(cannotOpen)
  if (is('SQLITE_NOTADB') || is('SQLITE_CORRUPT'))
    return unexpected('the file is not a SQLite database, is encrypted, or is damaged: restore it, or check the path')
  if (is('SQLITE_FULL')) return unavailable('the disk is full, or the database has reached its largest size; make room')
  if (is('SQLITE_IOERR'))
    return phase === 'commit' || phase === 'write'
      ? {
          code: 'commit-unknown',
          message: 'reading or writing the database file failed on the disk; whether this write is stored is unknown',
        }
      : unavailable('reading or writing the database file failed on the disk')
  if (is('SQLITE_NOMEM') || is('SQLITE_INTERRUPT')) return unavailable('SQLite ran out of memory or was interrupted')
  if (is('SQLITE_TOOBIG')) return { code: 'too-large', message: 'a value is larger than this build of SQLite takes' }
  if (is('SQLITE_CONSTRAINT') || is('SQLITE_MISMATCH')) return constraintFailure(code, message, phase, layouts)
  return inStatement(message, layouts)
}

const locked =
  'the SQLite database stayed locked by another connection or process until the deadline; end the transaction that holds it, or raise timeoutMs'
const readOnly =
  'the SQLite database is read-only: open it for writing, and let this process write to its file and its folder'
const moved = 'the SQLite database file was moved or deleted while it was open; open it anew'
const cannotOpen =
  'the SQLite database file cannot be opened: check that its folder exists and that this process may read and write there'

const conflict = (message: string): Failure => ({ code: 'transaction-conflict', message })
const unavailable = (message: string): Failure => ({ code: 'unavailable', message })
const denied = (message: string): Failure => ({ code: 'access-denied', message })
const unexpected = (message: string): Failure => ({ code: 'unexpected', message })

/**
 * Our statements carry their own checks and SQLite has one writer, so nothing slips in between: a constraint that fails is one
 * that the entity does not declare, and trying again would not help.
 */
function constraintFailure(code: string, message: string, phase: Phase, layouts: Iterable<EntityLayout>): Failure {
  if (message.startsWith(overlapSignal)) {
    const rule = message.slice(overlapSignal.length + 1)
    return {
      code: 'schema-mismatch',
      message: `the database keeps the overlap rule ${rule}, which refused this row and which the definition used here does not have, or has otherwise; run the same version everywhere, or replace the rule's triggers`,
      constraint: rule,
    }
  }
  // "UNIQUE constraint failed: booking.tenantId, booking.code", "NOT NULL constraint failed: booking.colour".
  const [, columns = ''] = /constraint failed: (.+)$/s.exec(message) ?? []
  const table = columns.split('.')[0] || undefined
  const tell = (kind: string, what: string): Failure => {
    const entity = table === undefined ? null : entityOf(table, layouts)
    const problem = { entity, kind, name: columns || 'constraint', message: what }
    return { code: 'schema-mismatch', message: what, constraint: columns || undefined, table, problems: [problem] }
  }
  switch (code) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
      return phase === 'schema'
        ? tell(
            'rows',
            `rows that are stored already are alike in ${columns}, which is to be unique: correct them, then run schema.apply() again`,
          )
        : tell(
            'index',
            `the table has a unique key on ${columns} that the definition used here does not declare: declare it in "unique", or drop it`,
          )
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return tell(
        'not-null',
        `the table demands ${columns}, which the entity leaves empty: map a field to it, or give it a default`,
      )
    case 'SQLITE_CONSTRAINT_DATATYPE':
    case 'SQLITE_MISMATCH':
      return tell('type', 'a column of the table has a type that its field does not fit: schema.verify() names it')
    default:
      return unexpected('a constraint or trigger of the table that the entity knows nothing of refused the row')
  }
}

/** By SQLite's sentence: a missing table or column, or a statement beyond its bounds; null for any other error. */
function inStatement(message: string, layouts: Iterable<EntityLayout>): Failure | null {
  if (/^too many SQL variables|^Expression tree is too large/.test(message))
    return {
      code: 'too-large',
      message: 'the call has more conditions or values than one statement of SQLite takes; split it',
    }
  const [, absent] = /^no such table: (?:main\.)?(.+)$/s.exec(message) ?? []
  if (absent !== undefined) {
    const entity = entityOf(absent, layouts)
    return mismatch(absent, {
      entity,
      kind: 'table',
      name: absent,
      message: `the table "${absent}"${entity === null ? '' : ` of ${entity}`} is missing: ${howToMake}`,
    })
  }
  const [, unqualified] = /^no such column: (?:.*\.)?"?(.+?)"?(?: - should this be .*)?$/s.exec(message) ?? []
  const [, place, named] = /^table (.+) has no column named (.+)$/s.exec(message) ?? []
  const column = named ?? unqualified
  if (column === undefined) return null
  const entity = place === undefined ? null : entityOf(place, layouts)
  return mismatch(place, {
    entity,
    kind: 'column',
    name: column,
    message: `the column "${column}"${entity === null ? '' : ` of ${entity}`} is missing: add it by a migration; schema.verify() names all that is missing`,
  })
}

function mismatch(table: string | undefined, problem: SchemaProblem): Failure {
  return { code: 'schema-mismatch', message: problem.message, table, problems: [problem] }
}

function entityOf(table: string, layouts: Iterable<EntityLayout>): string | null {
  for (const layout of layouts) {
    if (foldName(layout.table, sqliteDialect) === foldName(table, sqliteDialect)) return layout.entity.name
  }
  return null
}
