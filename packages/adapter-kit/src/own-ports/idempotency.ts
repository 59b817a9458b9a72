import type { Capabilities, IdempotencyStore, Reservation, Reserved } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import { refuse, storageError } from '../errors.ts'
import type { Operations } from '../operations.ts'
import { checkOptions } from '../queries/limits.ts'
import { compareText } from '../queries/position.ts'
import { isPlainObject } from '../queries/where.ts'
import { checkRowSize } from '../repository/size.ts'
import { all, any, type Changes, type Operand, type Predicate, type StoredRow, same } from '../spi/index.ts'
import { toJsonText } from '../values/json.ts'
import { checkKey, checkText, describe } from '../values/text.ts'
import { makeToken, readToken, type TokenParts } from './idempotency-token.ts'
import { keyHash } from './key-hash.ts'
import { IdempotencyRecord } from './own-entities.ts'
import { ownSelect, readOwnRow, unexpectedOutcome } from './own-rows.ts'
import { checkPeriod } from './periods.ts'

const name = IdempotencyRecord.name
/** A record that was in the way and is gone when looked at; so often in a row only if records come and go all the time. */
const maximumRounds = 20

/**
 * The idempotency port over one record per namespace, key and scope. reserve is one operation of the driver, and a second one
 * where the answer is not `reserved` and the refusal has not brought the record; complete, extend and release are one each.
 *
 * A reservation whose lease ran out stays: the same fingerprint may take it over, another one is a mismatch. With keepMs it is
 * forgotten keepMs after the lease ran out, so that crashes leave nothing behind for ever. Until somebody takes over, the
 * holder of the token may still complete: a late answer harms nobody then.
 */
export function idempotencyStore({
  operations,
  capabilities,
}: {
  readonly operations: Operations
  readonly capabilities: Capabilities
}): IdempotencyStore {
  const model = modelOf(IdempotencyRecord)
  const entity = model.stored
  const checkSize = (row: { readonly [field: string]: unknown }): void => checkRowSize({ model, capabilities }, row)

  const lost = (parts: TokenParts | null): never =>
    refuse(
      'lease-lost',
      parts
        ? `${name} ${parts.id}: the reservation of this token was completed, released, taken over or forgotten; reserve again to learn which`
        : `${name}: this is no token that reserve returned`,
      { ids: parts ? [parts.id] : [] },
    )

  /** Only the reservation of this very token. */
  const held = (token: string): Predicate =>
    all({ op: 'eq', field: 'token', value: token }, { op: 'eq', field: 'state', value: 'reserved' })

  const changeHeld = async (token: string, parts: TokenParts, operation: string, set: Changes): Promise<void> => {
    const outcome = await operations.update({
      entity,
      scope: null,
      id: parts.id,
      set,
      where: held(token),
      require: null,
      version: null,
      expect: null,
      unless: null,
      guards: [],
    })
    if (outcome.kind === 'missing' || outcome.kind === 'condition') return lost(parts)
    if (outcome.kind !== 'updated') return unexpectedOutcome(name, operation, outcome)
  }

  return {
    async reserve(reservation) {
      const asked = checkReservation(reservation)
      const { namespace, key, scopeKey, fingerprint, leaseMs, keepMs } = asked
      const id = keyHash(namespace, key, scopeKey)
      const token = makeToken(id, keepMs)
      const set = { fingerprint, state: 'reserved', token, ...lease(leaseMs, keepMs), result: null } as const
      const row = { id, namespace, key, scopeKey, ...set }
      checkSize(row)
      const now: Operand = { clock: 0 }
      const takeOver = any(
        all(
          { op: 'eq', field: 'state', value: 'reserved' },
          { op: 'lte', field: 'leasedUntil', value: now },
          { op: 'eq', field: 'fingerprint', value: fingerprint },
        ),
        { op: 'lte', field: 'keepUntil', value: now },
      )
      const ofThisKey = (row: StoredRow): IdempotencyRecord => {
        const record = readOwnRow(IdempotencyRecord, row)
        if (record.namespace === namespace && record.key === key && record.scopeKey === scopeKey) return record
        return refuse(
          'invalid-stored-value',
          `${name} ${id}: the stored namespace, key and scope are not those that its id stands for; something else wrote it`,
          { entity: name, id, field: 'key' },
        )
      }
      for (let round = 1; round <= maximumRounds; round++) {
        const outcome = await operations.insert({
          entity,
          scope: null,
          rows: [row],
          onDuplicate: { kind: 'update', unique: 'id', set, require: null, version: null, where: takeOver },
          unless: null,
          guards: [],
        })
        if (outcome.kind === 'inserted') return { state: 'reserved', token }
        if (outcome.kind === 'updated') {
          ofThisKey(outcome.row)
          return { state: 'reserved', token }
        }
        if (outcome.kind !== 'condition') return unexpectedOutcome(name, 'reserve', outcome)
        const found =
          outcome.row ?? (await operations.select(ownSelect(IdempotencyRecord, same('id', id), { limit: 1 })))[0]
        if (found) return answerOf(ofThisKey(found), fingerprint)
      }
      throw storageError(
        'transaction-conflict',
        `${name} ${id}: the record is being made and removed all the time; reserve again`,
        {
          attempts: maximumRounds,
        },
      )
    },

    async complete(token, result) {
      const parts = readToken(name, token)
      const text = toJsonText(name, 'result', result === undefined ? null : result)
      if (parts === null) return lost(null)
      checkSize({ result: text })
      const keepUntil = parts.keepMs === null ? null : { clock: parts.keepMs }
      await changeHeld(token, parts, 'complete', { state: 'completed', leasedUntil: null, keepUntil, result: text })
    },

    async extend(token, leaseMs) {
      const parts = readToken(name, token)
      const milliseconds = checkPeriod(name, 'leaseMs', leaseMs)
      if (parts === null) return lost(null)
      await changeHeld(token, parts, 'extend', lease(milliseconds, parts.keepMs))
    },

    async release(token) {
      const parts = readToken(name, token)
      if (parts === null) return lost(null)
      const outcome = await operations.delete({
        entity,
        scope: null,
        id: parts.id,
        where: held(token),
        version: null,
        expect: null,
        unless: null,
        guards: [],
      })
      if (outcome.kind === 'missing' || outcome.kind === 'condition') return lost(parts)
      if (outcome.kind !== 'deleted') return unexpectedOutcome(name, 'release', outcome)
    },
  }
}

function lease(leaseMs: number, keepMs: number | null): { readonly leasedUntil: Operand; readonly keepUntil: Operand } {
  return { leasedUntil: { clock: leaseMs }, keepUntil: keepMs === null ? null : { clock: leaseMs + keepMs } }
}

function answerOf(record: IdempotencyRecord, fingerprint: string): Reserved {
  if (record.fingerprint !== fingerprint) return { state: 'mismatch' }
  if (record.state === 'completed') return { state: 'replay', result: record.result }
  if (record.leasedUntil !== null) return { state: 'in-progress', until: record.leasedUntil }
  return refuse(
    'invalid-stored-value',
    `${name} ${record.id}: a reserved record without an end of its lease; something else wrote it`,
    {
      entity: name,
      id: record.id,
      field: 'leasedUntil',
    },
  )
}

function checkReservation(reservation: Reservation): {
  namespace: string
  key: string
  scopeKey: string
  fingerprint: string
  leaseMs: number
  keepMs: number | null
} {
  checkOptions(name, 'reserve', reservation ?? null, ['namespace', 'key', 'scope', 'fingerprint', 'leaseMs', 'keepMs'])
  const { namespace, key, scope, fingerprint, leaseMs, keepMs } = reservation
  if (key === '')
    refuse('invalid-value', `${name}.key is empty: a key must have at least one character`, {
      entity: name,
      field: 'key',
    })
  return {
    namespace: checkKey(name, 'namespace', namespace),
    key: checkText(name, 'key', key),
    scopeKey: canonicalScope(scope),
    fingerprint: checkText(name, 'fingerprint', fingerprint),
    leaseMs: checkPeriod(name, 'leaseMs', leaseMs),
    keepMs:
      keepMs === undefined ? null : checkPeriod(name, 'keepMs', keepMs, { leaveOut: 'to keep the result for ever' }),
  }
}

/**
 * The scope as text that is the same for the same parts in any order, and for no others. No scope and an empty one are the
 * same. A part that is undefined is refused: it is mostly a tenant that was not found, and would run tenants into each other.
 */
export function canonicalScope(scope: unknown): string {
  if (scope === undefined) return '[]'
  const bad = (why: string): never => refuse('invalid-value', `${name}.scope ${why}`, { entity: name, field: 'scope' })
  if (!isPlainObject(scope))
    return bad(`must be a flat record of text such as { tenant, actor }, but is ${describe(scope)}`)
  const parts = Object.entries(scope)
  for (const [part, value] of parts) {
    checkText(name, 'scope', part)
    if (typeof value !== 'string') bad(`holds a part that is ${describe(value)}: every part must be text`)
    checkText(name, 'scope', value)
  }
  return JSON.stringify(parts.sort(([left], [right]) => compareText(left, right)))
}
