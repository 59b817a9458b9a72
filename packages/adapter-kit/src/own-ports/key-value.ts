import type { Capabilities, KeyValueItem, KeyValueStore, SetOptions } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import { refuse } from '../errors.ts'
import type { Operations } from '../operations.ts'
import { checkOptions } from '../queries/limits.ts'
import { checkRowSize } from '../repository/size.ts'
import { all, any, type Changes, type Predicate, type StoredRow, same } from '../spi/index.ts'
import type { ReadRecord } from '../transactions/read-record.ts'
import { checkKey, checkText, describe, isStorable } from '../values/text.ts'
import { keyHash } from './key-hash.ts'
import { KeyValueEntry } from './own-entities.ts'
import { ownSelect, readOwnRow, unexpectedOutcome } from './own-rows.ts'
import { checkPeriod } from './periods.ts'

const name = KeyValueEntry.name
const pageSize = 500
const alive: Predicate = any(
  { op: 'isNull', field: 'expiresAt' },
  { op: 'gt', field: 'expiresAt', value: { clock: 0 } },
)
const expired: Predicate = { op: 'lte', field: 'expiresAt', value: { clock: 0 } }

/**
 * The key-value port over entries that are found by the hash of namespace and key, so that both may be any text. Each call is
 * one operation of the driver, `keys` one for each 500 keys. An expired entry counts as absent everywhere and stays until it
 * is overwritten, cleared or swept. In a transaction get, getEntry and getMany remember what they return (T3); `keys` does not,
 * since it tells no values.
 */
export function keyValueStore({
  operations,
  namespace: given,
  record,
  capabilities,
}: {
  readonly operations: Operations
  readonly namespace: string
  readonly record: ReadRecord
  readonly capabilities: Capabilities
}): KeyValueStore {
  const namespace = checkKey(name, 'namespace', given)
  const entity = modelOf(KeyValueEntry).stored
  const inNamespace: Predicate = { op: 'eq', field: 'namespace', value: namespace }
  const idOf = (key: string): string => keyHash(namespace, key)

  /** The entry of this very key: ids are hashes, so the key is compared as well. */
  const readEntry = (row: StoredRow, key: string): KeyValueEntry => {
    const entry = readOwnRow(KeyValueEntry, row)
    if (entry.namespace === namespace && entry.key === key) return entry
    return refuse(
      'invalid-stored-value',
      `${name} ${entry.id}: the stored namespace and key are not those that its id stands for; something else wrote it`,
      { entity: name, id: entry.id, field: entry.namespace === namespace ? 'key' : 'namespace' },
    )
  }

  const find = async (keys: readonly string[]): Promise<(KeyValueEntry | null)[]> => {
    const ids = keys.map(idOf)
    const distinct = [...new Set(ids)]
    if (distinct.length === 0) return []
    const [only] = distinct
    const chosen: Predicate =
      distinct.length === 1 && only !== undefined ? same('id', only) : { op: 'in', field: 'id', values: distinct }
    const rows = await operations.select(ownSelect(KeyValueEntry, all(chosen, alive)))
    const found = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id, index) => {
      const row = found.get(id)
      if (row === undefined) return null
      const entry = readEntry(row, keys[index] ?? '')
      record.remember(entity, null, row)
      return entry
    })
  }

  const findOne = async (key: string): Promise<KeyValueEntry | null> => (await find([checkEntryKey(key)]))[0] ?? null

  /** One statement for the entry in the way: only where `where` holds, if it was read in this transaction as it was read. */
  const overwrite = async (id: string, key: string, set: Changes, where: Predicate | null): Promise<boolean> => {
    const expect = record.expectation(entity, null, id)
    const more = { require: null, version: null, expect, unless: null, guards: [] }
    const outcome = await operations.update({ entity, scope: null, id, set, where, ...more })
    if (outcome.kind === 'missing' || outcome.kind === 'condition') return false
    if (outcome.kind !== 'updated') return unexpectedOutcome(name, 'set', outcome)
    readEntry(outcome.row, key)
    record.forget(entity, null, id)
    return true
  }

  const insertOrOverwrite = async (
    id: string,
    key: string,
    set: Changes,
    where: Predicate | null,
  ): Promise<boolean> => {
    const outcome = await operations.insert({
      entity,
      scope: null,
      rows: [{ id, namespace, key, ...(set as { readonly [field: string]: string }) }],
      onDuplicate: { kind: 'update', unique: 'id', set, require: null, version: null, where },
      unless: null,
      guards: [],
    })
    if (outcome.kind === 'inserted') return true
    if (outcome.kind === 'condition') return false
    if (outcome.kind !== 'updated') return unexpectedOutcome(name, 'set', outcome)
    readEntry(outcome.row, key)
    return true
  }

  return {
    async get(key) {
      return (await findOne(key))?.value ?? null
    },

    async getMany(keys) {
      const entries = await find(checkKeys(keys))
      return entries.map((entry) => entry?.value ?? null)
    },

    async getEntry(key): Promise<KeyValueItem | null> {
      const entry = await findOne(key)
      return entry && { value: entry.value, revision: entry.revision, expiresAt: entry.expiresAt }
    },

    async set(givenKey, givenValue, options) {
      const key = checkEntryKey(givenKey)
      const value = checkText(name, 'value', givenValue)
      const { ttlMs, condition } = checkSetOptions(options)
      const revision = crypto.randomUUID()
      const set: Changes = { value, revision, expiresAt: ttlMs === null ? null : { clock: ttlMs } }
      const id = idOf(key)
      checkRowSize({ model: modelOf(KeyValueEntry), capabilities }, { id, namespace, key, ...set })
      let written: boolean
      if (condition !== null && condition !== 'absent') {
        if (!isStorable(condition.revision)) return null
        const current: Predicate = { op: 'eq', field: 'revision', value: condition.revision }
        written = await overwrite(id, key, set, all(current, alive))
      } else {
        // What this transaction has read must still be there: an insert would bring a removed entry back unnoticed.
        const write = record.expectation(entity, null, id) === null ? insertOrOverwrite : overwrite
        written = await write(id, key, set, condition === 'absent' ? expired : null)
      }
      return written ? revision : null
    },

    async delete(givenKey, options) {
      const key = checkEntryKey(givenKey)
      checkOptions(name, 'delete', options, ['revision'])
      const revision = options?.revision === undefined ? null : checkRevision(options.revision)
      if (revision !== null && !isStorable(revision)) return false
      const id = idOf(key)
      const outcome = await operations.delete({
        entity,
        scope: null,
        id,
        where: revision === null ? alive : all({ op: 'eq', field: 'revision', value: revision }, alive),
        expect: record.expectation(entity, null, id),
        version: null,
        unless: null,
        guards: [],
      })
      if (outcome.kind === 'missing' || outcome.kind === 'condition') return false
      if (outcome.kind !== 'deleted') return unexpectedOutcome(name, 'delete', outcome)
      readEntry(outcome.row, key)
      record.forget(entity, null, id)
      return true
    },

    async deleteMany(keys) {
      const ids = checkKeys(keys).map(idOf)
      if (ids.length === 0) return 0
      const where = all({ op: 'in', field: 'id', values: [...new Set(ids)] }, alive)
      await record.verify(entity, null, where)
      return operations.deleteMany({ entity, scope: null, where, limit: null })
    },

    async clear() {
      await record.verify(entity, null, inNamespace)
      await operations.deleteMany({ entity, scope: null, where: inNamespace, limit: null })
    },

    async *keys(options) {
      checkOptions(name, 'keys', options, ['prefix'])
      const prefix = options?.prefix === undefined ? '' : checkText(name, 'prefix', options.prefix)
      const parts: Predicate[] = [inNamespace, alive]
      if (prefix !== '') parts.push({ op: 'startsWith', field: 'key', value: prefix, negated: false })
      let after: string[] | null = null
      for (;;) {
        const rows: StoredRow[] = await operations.select(
          ownSelect(KeyValueEntry, all(...parts), { after, limit: pageSize, fields: ['id', 'key'] }),
        )
        for (const row of rows) yield readOwnRow(KeyValueEntry, row).key
        const last = rows.at(-1)
        if (last === undefined || rows.length < pageSize) return
        after = [String(last.id)]
      }
    },
  }
}

/** Any text but the empty one, of any length: an empty key is mostly a variable that was forgotten. */
function checkEntryKey(value: unknown): string {
  const key = checkText(name, 'key', value)
  if (key === '')
    refuse('invalid-value', `${name}.key is empty: a key must have at least one character`, {
      entity: name,
      field: 'key',
    })
  return key
}

function checkKeys(keys: unknown): string[] {
  if (Array.isArray(keys)) return keys.map(checkEntryKey)
  return refuse('invalid-value', `${name}.key: an array of keys was expected, but this is ${describe(keys)}`, {
    entity: name,
    field: 'key',
  })
}

/** A revision that no database could keep is text that was never one: it is simply not the current one. */
function checkRevision(value: unknown): string {
  if (typeof value === 'string') return value
  return refuse(
    'invalid-value',
    `${name}.revision must be text that set or getEntry returned, but is ${describe(value)}`,
    {
      entity: name,
      field: 'revision',
    },
  )
}

function checkSetOptions(options: SetOptions | undefined): {
  ttlMs: number | null
  condition: 'absent' | { revision: string } | null
} {
  checkOptions(name, 'set', options, ['ttlMs', 'revision', 'absent'])
  const { ttlMs, revision, absent } = options ?? {}
  const bad = (field: string, why: string): never =>
    refuse('invalid-value', `${name}.${field} ${why}`, { entity: name, field })
  if (absent !== undefined && typeof absent !== 'boolean')
    bad('absent', `must be true or false, but is ${describe(absent)}`)
  if (revision !== undefined && absent !== undefined)
    bad('absent', 'was given together with revision: an entry has a revision or is absent')
  return {
    ttlMs:
      ttlMs === undefined
        ? null
        : checkPeriod(name, 'ttlMs', ttlMs, { leaveOut: 'to keep the entry until it is deleted' }),
    condition: revision !== undefined ? { revision: checkRevision(revision) } : absent ? 'absent' : null,
  }
}
