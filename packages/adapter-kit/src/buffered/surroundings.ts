import type { Surroundings } from '../rows/collisions.ts'
import { collides, ruleTest } from '../rows/intervals.ts'
import { fieldOf, idOf, type Row } from '../rows/row.ts'
import { rowIndex } from '../rows/row-index.ts'
import {
  all,
  type Order,
  type OverlapRule,
  type Predicate,
  type Scalar,
  type SelectPlan,
  type StoredEntity,
  type StoredRow,
  same,
} from '../spi/index.ts'
import { isOwn, type OwnRows } from './overlay.ts'
import type { Question } from './store.ts'

/** A row that is about to be written, and what it replaces. */
export interface Placed {
  readonly row: Row
  readonly before: Row | null
}

const byId: Order = { field: 'id', direction: 'asc', nullable: false }

/** Whole rows, by id. */
export function rowsWhere(entity: StoredEntity, scope: string | null, where: Predicate, limit?: number): SelectPlan {
  return {
    entity,
    scope,
    where,
    order: [byId],
    after: null,
    limit: limit ?? null,
    offset: 0,
    fields: Object.keys(entity.fields),
    lock: false,
  }
}

/** So many values a store looks up at once, whichever it is. */
const mostAtOnce = 1_000

/** The rows that have one of these values in a field that tells them apart. */
export function questionsAmong(
  entity: StoredEntity,
  scope: string | null,
  field: string,
  among: ReadonlySet<Exclude<Scalar, null>>,
): Question[] {
  const all = [...among]
  return Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, chunk) => {
    const values = all.slice(chunk * mostAtOnce, (chunk + 1) * mostAtOnce)
    return { select: rowsWhere(entity, scope, { op: 'in', field, values }) }
  })
}

/**
 * Questions whose answers hold every stored row that could be in the way of these by a key or a rule: one for all of a natural
 * key of one field, else one for each row; none where the row keeps the place that it has.
 */
export function questionsAround(
  entity: StoredEntity,
  scope: string | null,
  placed: readonly Placed[],
  own: OwnRows | null,
): Question[] {
  return [
    ...Object.values(entity.unique).flatMap((fields) => keyQuestions(entity, scope, fields, placed)),
    ...entity.rules.flatMap((rule) => ruleQuestions(entity, scope, rule, placed, own)),
  ]
}

function keyQuestions(
  entity: StoredEntity,
  scope: string | null,
  fields: readonly string[],
  placed: readonly Placed[],
): Question[] {
  const rows = placed
    .filter(
      ({ row, before }) => before === null || fields.some((field) => fieldOf(row, field) !== fieldOf(before, field)),
    )
    .map(({ row }) => row)
    .filter((row) => fields.every((field) => fieldOf(row, field) !== null))
  const [first] = fields
  if (rows.length > 1 && first !== undefined && fields.length === 1)
    return questionsAmong(
      entity,
      scope,
      first,
      new Set(rows.map((row) => fieldOf(row, first)) as Exclude<Scalar, null>[]),
    )
  return rows.map((row) => ({
    select: rowsWhere(entity, scope, all(...fields.map((field) => same(field, fieldOf(row, field))))),
  }))
}

function ruleQuestions(
  entity: StoredEntity,
  scope: string | null,
  rule: OverlapRule,
  placed: readonly Placed[],
  own: OwnRows | null,
): Question[] {
  const applies = ruleTest(rule)
  const concerned = [...rule.within, rule.from, rule.until]
  return placed
    .filter(({ row, before }) => {
      if (!applies(row)) return false
      return (
        before === null || !applies(before) || concerned.some((field) => fieldOf(row, field) !== fieldOf(before, field))
      )
    })
    .map(({ row }) => {
      const where = all(
        ...rule.within.map((field) => same(field, fieldOf(row, field))),
        { op: 'lt', field: rule.from, value: String(row[rule.until]) },
        { op: 'gt', field: rule.until, value: String(row[rule.from]) },
        rule.where,
      )
      const order: Order[] = [
        { field: rule.from, direction: 'desc', nullable: false },
        { ...byId, direction: 'desc' },
      ]
      // Stored rows are disjoint, so few of them meet one interval; those of this transaction's own are passed over.
      const passedOver = storedMeeting(rule, row, own)
      return {
        select: { ...rowsWhere(entity, scope, where, 1 + passedOver), order },
        meeting: { rule: rule.name, row },
      }
    })
}

function storedMeeting(rule: OverlapRule, row: Row, own: OwnRows | null): number {
  if (own === null || own.stored.size === 0) return 0
  const applies = ruleTest(rule)
  const ids = own.storedIndex.find({ kind: 'overlap', rule: rule.name, row }) ?? []
  let met = 0
  for (const id of ids) {
    const stored = own.stored.get(id)
    if (stored && collides(rule, applies, row, stored)) met++
  }
  return met
}

/** Own rows and what was looked at around them, as far as it is not their own. */
export function surroundings(entity: StoredEntity, own: OwnRows | null, looked: readonly StoredRow[]): Surroundings {
  const near = new Map<string, Row>()
  const nearIndex = rowIndex(entity)
  for (const row of looked) {
    if (isOwn(own, row) || near.has(idOf(row))) continue
    near.set(idOf(row), row)
    nearIndex.put(row)
  }
  return {
    entity,
    *find(access, test) {
      for (const id of own?.index.find(access) ?? []) {
        const row = own?.rows.get(id)
        if (row && test(row)) yield row
      }
      for (const id of nearIndex.find(access) ?? []) {
        const row = near.get(id)
        if (row && test(row)) yield row
      }
    },
  }
}
