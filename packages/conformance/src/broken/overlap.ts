import type { OverlapRule, Predicate, Scalar, StoredEntity, StoredRow } from '@portolan/adapter-kit'
import { type AnyDriver, type BrokenDriver, readBarrier } from '../broken-driver.ts'
import { type Context, driverWith, isOwn, rowById, rowsWhere } from '../driver-with.ts'
import { predicateHolds } from '../predicate-holds.ts'

const insertsMeet = readBarrier()
const updatesMeet = readBarrier()

/** Rules are unknown to the database: only this reading guards them. */
const unruled = (entity: StoredEntity): StoredEntity => ({ ...entity, rules: [] })

/** Every part of the driver, with entities that have no rules. */
function withoutRules(driver: AnyDriver, changes: (bare: AnyDriver) => Partial<AnyDriver>): AnyDriver {
  const strip = <P extends { readonly entity: StoredEntity }>(plan: P): P => ({ ...plan, entity: unruled(plan.entity) })
  const bare = driverWith(driver, {
    prepare: (entities) => driver.prepare(entities.map(unruled)),
    select: (plan, context) => driver.select(strip(plan), context),
    count: (plan, context) => driver.count(strip(plan), context),
    insert: (plan, context) => driver.insert(strip(plan), context),
    update: (plan, context) => driver.update(strip(plan), context),
    updateMany: (plan, context) => driver.updateMany(strip(plan), context),
    delete: (plan, context) => driver.delete(strip(plan), context),
    deleteMany: (plan, context) => driver.deleteMany(strip(plan), context),
    claim: (plan, context) => driver.claim(strip(plan), context),
    schema: {
      statements: (entities) => driver.schema.statements(entities.map(unruled)),
      apply: (entities, context) => driver.schema.apply(entities.map(unruled), context),
      verify: (entities, context) => driver.schema.verify(entities.map(unruled), context),
    },
  })
  return driverWith(bare, changes(bare))
}

interface Place {
  readonly entity: StoredEntity
  readonly scope: string | null
}

interface InTheWay {
  readonly kind: 'overlap'
  readonly rule: string
  readonly id: string
}

function intersecting(rule: OverlapRule, row: StoredRow, closed: boolean): Predicate {
  const value = (field: string): Exclude<Scalar, null> => row[field] ?? ''
  return {
    op: 'all',
    parts: [
      ...rule.within.map((field) => ({ op: 'eq', field, value: value(field) }) as const),
      { op: closed ? 'lte' : 'lt', field: rule.from, value: value(rule.until) },
      { op: closed ? 'gte' : 'gt', field: rule.until, value: value(rule.from) },
      rule.where,
    ],
  }
}

/** A row in the way of this one as far as a reading shows. */
async function inTheWay(
  driver: AnyDriver,
  place: Place,
  row: StoredRow,
  context: Context,
  closed = false,
): Promise<InTheWay | null> {
  for (const rule of place.entity.rules) {
    if (!predicateHolds(rule.where, row)) continue
    const found = await rowsWhere(driver, place, intersecting(rule, row, closed), context)
    const other = found.find(({ id }) => id !== row.id)
    if (other) return { kind: 'overlap', rule: rule.name, id: String(other.id) }
  }
  return null
}

const plain = (set: object): StoredRow =>
  Object.fromEntries(Object.entries(set).filter(([, value]) => typeof value !== 'object' || value === null))

/** The checks that a reading can make, in front of a database that knows no rules. */
function checkedByReads(driver: AnyDriver): AnyDriver {
  return withoutRules(driver, (bare) => ({
    async insert(plan, context) {
      const { entity, rows, onDuplicate } = plan
      if (entity.rules.length === 0 || isOwn(entity)) return bare.insert(plan, context)
      const read = async () => {
        for (const row of rows) {
          const there = await existing(bare, plan, row as StoredRow, context)
          if (there && onDuplicate.kind !== 'update') continue
          const wanted = there
            ? { ...there, ...plain((onDuplicate as { set?: object }).set ?? {}) }
            : (row as StoredRow)
          const other = await inTheWay(bare, plan, wanted, context)
          if (other) return other
        }
        return null
      }
      const write = async (other: InTheWay | null) => other ?? bare.insert(plan, context)
      return context.session === null ? insertsMeet.run(read, write) : write(await read())
    },
    async update(plan, context) {
      if (plan.entity.rules.length === 0) return bare.update(plan, context)
      const read = async () => {
        const row = await rowById(bare, plan, plan.id, context)
        return row && inTheWay(bare, plan, { ...row, ...plain(plan.set) }, context)
      }
      const write = async (other: InTheWay | null) => other ?? bare.update(plan, context)
      return context.session === null ? updatesMeet.run(read, write) : write(await read())
    },
    async updateMany(plan, context) {
      if (plan.entity.rules.length === 0) return bare.updateMany(plan, context)
      const read = async () => {
        const rows = await rowsWhere(bare, plan, plan.where, context)
        const wanted = rows.map((row) => ({ ...row, ...plain(plan.set) }))
        for (const row of wanted) {
          const other = (await inTheWay(bare, plan, row, context)) ?? amongThem(plan.entity, wanted, row)
          if (other) return other
        }
        return null
      }
      const write = async (other: InTheWay | null) => other ?? bare.updateMany(plan, context)
      return context.session === null ? updatesMeet.run(read, write) : write(await read())
    },
  }))
}

function amongThem(entity: StoredEntity, rows: readonly StoredRow[], row: StoredRow): InTheWay | null {
  for (const rule of entity.rules) {
    if (!predicateHolds(rule.where, row)) continue
    const other = rows.find((each) => each.id !== row.id && predicateHolds(intersecting(rule, row, false), each))
    if (other) return { kind: 'overlap', rule: rule.name, id: String(other.id) }
  }
  return null
}

/** The row that the natural key or the id of these values finds. */
async function existing(driver: AnyDriver, place: Place, row: StoredRow, context: Context): Promise<StoredRow | null> {
  for (const parts of [['id'], ...Object.values(place.entity.unique)]) {
    if (parts.some((part) => row[part] === null || row[part] === undefined)) continue
    const where = {
      op: 'all',
      parts: parts.map((field) => ({ op: 'eq', field, value: row[field] ?? '' }) as const),
    } as const
    const [found] = await rowsWhere(driver, place, where, context)
    if (found) return found
  }
  return null
}

export const brokenOverlap: readonly BrokenDriver[] = [
  {
    name: 'overlap-by-a-read',
    wrong: 'looks for a row in the way and then writes, with nothing behind it that keeps rows apart',
    breaks: 'G2',
    cases: ['G2.racing-inserts', 'G2.racing-create-and-reschedule', 'G2.racing-moves-to-another-room'],
    alsoBreaks: ['P1.overlap-last', 'X1'],
    driver: checkedByReads,
  },
  {
    name: 'overlap-checked-on-insert-alone',
    wrong: 'keeps intervals apart when they are inserted, and not when they are moved or made live again',
    breaks: 'G2',
    cases: ['G2.every-write', 'G2.racing-create-and-reschedule', 'G2.racing-reactivations', 'G2.racing-chains'],
    alsoBreaks: ['P1.overlap-last', 'X1'],
    driver(driver) {
      const checked = checkedByReads(driver)
      const bare = withoutRules(driver, () => ({}))
      return driverWith(checked, {
        update: (plan, context) => bare.update(plan, context),
        updateMany: (plan, context) => bare.updateMany(plan, context),
      })
    },
  },
  {
    name: 'closed-intervals',
    wrong: 'takes intervals that touch for overlapping',
    breaks: 'G2',
    cases: ['G2.intervals'],
    alsoBreaks: ['P1.overlap-last', 'X1'],
    driver: (driver) =>
      driverWith(driver, {
        async insert(plan, context) {
          const outcome = await driver.insert(plan, context)
          const [row] = plan.rows
          if (outcome.kind !== 'inserted' || plan.rows.length !== 1 || !row) return outcome
          const other = await inTheWay(driver, plan, row as StoredRow, context, true)
          if (!other) return outcome
          const gone = { version: null, where: null, expect: null, unless: null, guards: [] }
          await driver.delete({ entity: plan.entity, scope: plan.scope, id: String(row.id), ...gone }, context)
          return other
        },
      }),
  },
  {
    name: 'overlap-across-scopes',
    wrong: 'keeps the rows of all rooms apart, whatever the rule says that they must agree in',
    breaks: 'G2',
    cases: ['G2.who-is-in-the-way'],
    alsoBreaks: ['X1'],
    driver(driver) {
      const everywhere = (entity: StoredEntity): StoredEntity => ({
        ...entity,
        rules: entity.rules.map((rule) => ({ ...rule, within: [] })),
      })
      return driverWith(driver, {
        prepare: (entities) => driver.prepare(entities.map(everywhere)),
        schema: {
          statements: (entities) => driver.schema.statements(entities.map(everywhere)),
          apply: (entities, context) => driver.schema.apply(entities.map(everywhere), context),
          verify: (entities, context) => driver.schema.verify(entities.map(everywhere), context),
        },
      })
    },
  },
  {
    name: 'reactivated-row-by-row',
    wrong: 'makes the rows of an updateMany live one after another and stops at the first that overlaps',
    breaks: 'G2',
    cases: ['G2.update-many'],
    alsoBreaks: ['X1'],
    driver: (driver) =>
      driverWith(driver, {
        async updateMany(plan, context) {
          if (plan.entity.rules.length === 0 || plan.returning === 'ids') return driver.updateMany(plan, context)
          let count = 0
          for (const { id } of await rowsWhere(driver, plan, plan.where, context)) {
            const where: Predicate = { op: 'all', parts: [plan.where, { op: 'eq', field: 'id', value: String(id) }] }
            const outcome = await driver.updateMany({ ...plan, where }, context)
            if (outcome.kind !== 'updated') return outcome
            count += outcome.count
          }
          return { kind: 'updated', count, ids: [] }
        },
      }),
  },
]
