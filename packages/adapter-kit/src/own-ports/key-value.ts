import type { Capabilities, KeyValueItem, KeyValueStore, SetOptions } from '@portolan/ports'
import { refuse } from '../errors.ts'
import type { Operations } from '../operations.ts'
import { checkOptions } from '../queries/limits.ts'
import type { EntryCondition } from '../spi/index.ts'
import type { ReadRecord } from '../transactions/read-record.ts'
import { checkKey, checkText, describe, isStorable } from '../values/text.ts'
import { entriesInRows } from './entries-in-rows.ts'
import { nativeEntries } from './entries-native.ts'
import { KeyValueEntry } from './own-entities.ts'
import { checkPeriod } from './periods.ts'

const name = KeyValueEntry.name

/**
 * The key-value port: what is given is checked here, on either way of keeping entries. Each call is one operation of the driver,
 * `keys` one for each page.
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
  const entries = operations.keyValue
    ? nativeEntries(operations.keyValue, namespace, capabilities)
    : entriesInRows({ operations, namespace, record, capabilities })

  return {
    async get(key) {
      const [entry] = await entries.getMany([checkEntryKey(key)])
      return entry?.value ?? null
    },

    async getMany(given) {
      const keys = checkKeys(given)
      if (keys.length === 0) return []
      return (await entries.getMany(keys)).map((entry) => entry?.value ?? null)
    },

    async getEntry(key): Promise<KeyValueItem | null> {
      const [entry] = await entries.getMany([checkEntryKey(key)])
      return entry ? { value: entry.value, revision: entry.revision, expiresAt: entry.expiresAt } : null
    },

    async set(givenKey, givenValue, options) {
      const key = checkEntryKey(givenKey)
      const value = checkText(name, 'value', givenValue)
      const { ttlMs, condition } = checkSetOptions(options)
      // Text that no database could keep was never a revision.
      if (condition !== null && condition !== 'absent' && !isStorable(condition.revision)) return null
      return await entries.set(key, value, ttlMs, condition)
    },

    async delete(givenKey, options) {
      const key = checkEntryKey(givenKey)
      checkOptions(name, 'delete', options, ['revision'])
      const revision = options?.revision === undefined ? null : checkRevision(options.revision)
      if (revision !== null && !isStorable(revision)) return false
      return await entries.delete(key, revision)
    },

    async deleteMany(given) {
      const keys = checkKeys(given)
      return keys.length === 0 ? 0 : await entries.deleteMany(keys)
    },

    async clear() {
      await entries.clear()
    },

    async *keys(options) {
      checkOptions(name, 'keys', options, ['prefix'])
      const prefix = options?.prefix === undefined ? '' : checkText(name, 'prefix', options.prefix)
      let after: string | null = null
      do {
        const page = await entries.keys(prefix, after)
        yield* page.keys
        after = page.next
      } while (after !== null)
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
  condition: EntryCondition
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
