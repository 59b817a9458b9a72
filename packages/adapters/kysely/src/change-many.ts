import type {
  ClaimPlan,
  DeleteManyPlan,
  OverlapRule,
  Predicate,
  StoredRow,
  UpdateManyOutcome,
  UpdateManyPlan,
} from '@portolan/adapter-kit'
import type { UniqueKey } from '@portolan/sql-kit'
import { type RawBuilder, sql } from 'kysely'
import { assignments, valuesAfter } from './change.ts'
import { type Client, type Columns, type Condition, eb, every, type Rows } from './client.ts'
import {
  changed,
  fieldsOf,
  firstRefusal,
  increments,
  noRows,
  type Obstacle,
  probes,
  touches,
  typed,
} from './obstacles.ts'
import { ordered } from './order.ts'
import { conditionOf, inScope, matching } from './predicate.ts'
import { bound, type Frame, type Reference } from './table.ts'

/** The rows that are going to change, as "this", behind a condition of their own. */
function changing(client: Client, frame: Frame, where: Predicate, also: readonly Condition[]): Rows {
  const { from } = frame.table
  return client.selectFrom(from).where(every([...matching(frame, where), ...also])) as unknown as Rows
}

/** 1 where a row is going to change, else 0: a comparison with null is no match. */
function changes(frame: Frame, where: Predicate, reference: Reference): RawBuilder<number> {
  return sql`case when ${conditionOf(frame, where, reference)} then 1 else 0 end`
}

/** Rows that would get a key which a row that stays has, or which another row that changes gets as well. */
function duplicates(client: Client, frame: Frame, plan: UpdateManyPlan, key: UniqueKey, value: Reference): Obstacle[] {
  const { own, other, others } = frame.table
  const refusal = ([id = null]: (string | null)[]) => ({ kind: 'duplicate', unique: key.name, id }) as const
  const kept = changing(client, frame, plan.where, [])
    .innerJoin(others, (join) => join.on(every(key.fields.map((field) => eb(other(field), '=', value(field))))))
    .where(eb(changes(frame, plan.where, other), '=', sql.lit(0)))
    .select(other('id').as('id')) as Rows
  const after = typed(frame, value)
  const complete = key.fields.map((field) => eb(after(field), 'is not', null))
  const together = changing(client, frame, plan.where, complete)
    .groupBy(key.fields.map((field) => sql`${after(field)}`))
    .having(sql<boolean>`count(*) > 1`)
    .select(sql`min(${own('id')})`.as('id')) as Rows
  return [noRows(frame, kept, 1, refusal), noRows(frame, together, 1, refusal)]
}

/**
 * Rows that come under a rule by the change, or stay under it, and meet another row under it. Of the rows as they are going to be,
 * in every place where one comes under the rule, only neighbours need be compared: where any two intervals meet, two next to
 * each other do.
 */
function overlaps(client: Client, frame: Frame, plan: UpdateManyPlan, rule: OverlapRule, value: Reference): Obstacle {
  const { from, others, own, other } = frame.table
  const after = typed(
    frame,
    changed(plan.set, (operand) => bound(frame, operand), other),
  )
  const places = client
    .selectFrom(others)
    .where(every([...matching(frame, plan.where, other), conditionOf(frame, rule.where, after)]))
    .select(rule.within.map((field) => other(field).as(field)))
  const place = sql`(${sql.join(rule.within.map(own))})`
  const change = changes(frame, plan.where, own)
  const partition = rule.within.length === 0 ? sql`` : sql`partition by ${sql.join(rule.within.map(own))}`
  const window = sql`over (${partition} order by ${own(rule.from)}, ${own('id')})`
  const neighbours = client
    .selectFrom(from)
    .where(
      every([
        ...inScope(frame, own),
        ...(rule.within.length === 0 ? [] : [sql<boolean>`${place} in ${places}`]),
        eb(own(rule.from), '<', own(rule.until)),
        sql`case when ${change} = 1 then ${conditionOf(frame, rule.where, typed(frame, value))} else ${conditionOf(frame, rule.where, own)} end`,
      ]),
    )
    .select([
      own('id').as('id'),
      sql`lag(${own('id')}) ${window}`.as('former'),
      sql`lag(${own(rule.until)}) ${window}`.as('busy'),
      own(rule.from).as('begins'),
      change.as('changes'),
      sql`lag(${change}) ${window}`.as('formerChanges'),
    ])
  const rows = client
    .selectFrom(neighbours.as('neighbours'))
    .where(sql<boolean>`"busy" > "begins" and ("changes" = 1 or "formerChanges" = 1)`)
    .select(sql`case when "formerChanges" = 1 then "id" else "former" end`.as('id')) as unknown as Rows
  return noRows(frame, rows, 1, ([id]) => ({ kind: 'overlap', rule: rule.name, id: id ?? '' }))
}

function obstaclesToUpdateMany(client: Client, frame: Frame, plan: UpdateManyPlan): Obstacle[] {
  const { keys, entity } = frame.table.layout
  const value = valuesAfter(frame, plan.set)
  const ranges = increments(frame, plan.set).map(({ field, inRange }) => {
    const outside = changing(client, frame, plan.where, [eb.not(inRange)]).select(frame.table.own('id').as('id'))
    return noRows(frame, outside as Rows, 1, ([id]) => ({ kind: 'out-of-range', id: id ?? '', field }))
  })
  return [
    ...ranges,
    ...keys
      .filter(({ name, fields }) => name !== 'id' && touches(plan.set, fields))
      .flatMap((key) => duplicates(client, frame, plan, key, value)),
    ...entity.rules
      .filter((rule) => touches(plan.set, fieldsOf(rule.where)))
      .map((rule) => overlaps(client, frame, plan, rule, value)),
  ]
}

/** All or none. One statement; a second one where none was changed although something could have been in the way. */
export async function updateMany(client: Client, frame: Frame, plan: UpdateManyPlan): Promise<UpdateManyOutcome> {
  const { from, column } = frame.table
  const obstacles = obstaclesToUpdateMany(client, frame, plan)
  const query = client
    .updateTable(from)
    .set(assignments(frame, plan.set))
    .where(every([...matching(frame, plan.where), ...obstacles.map(({ allowed }) => allowed)]))
  let ids: string[] = []
  let count: number
  if (plan.returning === 'ids') {
    const rows = await query.returning(sql.id(column('id')).as('id')).execute()
    ids = rows.map(({ id }) => String(id))
    count = ids.length
  } else {
    const { numUpdatedRows } = await query.executeTakeFirstOrThrow()
    count = Number(numUpdatedRows)
  }
  if (count === 0 && obstacles.length > 0) {
    const probed: Columns = await client.selectNoFrom(probes(obstacles)).executeTakeFirstOrThrow()
    const refusal = firstRefusal(obstacles, probed, { id: '', version: 0 })
    if (refusal) return refusal
  }
  return { kind: 'updated', count, ids }
}

export async function deleteMany(client: Client, frame: Frame, plan: DeleteManyPlan): Promise<number> {
  const { from, own, expressions } = frame.table
  const some = (limit: number): Rows =>
    changing(client, frame, plan.where, []).select(own('id').as('id')).limit(sql.lit(limit)) as Rows
  const where =
    plan.limit === null
      ? matching(frame, plan.where)
      : [...inScope(frame, own), expressions.among(own('id'), some(plan.limit))]
  const { numDeletedRows } = await client.deleteFrom(from).where(every(where)).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Chooses and patches in one statement, and in a way in which nobody else takes the same rows in between. */
export async function claim(client: Client, frame: Frame, plan: ClaimPlan): Promise<StoredRow[]> {
  const { from, own, returning, decode, expressions } = frame.table
  const ranges = increments(frame, plan.set).map(({ inRange }) => inRange)
  const some = ordered(changing(client, frame, plan.where, ranges), frame, plan.order)
    .select(own('id').as('id'))
    .limit(sql.lit(plan.limit)) as Rows
  const rows = await client
    .updateTable(from)
    .set(assignments(frame, plan.set))
    .where(every([...inScope(frame, own), expressions.claimed(own('id'), some)]))
    .returning([...returning])
    .execute()
  return rows.map(decode)
}
