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
import { type SelectQueryBuilder, sql } from 'kysely'
import { assignments, valuesAfter } from './change.ts'
import { type Client, type Columns, type Condition, eb, every, type Tables } from './client.ts'
import {
  fieldsOf,
  firstRefusal,
  incremented,
  inRange,
  meeting,
  noRows,
  type Obstacle,
  probes,
  touches,
} from './obstacles.ts'
import { conditionOf, inScope, matching } from './predicate.ts'
import type { Frame, Reference } from './table.ts'

type Rows = SelectQueryBuilder<Tables, string, Columns>

/** The rows that are going to change, as "this", behind a condition of their own. */
function changing(client: Client, frame: Frame, where: Predicate, also: readonly Condition[]): Rows {
  const { from } = frame.table
  return client.selectFrom(from).where(every([...matching(frame, where), ...also])) as unknown as Rows
}

/** Whether "other" stays as it is. Two-valued: a comparison with null is no match. */
function unchanged(frame: Frame, where: Predicate): Condition {
  return sql`case when ${conditionOf(frame, where, frame.table.other)} then 0 else 1 end = 1`
}

/** Rows that would get a key which a row that stays has, or which another row that changes gets as well. */
function duplicates(client: Client, frame: Frame, plan: UpdateManyPlan, key: UniqueKey, value: Reference): Obstacle[] {
  const { own, other, others } = frame.table
  const refusal = ([id = null]: (string | null)[]) => ({ kind: 'duplicate', unique: key.name, id }) as const
  const kept = changing(client, frame, plan.where, [])
    .innerJoin(others, (join) => join.on(every(key.fields.map((field) => eb(other(field), '=', value(field))))))
    .where(unchanged(frame, plan.where))
    .select(other('id').as('id')) as Rows
  const complete = key.fields.map((field) => eb(value(field), 'is not', null))
  const together = changing(client, frame, plan.where, complete)
    .groupBy(key.fields.map((field) => sql`${value(field)}`))
    .having(sql<boolean>`count(*) > 1`)
    .select(sql`min(${own('id')})`.as('id')) as Rows
  return [noRows(frame, kept, 1, refusal), noRows(frame, together, 1, refusal)]
}

/**
 * Rows that come under a rule by the change and meet one that stays under it, or one another. Of the latter only neighbours
 * need be compared: where any two of a row of intervals meet, two next to each other do.
 */
function overlaps(client: Client, frame: Frame, plan: UpdateManyPlan, rule: OverlapRule, value: Reference): Obstacle[] {
  const { own, other, others } = frame.table
  const refusal = ([id]: (string | null)[]) => ({ kind: 'overlap', rule: rule.name, id: id ?? '' }) as const
  const under = conditionOf(frame, rule.where, value)
  const kept = changing(client, frame, plan.where, [under])
    .innerJoin(others, (join) => join.on(every(meeting(frame, rule, own))))
    .where(every([unchanged(frame, plan.where), eb(other('id'), '<>', own('id'))]))
    .select(other('id').as('id')) as Rows
  const partition = rule.within.length === 0 ? sql`` : sql`partition by ${sql.join(rule.within.map(own))}`
  const window = sql`over (${partition} order by ${own(rule.from)}, ${own('id')})`
  const neighbours = changing(client, frame, plan.where, [under]).select([
    sql`lag(${own('id')}) ${window}`.as('id'),
    sql`lag(${own(rule.until)}) ${window}`.as('busy'),
    own(rule.from).as('begins'),
  ])
  const together = client
    .selectFrom(sql<Columns>`(${neighbours})`.as('neighbours'))
    .where(sql<boolean>`"neighbours"."busy" > "neighbours"."begins"`)
    .select(sql.id('neighbours', 'id').as('id')) as unknown as Rows
  return [noRows(frame, kept, 1, refusal), noRows(frame, together, 1, refusal)]
}

function obstaclesToUpdateMany(client: Client, frame: Frame, plan: UpdateManyPlan): Obstacle[] {
  const { keys, entity } = frame.table.layout
  const value = valuesAfter(frame, plan.set)
  const ranges = incremented(frame, plan.set).map((field) => {
    const outside = changing(client, frame, plan.where, [eb.not(inRange(frame, field, value))]).select(
      frame.table.own('id').as('id'),
    )
    return noRows(frame, outside as Rows, 1, ([id]) => ({ kind: 'out-of-range', id: id ?? '', field }))
  })
  return [
    ...ranges,
    ...keys
      .filter(({ name, fields }) => name !== 'id' && touches(plan.set, fields))
      .flatMap((key) => duplicates(client, frame, plan, key, value)),
    ...entity.rules
      .filter((rule) => touches(plan.set, fieldsOf(rule.where)))
      .flatMap((rule) => overlaps(client, frame, plan, rule, value)),
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
  const { from, own } = frame.table
  const some = client
    .selectFrom(from)
    .select(own('id').as('id'))
    .where(every(matching(frame, plan.where)))
    .orderBy(own('id'))
    .limit(sql.lit(plan.limit ?? -1))
  const where = plan.limit === null ? matching(frame, plan.where) : [...inScope(frame, own), eb(own('id'), 'in', some)]
  const { numDeletedRows } = await client.deleteFrom(from).where(every(where)).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Chooses and patches in one statement: with one writer nobody else can take the same rows in between. */
export async function claim(client: Client, frame: Frame, plan: ClaimPlan): Promise<StoredRow[]> {
  const { from, own, returning, decode } = frame.table
  const value = valuesAfter(frame, plan.set)
  let some = client
    .selectFrom(from)
    .select(own('id').as('id'))
    .where(
      every([
        ...matching(frame, plan.where),
        ...incremented(frame, plan.set).map((field) => inRange(frame, field, value)),
      ]),
    )
    .limit(sql.lit(plan.limit))
  for (const { field, direction } of plan.order) some = some.orderBy(own(field), direction)
  const rows = await client
    .updateTable(from)
    .set(assignments(frame, plan.set))
    .where(every([...inScope(frame, own), eb(own('id'), 'in', some)]))
    .returning([...returning])
    .execute()
  return rows.map(decode)
}
