import type { InsertPlan, Operand, Predicate, StoredEntity, UpdateOutcome, UpdatePlan } from '@portolan/adapter-kit'
import { type AnyDriver, type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { type Context, driverWith, isOwn, repositoriesWith, rowById, rowsWhere } from '../driver-with.ts'

type Row = { readonly [field: string]: unknown }

/** Per natural key none of whose parts is null, the predicate that finds its row. */
function keysOf(entity: StoredEntity, row: Row): [unique: string, where: Predicate][] {
  return Object.entries(entity.unique).flatMap(([unique, parts]) =>
    parts.some((part) => row[part] === null || row[part] === undefined)
      ? []
      : [[unique, { op: 'all', parts: parts.map((field) => ({ op: 'eq', field, value: row[field] as string })) }]],
  )
}

/** The natural keys are unknown to the database: only this reading guards them. */
const unguarded = (entity: StoredEntity): StoredEntity => (isOwn(entity) ? entity : { ...entity, unique: {} })

const insertsMeet = readBarrier()
const insertOrGetsMeet = readBarrier()
const upsertsMeet = readBarrier()

async function holderOf(
  driver: AnyDriver,
  plan: Pick<InsertPlan, 'entity' | 'scope'>,
  row: Row,
  context: Context,
  besides?: string,
) {
  const place = { ...plan, entity: unguarded(plan.entity) }
  for (const [unique, where] of keysOf(plan.entity, row)) {
    const [found] = (await rowsWhere(driver, place, where, context)).filter(({ id }) => id !== besides)
    if (found) return { unique, row: found }
  }
  return null
}

/** In the order of refusals: what the row itself says first, then the key, then the rest. */
async function updateUnguarded(driver: AnyDriver, plan: UpdatePlan, context: Context): Promise<UpdateOutcome> {
  if (isOwn(plan.entity)) return driver.update(plan, context)
  const bare = { ...plan, entity: unguarded(plan.entity) }
  const sound: Predicate = {
    op: 'all',
    parts: [{ op: 'eq', field: 'id', value: plan.id }, ...(plan.where ? [plan.where] : [])],
  }
  const [row] = await rowsWhere(driver, bare, sound, context)
  const holder =
    row && (plan.version === null || row.version === plan.version)
      ? await holderOf(driver, plan, { ...row, ...plan.set }, context, plan.id)
      : null
  if (holder) return { kind: 'duplicate', unique: holder.unique, id: String(holder.row.id) }
  return driver.update(bare, context)
}

/** The row in the way of a plan by the key that it names. */
async function inTheWay(driver: AnyDriver, plan: InsertPlan, context: Context) {
  const { entity, rows, onDuplicate } = plan
  const row = rows[0] ?? {}
  const unique = onDuplicate.kind === 'report' ? null : onDuplicate.unique
  if (unique === 'id') return rowById(driver, plan, String(row.id), context)
  const where = keysOf(entity, row).find(([name]) => name === unique)?.[1]
  return where ? ((await rowsWhere(driver, plan, where, context))[0] ?? null) : null
}

export const brokenIdentity: readonly BrokenDriver[] = [
  {
    name: 'ids-cut-at-255',
    wrong: 'stores the first 255 characters of an id, as an old VARCHAR(255) does in silence',
    breaks: 'I1',
    cases: ['I1.given'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        insert(plan, context) {
          const cut = (row: { readonly [field: string]: Operand }) => ({ ...row, id: String(row.id).slice(0, 255) })
          return driver.insert(isOwn(plan.entity) ? plan : { ...plan, rows: plan.rows.map(cut) }, context)
        },
      }),
  },
  {
    name: 'keys-checked-by-a-read',
    wrong: 'looks whether a natural key is taken and then inserts, with no unique index behind it',
    breaks: 'I2',
    cases: ['I2.racing-inserts', 'I2.racing-batches'],
    alsoBreaks: ['I3', 'I4', 'S1.racing-scopes', 'T4.racing-inserts-go-on', 'M1', 'X1'],
    driver: (driver) =>
      driverWith(driver, {
        prepare: (entities) => driver.prepare(entities.map(unguarded)),
        schema: {
          statements: (entities) => driver.schema.statements(entities.map(unguarded)),
          apply: (entities, context) => driver.schema.apply(entities.map(unguarded), context),
          verify: (entities, context) => driver.schema.verify(entities.map(unguarded), context),
        },
        async insert(plan, context) {
          if (isOwn(plan.entity)) return driver.insert(plan, context)
          const bare = { ...plan, entity: unguarded(plan.entity), onDuplicate: { kind: 'report' } } as const
          const named = plan.onDuplicate.kind === 'report' ? null : plan.onDuplicate
          const read = async () => {
            for (const row of plan.rows) {
              const holder = await holderOf(driver, plan, row, context)
              if (holder) return holder
            }
            return null
          }
          const write = async (holder: Awaited<ReturnType<typeof read>>) => {
            if (!holder) return driver.insert(bare, context)
            if (named?.unique !== holder.unique)
              return { kind: 'duplicate', unique: holder.unique, id: String(holder.row.id) } as const
            if (named.kind === 'return') return { kind: 'existing', row: holder.row } as const
            const { set, require, version, where } = named
            const { scope, unless, guards } = plan
            const id = String(holder.row.id)
            const update = {
              entity: plan.entity,
              scope,
              id,
              set,
              require,
              version,
              where,
              unless,
              guards,
              expect: null,
            }
            const outcome = await updateUnguarded(driver, update, context)
            return outcome.kind === 'missing' ? ({ kind: 'changed' } as const) : outcome
          }
          return context.session === null ? insertsMeet.run(read, write) : write(await read())
        },
        update: (plan, context) => updateUnguarded(driver, plan, context),
      }),
  },
  {
    name: 'insert-or-get-in-two-steps',
    wrong: 'gets the row and, where there is none, inserts it: the losers of a race get a duplicate',
    breaks: 'I3',
    cases: ['I3.racers-agree'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        async insert(plan, context) {
          if (plan.onDuplicate.kind !== 'return' || isOwn(plan.entity) || context.session !== null)
            return driver.insert(plan, context)
          return insertOrGetsMeet.run(
            () => inTheWay(driver, plan, context),
            async (row) =>
              row ? { kind: 'existing', row } : driver.insert({ ...plan, onDuplicate: { kind: 'report' } }, context),
          )
        },
      }),
  },
  {
    name: 'upsert-in-two-steps',
    wrong: 'gets the row and then inserts or updates: the losers of a race get a duplicate',
    breaks: 'I4',
    cases: ['I4.racers-count', 'I4.racing-unversioned'],
    alsoBreaks: ['G1.racing-upserts-one-writes'],
    driver: (driver) =>
      driverWith(driver, {
        async insert(plan, context) {
          const { onDuplicate, entity, scope, unless, guards } = plan
          if (onDuplicate.kind !== 'update' || isOwn(entity) || context.session !== null)
            return driver.insert(plan, context)
          const { set, require, version, where } = onDuplicate
          return upsertsMeet.run(
            () => inTheWay(driver, plan, context),
            async (row) => {
              if (!row) return driver.insert({ ...plan, onDuplicate: { kind: 'report' } }, context)
              const id = String(row.id)
              const outcome = await driver.update(
                { entity, scope, id, set, require, version, where, unless, guards, expect: null },
                context,
              )
              return outcome.kind === 'missing' ? { kind: 'changed' } : outcome
            },
          )
        },
      }),
  },
  {
    name: 'system-fields-ignored-in-patches',
    wrong: 'leaves id, scope and version out of a patch in silence',
    breaks: 'I5',
    cases: ['I5.kept'],
    alsoBreaks: [],
    storage: (storage) =>
      repositoriesWith(storage, (repository, { scope }) => {
        const hidden = ['id', 'version', 'createdAt', ...Object.keys((scope as object | undefined) ?? {})]
        const cut = (patch: object | undefined) =>
          (patch && Object.fromEntries(Object.entries(patch).filter(([name]) => !hidden.includes(name)))) as never
        return {
          update: (id: never, patch: object, ...more: never[]) => repository.update?.(id, cut(patch), ...more),
          updateMany: (change: { readonly patch: object }) =>
            repository.updateMany?.({ ...change, patch: cut(change.patch) } as never),
        }
      }),
  },
]
