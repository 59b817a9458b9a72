import type { NativeKeyValue, Predicate } from '@portolan/adapter-kit'
import type { KeyValueStore, SetOptions } from '@portolan/ports'
import { type AnyDriver, type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { driverWith, nativeWith } from '../driver-with.ts'
import { portsWith } from '../storage-with.ts'

const setsMeet = readBarrier()
const deletesMeet = readBarrier()
const entries = 'portolan_key_value_entry'
const namespaces = new Set<string>()

/** The predicate with some parts of it replaced, wherever they stand; null removes a part. */
export function rewritten(predicate: Predicate, change: (part: Predicate) => Predicate | null): Predicate {
  const here = change(predicate)
  if (here === null) return { op: 'all', parts: [] }
  if (here.op !== 'all' && here.op !== 'any') return here
  return { ...here, parts: here.parts.map((part) => rewritten(part, change)) }
}

/** The driver whose conditions on one entity are others than the kit meant, and whose own key-value is changed by `natively`. */
export function conditionsWith(
  driver: AnyDriver,
  entity: string,
  change: (part: Predicate) => Predicate | null,
  calls: readonly ('select' | 'insert' | 'update' | 'updateMany' | 'delete' | 'deleteMany' | 'claim')[],
  natively: (native: NativeKeyValue) => Partial<NativeKeyValue> = () => ({}),
): AnyDriver {
  const where = <P extends { readonly entity: { readonly name: string }; readonly where: Predicate | null }>(
    call: (typeof calls)[number],
    plan: P,
  ): P =>
    plan.entity.name !== entity || plan.where === null || !calls.includes(call)
      ? plan
      : { ...plan, where: rewritten(plan.where, change) }
  return driverWith(driver, {
    select: (plan, context) => driver.select(where('select', plan), context),
    update: (plan, context) => driver.update(where('update', plan), context),
    updateMany: (plan, context) => driver.updateMany(where('updateMany', plan), context),
    delete: (plan, context) => driver.delete(where('delete', plan), context),
    deleteMany: (plan, context) => driver.deleteMany(where('deleteMany', plan), context),
    claim: (plan, context) => driver.claim(where('claim', plan), context),
    insert(plan, context) {
      const { entity: of, onDuplicate } = plan
      if (of.name !== entity || onDuplicate.kind !== 'update' || !calls.includes('insert'))
        return driver.insert(plan, context)
      return driver.insert({ ...plan, onDuplicate: where('insert', { ...onDuplicate, entity: of }) }, context)
    },
    ...nativeWith(driver, natively),
  })
}

/** Natively: ends are told as they should be and come so many milliseconds later. */
function endingLater(native: NativeKeyValue, milliseconds: number): Partial<NativeKeyValue> {
  return {
    set: ({ ttlMs, ...plan }, context) =>
      native.set({ ...plan, ttlMs: ttlMs === null ? null : ttlMs + milliseconds }, context),
    async getMany(namespace, keys, context) {
      const found = await native.getMany(namespace, keys, context)
      return found.map((item) => {
        if (!item?.expiresAt) return item
        return { ...item, expiresAt: new Date(Date.parse(item.expiresAt) - milliseconds).toISOString() }
      })
    },
  }
}

async function matching(store: KeyValueStore, key: string, options: SetOptions | undefined): Promise<boolean> {
  const entry = await store.getEntry(key)
  if (options?.absent) return entry === null
  return options?.revision === undefined || entry?.revision === options.revision
}

export const brokenKeyValue: readonly BrokenDriver[] = [
  {
    name: 'values-trimmed',
    wrong: 'loses the spaces at the end of a value, as a CHAR column does',
    breaks: 'K1',
    cases: ['K1.values-come-back', 'K1.overwritten'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        keyValue: (store) => ({
          set: (key, value, options) => store.set(key, typeof value === 'string' ? value.trimEnd() : value, options),
        }),
      }),
  },
  {
    name: 'missing-keys-left-out',
    wrong: 'answers getMany with what it found, in the order in which it found it',
    breaks: 'K1',
    cases: ['K1.missing-is-null', 'K1.many-keys'],
    alsoBreaks: ['I1', 'T1', 'T2', 'T3', 'K2', 'K3', 'K5'],
    storage: (storage) =>
      portsWith(storage, {
        keyValue: (store) => ({
          getMany: async (keys) => (await store.getMany(keys)).filter((value) => value !== null),
        }),
      }),
  },
  {
    name: 'expired-a-moment-late',
    wrong: 'still shows an entry at the moment of its end',
    breaks: 'K2',
    cases: ['K2.gone-at-the-moment'],
    alsoBreaks: ['C1'],
    driver: (driver) =>
      conditionsWith(
        driver,
        entries,
        (part) => (part.op === 'gt' && part.field === 'expiresAt' ? { ...part, op: 'gte' } : part),
        ['select', 'update', 'delete', 'deleteMany'],
        (native) => endingLater(native, 1),
      ),
  },
  {
    name: 'expiry-by-the-sweeper',
    wrong: 'shows what has expired until it is swept',
    breaks: 'K2',
    cases: ['K2.gone-at-the-moment', 'K2.set-decides-the-ttl', 'K2.whatever-the-sweeper-does'],
    alsoBreaks: ['C1'],
    driver: (driver) =>
      conditionsWith(
        driver,
        entries,
        (part) => (part.op === 'gt' && part.field === 'expiresAt' ? null : part),
        ['select', 'update', 'delete'],
        (native) => endingLater(native, 86_400_000),
      ),
  },
  {
    name: 'ttl-stays',
    wrong: 'keeps the end of an entry when it is set without one',
    breaks: 'K2',
    cases: ['K2.set-decides-the-ttl'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        insert(plan, context) {
          const { entity, onDuplicate } = plan
          if (entity.name !== entries || onDuplicate.kind !== 'update') return driver.insert(plan, context)
          const { expiresAt, ...rest } = onDuplicate.set
          const set = expiresAt === null ? rest : onDuplicate.set
          return driver.insert({ ...plan, onDuplicate: { ...onDuplicate, set } }, context)
        },
        ...nativeWith(driver, (native) => ({
          async set(plan, context) {
            const [earlier] = await native.getMany(plan.namespace, [plan.key], context)
            if (plan.ttlMs !== null || !earlier?.expiresAt) return native.set(plan, context)
            const left = Date.parse(earlier.expiresAt) - Date.parse(await driver.now(context))
            return native.set({ ...plan, ttlMs: Math.max(1, left) }, context)
          },
        })),
      }),
  },
  {
    name: 'absent-by-a-read',
    wrong: 'looks whether a key is absent, or has the revision, and then sets it',
    breaks: 'K3',
    cases: ['K3.absent-has-one-winner', 'K3.no-lost-update'],
    alsoBreaks: ['K2.expired-key-has-one-heir', 'C1.racing-reservers'],
    storage: (storage) =>
      portsWith(
        storage,
        {
          keyValue: (store) => ({
            set(key, value, options) {
              const { ttlMs, revision, absent } = options ?? {}
              const whole =
                typeof key === 'string' &&
                !/\0/.test(`${key}${value}${revision}`) &&
                (revision === undefined) !== (absent === undefined)
              if (!whole) return store.set(key, value, options)
              return setsMeet.run(
                () => matching(store, key, options),
                async (matches) => (matches ? store.set(key, value, { ttlMs }) : null),
              )
            },
          }),
        },
        false,
      ),
  },
  {
    name: 'deletes-told-by-a-read',
    wrong: 'looks whether an entry is there, removes it and says so, though others have done the same',
    breaks: 'K3',
    cases: ['K3.delete-has-one-winner'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(
        storage,
        {
          keyValue: (store) => ({
            delete: (key, options) =>
              options !== undefined || typeof key !== 'string' || key === ''
                ? store.delete(key, options)
                : deletesMeet.run(
                    () => store.getEntry(key),
                    async (entry) => {
                      await store.delete(key)
                      return entry !== null
                    },
                  ),
          }),
        },
        false,
      ),
  },
  {
    name: 'revision-of-the-value',
    wrong: 'makes the revision of the value, so that the same value has the same revision again',
    breaks: 'K3',
    cases: ['K3.revisions-never-come-again', 'K3.racing-sets-have-fresh-revisions'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        keyValue: (store) => {
          const current = async (key: string, revision: string): Promise<string | undefined> => {
            const entry = await store.getEntry(key)
            return entry && `of ${entry.value}` === revision ? entry.revision : '-'
          }
          return {
            async getEntry(key) {
              const entry = await store.getEntry(key)
              return entry && { ...entry, revision: `of ${entry.value}` }
            },
            async set(key, value, options) {
              const { revision } = options ?? {}
              const real = typeof revision === 'string' ? await current(key, revision) : revision
              const made = await store.set(key, value, { ...options, revision: real } as SetOptions)
              return made === null ? null : `of ${value}`
            },
            async delete(key, options) {
              const { revision } = options ?? {}
              return store.delete(
                key,
                typeof revision === 'string' ? { revision: await current(key, revision) } : options,
              )
            },
          }
        },
      }),
  },
  {
    name: 'entries-joined-by-a-colon',
    wrong: 'finds an entry by namespace and key joined with a colon',
    breaks: 'K4',
    cases: ['K4.names-never-collide'],
    alsoBreaks: ['I1', 'T1', 'T2', 'T3', 'T4', 'K1', 'K2', 'K3', 'K5', 'O3', 'O6', 'D6', 'C1'],
    storage: (storage) =>
      portsWith(
        storage,
        {
          keyValue(_, namespace) {
            const all = storage.keyValue('all')
            const name = (key: string): string => (typeof key === 'string' && key !== '' ? `${namespace}:${key}` : key)
            return {
              get: (key) => all.get(name(key)),
              getEntry: (key) => all.getEntry(name(key)),
              getMany: (keys) => all.getMany(keys.map(name)),
              set: (key, value, options) => all.set(name(key), value, options),
              delete: (key, options) => all.delete(name(key), options),
              deleteMany: (keys) => all.deleteMany(keys.map(name)),
            }
          },
        },
        false,
      ),
  },
  {
    name: 'clear-by-prefix',
    wrong: 'clears every namespace that begins like the one given',
    breaks: 'K4',
    cases: ['K4.clear-and-keys-stay-inside'],
    alsoBreaks: [],
    driver: (driver) =>
      conditionsWith(
        driver,
        entries,
        (part) =>
          part.op === 'eq' && part.field === 'namespace'
            ? { op: 'startsWith', field: 'namespace', value: String(part.value), negated: false }
            : part,
        ['deleteMany'],
        (native) => ({
          set(plan, context) {
            namespaces.add(plan.namespace)
            return native.set(plan, context)
          },
          async clear(namespace, context) {
            const alike = [...namespaces].filter((each) => each.startsWith(namespace))
            for (const each of [...alike, namespace]) await native.clear(each, context)
          },
        }),
      ),
  },
  {
    name: 'prefix-folded',
    wrong: 'takes capitals in a prefix for small letters, as LIKE does on some databases',
    breaks: 'K4',
    cases: ['K4.prefixes-are-plain-text'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        keyValue: (store) => ({
          async *keys(options) {
            const { prefix } = options ?? {}
            if (typeof prefix !== 'string' || prefix.includes('\0') || !prefix.isWellFormed())
              yield* store.keys(options)
            else for await (const key of store.keys()) if (key.toLowerCase().startsWith(prefix.toLowerCase())) yield key
          },
        }),
      }),
  },
  {
    name: 'clear-key-by-key',
    wrong: 'clears one key after another, so that readers find half of them',
    breaks: 'K5',
    cases: ['K5.clear-is-one-moment', 'K5.clear-is-one-operation'],
    alsoBreaks: [],
    storage: (storage) =>
      portsWith(storage, {
        keyValue: (store) => ({
          async clear() {
            for await (const key of store.keys()) await store.delete(key)
          },
        }),
      }),
  },
]
