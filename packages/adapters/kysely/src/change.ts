import type {
  Changes,
  DeleteOutcome,
  DeletePlan,
  OverlapRule,
  Predicate,
  Refusal,
  StoredRow,
  UpdateOutcome,
  UpdatePlan,
} from '@portolan/adapter-kit'
import { placeOf } from '@portolan/sql-kit'
import { type Client, type Columns, type Condition, eb, every, type Rows } from './client.ts'
import {
  type Candidate,
  changed,
  duplicate,
  fieldsOf,
  firstRefusal,
  increments,
  type Obstacle,
  overlap,
  probes,
  rowTest,
  touches,
  typed,
  unless,
} from './obstacles.ts'
import { conditionOf, inScope } from './predicate.ts'
import { settle } from './rounds.ts'
import { bound, type Frame, type Reference } from './table.ts'

/** What both update and delete ask of the row, in the order in which a mismatch is told. */
interface Asked {
  readonly expect: Predicate | null
  readonly require: Predicate | null
  readonly version: number | null
  readonly where: Predicate | null
}

function conditionsOnRow(frame: Frame, { expect, require, version, where }: Asked): Obstacle[] {
  const { own } = frame.table
  const test = (predicate: Predicate | null, refusal: Parameters<typeof rowTest>[1]): Obstacle[] =>
    predicate === null ? [] : [rowTest(conditionOf(frame, predicate, own), refusal)]
  return [
    ...test(expect, () => ({ kind: 'changed' })),
    ...test(require, ({ id }) => ({ kind: 'invalid', id })),
    ...(version === null
      ? []
      : [rowTest(eb(own('version'), '=', version), (row) => ({ kind: 'stale', id: row.id, actual: row.version }))]),
    ...test(where, ({ id }) => ({ kind: 'condition', id })),
  ]
}

/** Everything that can keep a row from being changed so. Keys and rules that the change does not touch are not looked at. */
export function obstaclesToUpdate(
  frame: Frame,
  set: Changes,
  asked: Asked & { readonly unless: Predicate | null },
): Obstacle[] {
  const { table } = frame
  const { keys } = table.layout
  const value = valuesAfter(frame, set)
  const candidate: Candidate = { value, self: table.own('id') }
  return [
    ...conditionsOnRow(frame, asked),
    ...increments(frame, set).map(({ field, inRange }) =>
      rowTest(inRange, ({ id }) => ({ kind: 'out-of-range', id, field })),
    ),
    ...keys
      .filter(({ name, fields }) => name !== 'id' && touches(set, fields))
      .map((key) => duplicate(frame, key, candidate)),
    ...unless(frame, asked.unless, candidate),
    ...touchedRules(frame, set).map((rule) => overlap(frame, rule, candidate)),
  ]
}

export function valuesAfter(frame: Frame, set: Changes): Reference {
  return changed(set, (operand) => bound(frame, operand), frame.table.own)
}

/** The columns to set. An empty change still writes the row, as SQL's UPDATE must set something. */
export function assignments(frame: Frame, set: Changes): Columns {
  const { column, own } = frame.table
  const value = valuesAfter(frame, set)
  const fields = Object.keys(set).length > 0 ? Object.keys(set) : ['id']
  return Object.fromEntries(
    fields.map((field) => [column(field), Object.hasOwn(set, field) ? value(field) : own(field)]),
  )
}

function touchedRules({ table }: Frame, set: Changes): OverlapRule[] {
  return table.layout.entity.rules.filter((rule) =>
    touches(set, [...rule.within, rule.from, rule.until, ...fieldsOf(rule.where)]),
  )
}

/** In the places where the row is going to be, of the rules that the change touches. */
function aloneInPlaces(frame: Frame, set: Changes): Condition[] {
  const { layout, expressions } = frame.table
  const { alone } = expressions
  if (alone === null) return []
  const value = typed(frame, valuesAfter(frame, set))
  return touchedRules(frame, set).map((rule) => alone(`${layout.table} ${rule.name}`, placeOf(layout, rule).map(value)))
}

/** Updates the one row that `locate` finds, unless something is in the way; null when it has written nothing. */
export async function updateRow(
  client: Client,
  frame: Frame,
  set: Changes,
  locate: Condition,
  obstacles: readonly Obstacle[],
): Promise<StoredRow | null> {
  const { from, returning, decode } = frame.table
  const row = await client
    .updateTable(from)
    .set(assignments(frame, set))
    .where(every([locate, ...aloneInPlaces(frame, set), ...obstacles.map(({ allowed }) => allowed)]))
    .returning([...returning])
    .executeTakeFirst()
  return row ? decode(row) : null
}

/** Why a row was not written: 'missing', the first obstacle, or null when nothing is in the way any more. */
export async function diagnose(
  client: Client,
  frame: Frame,
  locate: Condition,
  obstacles: readonly Obstacle[],
): Promise<Reason> {
  const { from, layout, selection } = frame.table
  const known = selection(layout.entity.versioned ? ['id', 'version'] : ['id'])
  const row: Columns | undefined = await client
    .selectFrom(from)
    .select([...known, ...probes(obstacles)])
    .where(locate)
    .executeTakeFirst()
  if (!row) return { kind: 'missing' }
  return firstRefusal(obstacles, row, { id: String(row.id), version: Number(row.version) })
}

function byId(frame: Frame, id: string): Condition {
  const { own } = frame.table
  return every([...inScope(frame, own), eb(own('id'), '=', id)])
}

/**
 * A row that the transaction has read and another one holds now is passed over: whoever holds it has changed it, more often than
 * not, and two transactions that each wait for a row of the other's would wait until the server finds that out.
 */
function notHeld(client: Client, frame: Frame, { expect }: Pick<Asked, 'expect'>, locate: Condition): Condition[] {
  const { from, own, manyWriters, expressions } = frame.table
  if (expect === null || !manyWriters) return []
  const row = client.selectFrom(from).select(own('id').as('id')).where(locate) as unknown as Rows
  return [expressions.claimed(own('id'), row)]
}

type Reason = Refusal | { readonly kind: 'missing' } | null

/** What a row that was not written means to a transaction that has read it: gone, or held by another one, is changed. */
function asRead(reason: Reason, { expect }: Pick<Asked, 'expect'>): Reason {
  return expect !== null && (reason === null || reason.kind === 'missing') ? { kind: 'changed' } : reason
}

/** One statement; a second one only when the first has written nothing. */
export function update(client: Client, frame: Frame, plan: UpdatePlan): Promise<UpdateOutcome> {
  const locate = byId(frame, plan.id)
  const obstacles = obstaclesToUpdate(frame, plan.set, plan)
  const found = every([locate, ...notHeld(client, frame, plan, locate)])
  return settle(frame, async () => {
    const row = await updateRow(client, frame, plan.set, found, obstacles)
    if (row) return { kind: 'updated', row }
    return asRead(await diagnose(client, frame, locate, obstacles), plan)
  })
}

export function remove(client: Client, frame: Frame, plan: DeletePlan): Promise<DeleteOutcome> {
  const { own, from, returning, decode } = frame.table
  const locate = byId(frame, plan.id)
  const candidate: Candidate = { value: own, self: own('id') }
  const obstacles = [...conditionsOnRow(frame, { ...plan, require: null }), ...unless(frame, plan.unless, candidate)]
  const held = notHeld(client, frame, plan, locate)
  return settle(frame, async () => {
    const row = await client
      .deleteFrom(from)
      .where(every([locate, ...held, ...obstacles.map(({ allowed }) => allowed)]))
      .returning([...returning])
      .executeTakeFirst()
    if (row) return { kind: 'deleted', row: decode(row) }
    return asRead(await diagnose(client, frame, locate, obstacles), plan)
  })
}
