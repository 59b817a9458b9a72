import type { Changes, Operand, StoredEntity, StoredField, StoredRow } from '@portolan/adapter-kit'
import type { AnyDriver, BrokenDriver } from '../broken-driver.ts'
import { driverWith, isOwn, repositoriesWith } from '../driver-with.ts'

type Change = (value: Operand, field: StoredField) => Operand

const system = ['id', 'version', 'createdAt', 'updatedAt']

/** Fields whose value nothing else hangs on: no key, no scope, no end of an interval. */
function isPlain(entity: StoredEntity, name: string): boolean {
  const bound = [
    ...Object.values(entity.unique).flat(),
    ...entity.rules.flatMap(({ within, from, until }) => [...within, from, until]),
  ]
  return !system.includes(name) && name !== entity.scope && !bound.includes(name)
}

/** Changes every value on its way into the store. */
function storing(change: Change): (driver: AnyDriver) => AnyDriver {
  const all = <V extends Changes>(entity: StoredEntity, values: V): V => {
    if (isOwn(entity)) return values
    const changed = Object.entries(values).map(([name, value]) => {
      const field = entity.fields[name]
      const given = typeof value !== 'object' || value === null || 'clock' in value ? value : undefined
      return [name, field && given !== undefined && isPlain(entity, name) ? change(given, field) : value]
    })
    return Object.fromEntries(changed) as V
  }
  return (driver) =>
    driverWith(driver, {
      insert(plan, context) {
        const { onDuplicate } = plan
        const rows = plan.rows.map((row) => all(plan.entity, row) as typeof row)
        return driver.insert(
          {
            ...plan,
            rows,
            onDuplicate:
              onDuplicate.kind === 'update' ? { ...onDuplicate, set: all(plan.entity, onDuplicate.set) } : onDuplicate,
          },
          context,
        )
      },
      update: (plan, context) => driver.update({ ...plan, set: all(plan.entity, plan.set) }, context),
      updateMany: (plan, context) => driver.updateMany({ ...plan, set: all(plan.entity, plan.set) }, context),
    })
}

/** Makes something fit of every value on its way out. */
function reading(
  change: (value: StoredRow[string], field: StoredField) => StoredRow[string],
): (driver: AnyDriver) => AnyDriver {
  return (driver) =>
    driverWith(driver, {
      async select(plan, context) {
        const rows = await driver.select(plan, context)
        if (isOwn(plan.entity)) return rows
        return rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => {
              const field = plan.entity.fields[name]
              return [name, field ? change(value, field) : value]
            }),
          ),
        )
      },
    })
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (part === null ? [] : [[name, withoutNulls(part)]])),
  )
}

const dropUndefined = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((part) => part !== undefined).map(dropUndefined)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (part === undefined ? [] : [[name, dropUndefined(part)]])),
  )
}

export const brokenValues: readonly BrokenDriver[] = [
  {
    name: 'trailing-spaces-dropped',
    wrong: 'stores text without its trailing spaces, as a padded column type does',
    breaks: 'V1',
    cases: ['V1.round-trip'],
    alsoBreaks: ['Q1.code-points', 'Q1.any-order', 'Q5.values-are-values', 'S1.exact'],
    driver: storing((value, { kind }) => (kind === 'text' && typeof value === 'string' ? value.trimEnd() : value)),
  },
  {
    name: 'single-precision-floats',
    wrong: 'keeps floats in 32 bits',
    breaks: 'V2',
    cases: ['V2.floats'],
    alsoBreaks: ['N3.range', 'Q1.any-order'],
    driver: storing((value, { kind }) => (kind === 'float' && typeof value === 'number' ? Math.fround(value) : value)),
  },
  {
    name: 'instants-to-the-second',
    wrong: 'cuts the milliseconds off an instant',
    breaks: 'V3',
    cases: ['V3.one-millisecond', 'V3.round-trip'],
    alsoBreaks: [],
    driver: storing((value, { kind }) =>
      kind === 'instant' && typeof value === 'string' ? value.replace(/\.\d{3}Z$/, '.000Z') : value,
    ),
  },
  {
    name: 'nulls-dropped-from-json',
    wrong: 'leaves properties that are null out of json',
    breaks: 'V4',
    cases: ['V4.null-in-json', 'V4.round-trip'],
    alsoBreaks: [],
    driver: storing((value, { kind }) =>
      kind === 'json' && typeof value === 'string' ? JSON.stringify(withoutNulls(JSON.parse(value))) : value,
    ),
  },
  {
    name: 'undefined-conditions-ignored',
    wrong: 'leaves undefined parts of a where away, so that a delete gets wider',
    breaks: 'V5',
    cases: ['V5.undefined-in-where'],
    alsoBreaks: [],
    storage: (storage) =>
      repositoriesWith(storage, (repository) => {
        const call =
          (name: string) =>
          (query: object | undefined, ...more: never[]) =>
            repository[name]?.(
              (query && 'where' in query ? { ...query, where: dropUndefined(query.where) } : query) as never,
              ...more,
            )
        return { find: call('find'), page: call('page'), count: call('count'), deleteMany: call('deleteMany') }
      }),
  },
  {
    name: 'rows-from-a-cache',
    wrong: 'hands out the object that it handed out before, where the row is still the same',
    breaks: 'V6',
    cases: ['V6.own-objects'],
    alsoBreaks: [],
    storage(storage) {
      return repositoriesWith(storage, (repository) => ({
        async get(id: never) {
          const row = (await repository.get?.(id)) as object | null
          if (row === null) return null
          const text = JSON.stringify(row)
          const earlier = handedOut.get(text)
          if (earlier && JSON.stringify(earlier) === text) return earlier
          handedOut.set(text, row)
          return row
        },
      }))
    },
  },
  {
    name: 'unfit-values-cast',
    wrong: 'makes a fit value of a stored one that is not',
    breaks: 'V7',
    cases: ['V7.foreign-values'],
    alsoBreaks: ['E5.unfit-stored-values'],
    driver: reading((value, { kind, nullable, values }) => {
      if (value === null && nullable) return null
      if (kind === 'integer') return Math.trunc(Number(value) || 0) % 2 ** 53
      if (kind === 'float') return Number(value) || 0
      if (kind === 'boolean') return Boolean(value)
      if (kind === 'one-of') return values?.includes(String(value)) ? value : (values?.[0] ?? null)
      if (kind === 'text') return String(value ?? '')
      return value
    }),
  },
]

const handedOut = new Map<string, object>()
