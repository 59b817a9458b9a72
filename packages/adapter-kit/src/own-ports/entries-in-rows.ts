import type { Capabilities } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import { refuse } from '../errors.ts'
import type { Operations } from '../operations.ts'
import { checkRowSize } from '../repository/size.ts'
import { all, any, type Changes, type Predicate, type StoredRow, same } from '../spi/index.ts'
import type { ReadRecord } from '../transactions/read-record.ts'
import { type Entries, pageSize } from './entries.ts'
import { keyHash } from './key-hash.ts'
import { KeyValueEntry } from './own-entities.ts'
import { ownSelect, readOwnRow, unexpectedOutcome } from './own-rows.ts'

const name = KeyValueEntry.name
const alive: Predicate = any(
  { op: 'isNull', field: 'expiresAt' },
  { op: 'gt', field: 'expiresAt', value: { clock: 0 } },
)
const expired: Predicate = { op: 'lte', field: 'expiresAt', value: { clock: 0 } }

/**
 * Entries as rows of KeyValueEntry, found by the hash of namespace and key, so that both may be any text. Each call is one
 * operation of the driver. An expired entry counts as absent everywhere and stays until it is overwritten, cleared or swept. In a
 * transaction entries that are returned are remembered (T3); pages of keys are not, since they tell no values.
 */
export function entriesInRows({
  operations,
  namespace,
  record,
  capabilities,
}: {
  readonly operations: Operations
  readonly namespace: string
  readonly record: ReadRecord
  readonly capabilities: Capabilities
}): Entries {
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
    async getMany(keys) {
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
    },

    async set(key, value, ttlMs, condition) {
      const revision = crypto.randomUUID()
      const set: Changes = { value, revision, expiresAt: ttlMs === null ? null : { clock: ttlMs } }
      const id = idOf(key)
      checkRowSize({ model: modelOf(KeyValueEntry), capabilities }, { id, namespace, key, ...set })
      let written: boolean
      if (condition !== null && condition !== 'absent') {
        const current: Predicate = { op: 'eq', field: 'revision', value: condition.revision }
        written = await overwrite(id, key, set, all(current, alive))
      } else {
        // What this transaction has read must still be there: an insert would bring a removed entry back unnoticed.
        const write = record.expectation(entity, null, id) === null ? insertOrOverwrite : overwrite
        written = await write(id, key, set, condition === 'absent' ? expired : null)
      }
      return written ? revision : null
    },

    async delete(key, revision) {
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
      const ids = [...new Set(keys.map(idOf))]
      const where = all({ op: 'in', field: 'id', values: ids }, alive)
      await record.verify(entity, null, where)
      return operations.deleteMany({ entity, scope: null, where, limit: null })
    },

    async clear() {
      await record.verify(entity, null, inNamespace)
      await operations.deleteMany({ entity, scope: null, where: inNamespace, limit: null })
    },

    async keys(prefix, after) {
      const parts: Predicate[] = [inNamespace, alive]
      if (prefix !== '') parts.push({ op: 'startsWith', field: 'key', value: prefix, negated: false })
      const place = { after: after === null ? null : [after], limit: pageSize, fields: ['id', 'key'] }
      const rows = await operations.select(ownSelect(KeyValueEntry, all(...parts), place))
      const last = rows.at(-1)
      return {
        keys: rows.map((row) => readOwnRow(KeyValueEntry, row).key),
        next: last === undefined || rows.length < pageSize ? null : String(last.id),
      }
    },
  }
}
