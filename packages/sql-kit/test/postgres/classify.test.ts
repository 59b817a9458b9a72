import type { Failure, Phase } from '@portolan/adapter-kit'
import { failing } from '@portolan/adapter-kit'
import { describe, expect, test } from 'vitest'
import { classifyPostgres, layoutOf, postgresDialect, postgresError } from '../../src/index.ts'
import { plain, stay } from '../entities.ts'

const layout = layoutOf(stay, {}, postgresDialect)
const layouts = [layout, layoutOf(plain, {}, postgresDialect)]
const canary = 'canary-7f3a'

const native = (code: string, message = canary, more: object = {}) =>
  Object.assign(new Error(message), { code, detail: `Key (x)=(${canary})`, hint: canary, where: canary, ...more })
const plainError = (message: string, more: object = {}) => Object.assign(new Error(message), more)

describe('errors without a server', () => {
  test.each<[string, unknown, Phase, Failure['code'] | null, RegExp]>([
    ['40001', native('40001'), 'commit', 'transaction-conflict', /begin again/],
    ['40P01', native('40P01'), 'write', 'transaction-conflict', /deadlock/],
    ['55P03', native('55P03'), 'write', 'transaction-conflict', /lock/],
    ['57P01 while reading', native('57P01'), 'read', 'unavailable', /shuts down/],
    ['57P01 while writing', native('57P01'), 'write', 'commit-unknown', /unknown/],
    ['57P02 at commit', native('57P02'), 'commit', 'commit-unknown', /unknown/],
    ['57P03', native('57P03'), 'write', 'unavailable', /starting/],
    ['57014', native('57014'), 'write', 'unavailable', /nothing of it is stored/],
    ['25P03', native('25P03'), 'commit', 'unavailable', /idle/],
    ['53300', native('53300'), 'commit', 'unavailable', /no connection left/],
    ['53100', native('53100'), 'write', 'unavailable', /disk .* is full/],
    ['53200', native('53200'), 'write', 'too-large', /max_locks_per_transaction/],
    ['54000', native('54000'), 'write', 'too-large', /index/],
    ['54001', native('54001'), 'read', 'too-large', /larger/],
    ['08006 while reading', native('08006'), 'read', 'unavailable', /lost/],
    ['08006 while writing', native('08006'), 'write', 'commit-unknown', /unknown/],
    ['08001', native('08001'), 'write', 'unavailable', /cannot be reached/],
    ['28P01', native('28P01'), 'begin', 'access-denied', /user name or password/],
    ['28000', native('28000'), 'write', 'access-denied', /user name or password/],
    ['3D000', native('3D000'), 'read', 'schema-mismatch', /database .* does not exist/],
    ['25006', native('25006'), 'write', 'access-denied', /read-only replica.*primary/],
    ['25P02', native('25P02'), 'write', 'unexpected', /earlier statement/],
    ['26000', native('26000'), 'read', 'unexpected', /pooler/],
    [
      'a cached plan',
      native('0A000', canary, { routine: 'RevalidateCachedQuery' }),
      'read',
      'transaction-conflict',
      /altered/,
    ],
    ['another 0A000', native('0A000'), 'read', 'unsupported', /too old, or a replica/],
    [
      'the extension, not installed',
      native('0A000', 'extension "btree_gist" is not available'),
      'schema',
      'schema-mismatch',
      /contrib/,
    ],
    [
      'the extension, without its file',
      native('58P01', 'could not open extension control file "/x/btree_gist.control"'),
      'schema',
      'schema-mismatch',
      /contrib/,
    ],
    ['a syntax error', native('42601'), 'read', null, /^$/],
    [
      'refused',
      plainError(canary, { code: 'ECONNREFUSED', syscall: 'connect' }),
      'write',
      'unavailable',
      /check that it runs/,
    ],
    [
      'refused on every address',
      Object.assign(new AggregateError([new Error(canary)]), { code: 'ECONNREFUSED' }),
      'write',
      'unavailable',
      /check that it runs/,
    ],
    [
      'an unknown host',
      plainError(canary, { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
      'commit',
      'unavailable',
      /host/,
    ],
    ['no socket', plainError(canary, { code: 'ENOENT', syscall: 'connect' }), 'read', 'unavailable', /reached/],
    ['a missing file', plainError(canary, { code: 'ENOENT', syscall: 'open' }), 'read', null, /^$/],
    ['reset while reading', plainError(canary, { code: 'ECONNRESET', syscall: 'read' }), 'read', 'unavailable', /lost/],
    [
      'reset while writing',
      plainError(canary, { code: 'ECONNRESET', syscall: 'read' }),
      'write',
      'commit-unknown',
      /read it back/,
    ],
    [
      'a broken pipe at commit',
      plainError(canary, { code: 'EPIPE', syscall: 'write' }),
      'commit',
      'commit-unknown',
      /unknown/,
    ],
    [
      'no answer to connect',
      plainError(canary, { code: 'ETIMEDOUT', syscall: 'connect' }),
      'write',
      'unavailable',
      /in time/,
    ],
    [
      'no answer to a write',
      plainError(canary, { code: 'ETIMEDOUT', syscall: 'read' }),
      'write',
      'commit-unknown',
      /unknown/,
    ],
    ['the pool is empty', plainError('timeout exceeded when trying to connect'), 'write', 'unavailable', /pool/],
    [
      'no answer in time, pg',
      plainError('Connection terminated due to connection timeout'),
      'write',
      'unavailable',
      /in time/,
    ],
    [
      'terminated while writing',
      plainError('Connection terminated unexpectedly'),
      'write',
      'commit-unknown',
      /unknown/,
    ],
    ['terminated at commit', plainError('Connection terminated'), 'commit', 'commit-unknown', /unknown/],
    ['terminated at begin', plainError('Connection terminated unexpectedly'), 'begin', 'unavailable', /try again/],
    ['read timeout', plainError('Query read timeout'), 'write', 'commit-unknown', /unknown/],
    [
      'not queryable any more',
      plainError('Client has encountered a connection error and is not queryable'),
      'write',
      'unavailable',
      /try again/,
    ],
    ['a closed pool', plainError('Cannot use a pool after calling end on the pool'), 'write', 'unavailable', /closed/],
    ['no TLS', plainError('The server does not support SSL connections'), 'read', 'access-denied', /TLS/],
    [
      'a foreign certificate',
      plainError(canary, { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      'read',
      'access-denied',
      /certificate/,
    ],
    [
      'no password',
      plainError(`SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string ${canary}`),
      'read',
      'access-denied',
      /password/,
    ],
    ['postgres.js, closed', plainError(canary, { code: 'CONNECTION_CLOSED' }), 'write', 'commit-unknown', /unknown/],
    ['postgres.js, too late', plainError(canary, { code: 'CONNECT_TIMEOUT' }), 'write', 'unavailable', /in time/],
    [
      'wrapped',
      new Error(canary, { cause: new Error(canary, { cause: native('40001') }) }),
      'write',
      'transaction-conflict',
      /begin again/,
    ],
    [
      'wrapped outage',
      new Error(canary, { cause: plainError(canary, { code: 'EPIPE' }) }),
      'read',
      'unavailable',
      /lost/,
    ],
    ['our own', failing('misuse', 'of our own'), 'read', 'misuse', /of our own/],
    ['anything else', new TypeError(canary), 'write', null, /^$/],
    ['no error at all', 'thrown text', 'write', null, /^$/],
    ['nothing', undefined, 'write', null, /^$/],
  ])('%s', (_, error, phase, code, message) => {
    const failure = classifyPostgres(error, phase, layouts)
    expect(failure?.code ?? null).toBe(code)
    expect(failure?.message ?? '').toMatch(message)
    expect(JSON.stringify(failure)).not.toContain(canary)
    if (code === 'schema-mismatch') expect(failure?.problems?.[0]?.message).toBe(failure?.message)
  })

  test('a ring of causes ends', () => {
    const ring = new Error(canary)
    ring.cause = ring
    expect(postgresError(ring)).toBeNull()
    expect(classifyPostgres(ring, 'read', layouts)).toBeNull()
  })

  test('the server’s language makes no difference', () => {
    const table = native('42P01', 'Relation »stay« existiert nicht')
    expect(classifyPostgres(table, 'read', layouts)?.message).toMatch(/the table "stay" of stay is missing/)
    const column = native('42703', 'la columna other.room no existe')
    expect(classifyPostgres(column, 'read', layouts)?.message).toMatch(/the column "room" of stay is missing/)
    const key = native('23505', canary, {
      table: 'stay',
      constraint: 'uq',
      detail: `Schlüssel »(owner, note, count)=(${canary}, 1, 2)« existiert bereits.`,
    })
    expect(classifyPostgres(key, 'write', layouts)?.code).toBe('transaction-conflict')
  })
})
