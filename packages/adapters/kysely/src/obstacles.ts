import {
  type Changes,
  matches,
  type OverlapRule,
  type Predicate,
  type Refusal,
  type Scalar,
} from '@portolan/adapter-kit'
import { fieldOf, ruleWhereText, type UniqueKey } from '@portolan/sql-kit'
import { type AliasedRawBuilder, type Expression, sql } from 'kysely'
import { type Columns, type Condition, eb, every, type Rows } from './client.ts'
import { conditionOf, inScope, matching } from './predicate.ts'
import type { Frame, Reference } from './table.ts'

/** What a diagnosis knows of the row besides: there is none yet where it is about to be inserted. */
export interface Subject {
  readonly id: string
  readonly version: number
}

/**
 * One reason not to write. The write carries `allowed` in its own statement, so that it refuses without an engine error and
 * nothing slips in between; when it has written nothing, one select of all the `probe`s tells why.
 */
export interface Obstacle {
  readonly allowed: Condition
  readonly probe: Expression<unknown>
  /** The same as `allowed`, by what a probe has found before in the same statement. */
  readonly allowedBy: (probed: Expression<unknown>) => Condition
  readonly refusal: (probed: unknown, subject: Subject) => Refusal | null
}

/** The row as it is about to be. */
export interface Candidate {
  readonly value: Reference
  /** The id of the row itself, which is never in its own way; null: a row that does not exist yet. */
  readonly self: Expression<unknown> | null
}

/** A condition on the row that is written. */
export function rowTest(condition: Condition, refusal: (subject: Subject) => Refusal): Obstacle {
  return {
    allowed: condition,
    probe: sql`case when ${condition} then 1 else 0 end`,
    allowedBy: (probed) => eb(probed, '=', sql.lit(1)),
    refusal: (probed, subject) => (Number(probed) === 1 ? null : refusal(subject)),
  }
}

/** Rows, given by their column "id", of which there may be none. */
export function noRows(
  { table }: Frame,
  rows: Rows,
  atMost: number,
  refusal: (ids: (string | null)[]) => Refusal,
): Obstacle {
  return {
    allowed: eb.not(eb.exists(rows)),
    probe: table.expressions.ids(rows.limit(sql.lit(atMost))),
    allowedBy: (probed) => eb(probed, '=', sql.lit('[]')),
    refusal: (probed) => {
      const ids = JSON.parse(String(probed)) as (string | null)[]
      return ids.length === 0 ? null : refusal(ids)
    },
  }
}

function others({ table }: Frame): Rows {
  return eb.selectFrom(table.others) as unknown as Rows
}

function besides({ table }: Frame, { self }: Candidate): Condition[] {
  return self === null ? [] : [eb(table.other('id'), '<>', self)]
}

export function duplicate(frame: Frame, key: UniqueKey, candidate: Candidate): Obstacle {
  const { table, scope } = frame
  const field = table.layout.entity.scope
  // A key without the scope meets rows of other scopes, whose ids are nobody's business here.
  const id =
    field === null || key.fields.includes(field)
      ? table.other('id')
      : sql`case when ${table.other(field)} = ${scope} then ${table.other('id')} end`
  const rows = others(frame)
    .where(
      every([
        ...key.fields.map((part) => eb(table.other(part), '=', candidate.value(part))),
        ...besides(frame, candidate),
      ]),
    )
    .select(id.as('id'))
  return noRows(frame, rows, 1, ([found = null]) => ({ kind: 'duplicate', unique: key.name, id: found }))
}

export function unless(frame: Frame, predicate: Predicate | null, candidate: Candidate): Obstacle[] {
  if (predicate === null) return []
  const { other } = frame.table
  const rows = others(frame)
    .where(every([...matching(frame, predicate, other), ...besides(frame, candidate)]))
    .select(other('id').as('id'))
  return [noRows(frame, rows, 10, (ids) => ({ kind: 'unless', ids: ids.filter((id) => id !== null) }))]
}

/**
 * The row under a rule that is in the candidate's way. It says the rule's `where` as the rule's index does, and so is found by
 * it. `certain`: the candidate is known to come under the rule, so the statement need not ask.
 */
export function overlap(frame: Frame, rule: OverlapRule, candidate: Candidate, certain: boolean = false): Obstacle {
  const { expressions, layout } = frame.table
  const { value } = candidate
  const under = certain ? [] : [conditionOf(frame, rule.where, typed(frame, value))]
  const near = underRule(frame, rule, candidate)
  const rows = expressions.meeting
    ? near.where(every([expressions.meeting(layout, rule, value), ...under])).select(frame.table.other('id').as('id'))
    : nearest(frame, rule, near, value, under)
  return noRows(frame, rows, 1, ([id]) => ({ kind: 'overlap', rule: rule.name, id: id ?? '' }))
}

/** The rows under a rule in the candidate's place, but the candidate itself. */
function underRule(frame: Frame, rule: OverlapRule, candidate: Candidate): Rows {
  const { layout, other } = frame.table
  const where = ruleWhereText(layout, rule, '"other"')
  return others(frame).where(
    every([
      ...inScope(frame, other),
      ...rule.within.map((field) => eb(other(field), '=', candidate.value(field))),
      ...(where === null ? [] : [sql.raw<boolean>(where)]),
      ...besides(frame, candidate),
    ]),
  )
}

/** Rows under a rule meet nowhere, so the first that ends after the candidate begins is the only one that can be in its way. */
function nearest(
  { table: { other } }: Frame,
  rule: OverlapRule,
  near: Rows,
  value: Reference,
  under: readonly Condition[],
): Rows {
  const first = near
    .where(eb.and([eb(other(rule.until), '>', value(rule.from)), eb(other(rule.from), '<', other(rule.until))]))
    .orderBy(other(rule.until))
    .limit(sql.lit(1))
    .select([other('id').as('id'), other(rule.from).as('begins')])
  return eb
    .selectFrom(first.as('nearest'))
    .where(every([eb(sql.id('nearest', 'begins'), '<', value(rule.until)), ...under]))
    .select(sql.id('nearest', 'id').as('id')) as unknown as Rows
}

/** Values with their types, where a condition compares them with one another alone. */
export function typed({ table: { layout, expressions } }: Frame, value: Reference): Reference {
  return (field) => expressions.typed(fieldOf(layout, field), value(field))
}

/** Whether a row of known values comes under a rule, so that rows outside it are not looked at. */
export function comesUnder(rule: OverlapRule, row: { readonly [field: string]: Scalar }): boolean {
  return matches(rule.where, row, () => '')
}

const limits = { integer: Number.MAX_SAFE_INTEGER, float: Number.MAX_VALUE } as const

/** The value that a field is going to have: what it is set to, what an increment makes of it, or what it is. */
export function changed(
  set: Changes,
  bind: (operand: Changes[string] & Scalar) => unknown,
  before: Reference,
): Reference {
  return (field) => {
    if (!Object.hasOwn(set, field)) return before(field)
    const change = set[field] as Changes[string]
    if (typeof change === 'object' && change !== null && 'increment' in change)
      return sql`(${before(field)} + ${change.increment})`
    if (typeof change === 'object' && change !== null && 'field' in change) return before(change.field)
    return eb.val(bind(change as Changes[string] & Scalar))
  }
}

interface Increment {
  readonly field: string
  /** Of the row as it is: the number stays among those that are kept exactly. Nothing is added, so nothing can overflow. */
  readonly inRange: Condition
}

/** The increments that could leave the range of numbers kept exactly. Versions would need 2^53 updates for that. */
export function increments({ table }: Frame, set: Changes): Increment[] {
  const { layout, own } = table
  return Object.entries(set).flatMap(([field, change]) => {
    if (typeof change !== 'object' || change === null || !('increment' in change)) return []
    if (field === 'version' && layout.entity.versioned) return []
    const limit = fieldOf(layout, field).kind === 'integer' ? limits.integer : limits.float
    const [lower, upper] = [-limit - Math.min(change.increment, 0), limit - Math.max(change.increment, 0)]
    return [{ field, inRange: sql<boolean>`${own(field)} between ${lower} and ${upper}` }]
  })
}

export function touches(set: Changes, fields: Iterable<string>): boolean {
  for (const field of fields) if (Object.hasOwn(set, field)) return true
  return false
}

export function fieldsOf(predicate: Predicate): string[] {
  return predicate.op === 'all' || predicate.op === 'any' ? predicate.parts.flatMap(fieldsOf) : [predicate.field]
}

/** No field is called so, as names of fields have no spaces. */
export function probeName(index: number): string {
  return `probe ${index}`
}

/** The first refusal among obstacles in their order; null when nothing is in the way any more. */
export function firstRefusal(obstacles: readonly Obstacle[], probed: Columns, subject: Subject): Refusal | null {
  for (const [index, { refusal }] of obstacles.entries()) {
    const reason = refusal(probed[probeName(index)], subject)
    if (reason !== null) return reason
  }
  return null
}

export function probes(obstacles: readonly Obstacle[]): AliasedRawBuilder<unknown, string>[] {
  return obstacles.map(({ probe }, index) => sql`${probe}`.as(probeName(index)))
}
