import { failing } from '@portolan/adapter-kit'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { classifySqlite, isBusy, layoutOf, sqliteDialect, sqliteError } from '../src/index.ts'
import { stay } from './entities.ts'

const layouts = [layoutOf(stay, { stay: { table: 'Stays' } }, sqliteDialect)]
const better = (code: string, message = 'words of SQLite') => Object.assign(new Error(message), { code })
const node = (errcode: number, message = 'words of SQLite') =>
  Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode })

describe('errors of both clients', () => {
  test.each([
    [better('SQLITE_BUSY'), 'SQLITE_BUSY'],
    [node(5), 'SQLITE_BUSY'],
    [node(517), 'SQLITE_BUSY_SNAPSHOT'],
    [node(2067), 'SQLITE_CONSTRAINT_UNIQUE'],
    [node(6 + 256 * 7), 'SQLITE_LOCKED'],
    [node(99), 'SQLITE_UNKNOWN'],
  ])('%s', (error, code) => expect(sqliteError(error)?.code).toBe(code))

  test('anything else is none', () => {
    for (const other of [
      null,
      undefined,
      'SQLITE_BUSY',
      {},
      new Error('SQLITE_BUSY'),
      { code: 5 },
      { code: 'ECONNREFUSED' },
    ])
      expect(sqliteError(other)).toBeNull()
    expect(isBusy(new TypeError('x'))).toBe(false)
  })

  test('busy is busy in each of its forms', () => {
    for (const error of [
      better('SQLITE_BUSY'),
      better('SQLITE_BUSY_SNAPSHOT'),
      better('SQLITE_BUSY_RECOVERY'),
      node(261),
    ])
      expect(isBusy(error)).toBe(true)
    expect(isBusy(better('SQLITE_LOCKED'))).toBe(false)
  })
})

test.each([
  [better('SQLITE_BUSY'), 'write', 'unavailable', /locked by another connection or process.*timeoutMs/],
  [better('SQLITE_BUSY_SNAPSHOT'), 'begin', 'transaction-conflict', /begin the transaction again/],
  [better('SQLITE_LOCKED'), 'write', 'transaction-conflict', /same connection/],
  [better('SQLITE_READONLY'), 'write', 'access-denied', /read-only: open it for writing/],
  [node(8), 'write', 'access-denied', /read-only/],
  [better('SQLITE_READONLY_DBMOVED'), 'write', 'unavailable', /moved or deleted/],
  [better('SQLITE_AUTH'), 'read', 'access-denied', /rights/],
  [better('SQLITE_CANTOPEN'), 'read', 'unavailable', /cannot be opened/],
  [better('SQLITE_NOTADB'), 'read', 'unexpected', /not a SQLite database/],
  [better('SQLITE_CORRUPT_VTAB'), 'read', 'unexpected', /damaged/],
  [better('SQLITE_FULL'), 'write', 'unavailable', /disk is full/],
  [better('SQLITE_IOERR_READ'), 'read', 'unavailable', /disk/],
  [better('SQLITE_IOERR_FSYNC'), 'commit', 'commit-unknown', /unknown/],
  [better('SQLITE_TOOBIG'), 'write', 'too-large', /larger/],
  [
    better('SQLITE_CONSTRAINT_UNIQUE', 'UNIQUE constraint failed: Stays.owner, Stays.note'),
    'write',
    'schema-mismatch',
    /Stays\.owner, Stays\.note.*declare/,
  ],
  [
    better('SQLITE_CONSTRAINT_UNIQUE', 'UNIQUE constraint failed: Stays.note'),
    'schema',
    'schema-mismatch',
    /stored already are alike/,
  ],
  [
    better('SQLITE_CONSTRAINT_NOTNULL', 'NOT NULL constraint failed: Stays.colour'),
    'write',
    'schema-mismatch',
    /demands Stays\.colour/,
  ],
  [better('SQLITE_CONSTRAINT_DATATYPE', 'cannot store TEXT value'), 'write', 'schema-mismatch', /type/],
  [
    better('SQLITE_CONSTRAINT_FOREIGNKEY', 'FOREIGN KEY constraint failed'),
    'write',
    'unexpected',
    /constraint or trigger/,
  ],
  [
    better('SQLITE_CONSTRAINT_TRIGGER', 'portolan overlap stay.perRoom'),
    'write',
    'schema-mismatch',
    /rule stay\.perRoom/,
  ],
  [better('SQLITE_CONSTRAINT_TRIGGER', 'canary of a user'), 'write', 'unexpected', /constraint or trigger/],
  [better('SQLITE_ERROR', 'too many SQL variables'), 'read', 'too-large', /split it/],
  [failing('misuse', 'of our own'), 'read', 'misuse', /of our own/],
  [
    better('SQLITE_ERROR', 'no such table: stays'),
    'read',
    'schema-mismatch',
    /"stays" of stay is missing: run schema\.apply/,
  ],
  [better('SQLITE_ERROR', 'no such table: main.other'), 'read', 'schema-mismatch', /"other" is missing/],
  [better('SQLITE_ERROR', 'no such column: this.room'), 'read', 'schema-mismatch', /"room" is missing/],
  [
    better('SQLITE_ERROR', 'no such column: "room" - should this be a string literal in single-quotes?'),
    'read',
    'schema-mismatch',
    /"room" is missing/,
  ],
  [
    better('SQLITE_ERROR', 'table Stays has no column named room'),
    'write',
    'schema-mismatch',
    /"room" of stay is missing/,
  ],
] as const)('%s at %s is %s', (error, phase, code, message) => {
  const failure = classifySqlite(error, phase, layouts)
  expect(failure?.code).toBe(code)
  expect(failure?.message).toMatch(message)
  expect(failure?.message).not.toMatch(/canary|words of/)
  if (code === 'schema-mismatch' && !failure?.message.includes('rule')) {
    expect(failure?.problems).toHaveLength(1)
    expect(failure?.problems?.[0]?.message).toBe(failure?.message)
  }
})

test('what SQLite says of a statement that is wrong is left to the kit', () => {
  const database = new Database(':memory:')
  let thrown: unknown
  try {
    database.prepare('selectt 1')
  } catch (error) {
    thrown = error
  }
  database.close()
  expect(sqliteError(thrown)?.code).toBe('SQLITE_ERROR')
  expect(classifySqlite(thrown, 'read', layouts)).toBeNull()
  expect(classifySqlite(new Error('any'), 'read', layouts)).toBeNull()
})
