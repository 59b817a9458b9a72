import type { StoreClock } from '../queries/row-test.ts'
import { type Conditions, changedRow, newRow, unmet } from '../rows/changes.ts'
import { holdersOf } from '../rows/collisions.ts'
import { copy, idOf, type Row } from '../rows/row.ts'
import type {
  Changes,
  DeleteManyPlan,
  DeleteOutcome,
  DeletePlan,
  InsertOutcome,
  InsertPlan,
  Predicate,
  Refusal,
  StoredEntity,
  StoredRow,
  UpdateManyOutcome,
  UpdateManyPlan,
  UpdateOutcome,
  UpdatePlan,
} from '../spi/index.ts'
import { asked, holdsClock, laidOver, noClock } from './reads.ts'
import { type Inside, rowsOf } from './session.ts'
import { type Change, type Place, unlessQuestion, write, written } from './statement.ts'
import type { Question } from './store.ts'
import { type Placed, questionsAmong, questionsAround, rowsWhere, surroundings } from './surroundings.ts'

/** One look; two where a key or rule holds an instant of the store's clock, or where an upsert finds its row. */
export async function insert(inside: Inside, plan: InsertPlan): Promise<InsertOutcome> {
  const at: Place = { entity: await inside.keeps(plan.entity), scope: plan.scope }
  await inside.guard(plan.guards)
  const { overlay } = inside
  const before = overlay.at(at.entity, at.scope)
  // A row of the clock's making is only known once the store was asked; for the questions its other values are enough.
  const early = plan.rows.some((values) => clockDecidesPlace(at.entity, values))
    ? (await inside.look([])).clock
    : noClock
  const drafts = plan.rows.map((values) => newRow(at.entity, values, early))
  const unknown = drafts.map(idOf).filter((id) => before?.rows.get(id) === undefined)
  const unless = unlessQuestion(inside, at, plan.unless, drafts.length)
  const ids = questionsAmong(at.entity, at.scope, 'id', new Set(unknown))
  const questions: Question[] = [
    ...ids,
    ...unless,
    ...questionsAround(at.entity, at.scope, drafts.map(unplaced), before),
  ]
  const { clock, answers } = await inside.look(questions)
  const rows = plan.rows.map((values) => newRow(at.entity, values, early === noClock ? clock : early))
  const stored = new Map(
    answers
      .slice(0, ids.length)
      .flatMap(rowsOf)
      .map((row) => [idOf(row), row]),
  )
  const near = answers.slice(ids.length + unless.length).flatMap(rowsOf)
  const found = (id: string): Row | undefined => {
    const own = before?.rows.get(id)
    return own === undefined ? stored.get(id) : (own ?? undefined)
  }

  const [first] = rows
  const { onDuplicate } = plan
  if (first && onDuplicate.kind !== 'report') {
    const { unique } = onDuplicate
    const inTheWay =
      unique === 'id' ? found(idOf(first)) : holdersOf(surroundings(at.entity, before, near), unique, first, null)[0]
    if (inTheWay && onDuplicate.kind === 'return') return { kind: 'existing', row: declared(plan, inTheWay) }
    if (inTheWay && onDuplicate.kind === 'update')
      return await updateRow(inside, at, inTheWay, { ...plan, ...onDuplicate, expect: null }, clock)
  }
  for (const row of rows) if (found(idOf(row))) return { kind: 'duplicate', unique: 'id', id: idOf(row) }
  const refusal = await written(inside, at, rows.map(unplaced), async () => ({
    clock,
    near,
    inTheWay: unless.length > 0 ? rowsOf(answers[ids.length]) : [],
    unless: plan.unless,
  }))
  return refusal ?? { kind: 'inserted', rows: rows.map((row) => declared(plan, row)) }
}

/** One look for the row, none where it is own; another where it moves within a key or rule, or has an `unless`. */
export async function update(inside: Inside, plan: UpdatePlan): Promise<UpdateOutcome> {
  const at: Place = { entity: await inside.keeps(plan.entity), scope: plan.scope }
  await inside.guard(plan.guards)
  const { row, clock } = await rowById(inside, at, plan.id, clockDecides(plan))
  if (!row) return { kind: plan.expect ? 'changed' : 'missing' }
  return await updateRow(inside, at, row, plan, clock)
}

export async function deleteRow(inside: Inside, plan: DeletePlan): Promise<DeleteOutcome> {
  const at: Place = { entity: await inside.keeps(plan.entity), scope: plan.scope }
  await inside.guard(plan.guards)
  const { row, clock } = await rowById(inside, at, plan.id, clockDecides({ ...plan, require: null, set: {} }))
  if (!row) return { kind: plan.expect ? 'changed' : 'missing' }
  const refusal =
    unmet(row, { ...plan, require: null }, clock) ??
    (await write(inside, at, [{ row: null, before: row }], plan.unless))
  return refusal ?? { kind: 'deleted', row: declared(plan, row) }
}

/** One look for the rows; another where any of them moves within a key or rule. */
export async function updateMany(inside: Inside, plan: UpdateManyPlan): Promise<UpdateManyOutcome> {
  const at: Place = { entity: await inside.keeps(plan.entity), scope: plan.scope }
  const { rows, clock } = await rowsMatching(inside, at, plan.where, null)
  const changes: Change[] = []
  for (const before of rows) {
    const changed = changedRow(at.entity, before, plan.set, clock)
    if (!('row' in changed)) return changed
    changes.push({ row: changed.row, before })
  }
  const refusal = await write(inside, at, changes, null)
  return refusal ?? { kind: 'updated', count: rows.length, ids: plan.returning === 'ids' ? rows.map(idOf) : [] }
}

export async function deleteMany(inside: Inside, plan: DeleteManyPlan): Promise<number> {
  const at: Place = { entity: await inside.keeps(plan.entity), scope: plan.scope }
  const { rows } = await rowsMatching(inside, at, plan.where, plan.limit)
  await write(
    inside,
    at,
    rows.map((before) => ({ row: null, before })),
    null,
  )
  return rows.length
}

function unplaced(row: Row): Placed {
  return { row, before: null }
}

function declared({ entity }: { readonly entity: StoredEntity }, row: Row): StoredRow {
  return copy(row, Object.keys(entity.fields))
}

async function rowById(
  { overlay, look }: Inside,
  { entity, scope }: Place,
  id: string,
  needsClock: boolean,
): Promise<{ readonly row: Row | undefined; readonly clock: StoreClock }> {
  const own = overlay.at(entity, scope)?.rows.get(id)
  if (own !== undefined) return { row: own ?? undefined, clock: needsClock ? (await look([])).clock : noClock }
  const { clock, answers } = await look([{ select: rowsWhere(entity, scope, { op: 'eq', field: 'id', value: id }) }])
  return { row: rowsOf(answers[0])[0], clock }
}

async function rowsMatching(
  { overlay, look }: Inside,
  { entity, scope }: Place,
  where: Predicate,
  limit: number | null,
): Promise<{ readonly rows: readonly Row[]; readonly clock: StoreClock }> {
  const own = overlay.at(entity, scope)
  const plan = rowsWhere(entity, scope, where, limit ?? undefined)
  const { clock, answers } = await look([{ select: asked(plan, own) }])
  return { rows: laidOver(plan, rowsOf(answers[0]), own, clock), clock }
}

async function updateRow(
  inside: Inside,
  at: Place,
  before: Row,
  plan: Conditions & { readonly entity: StoredEntity; readonly set: Changes; readonly unless: Predicate | null },
  clock: StoreClock,
): Promise<{ readonly kind: 'updated'; readonly row: StoredRow } | Refusal> {
  const refusal = unmet(before, plan, clock)
  if (refusal) return refusal
  const changed = changedRow(at.entity, before, plan.set, clock)
  if (!('row' in changed)) return changed
  const collision = await write(inside, at, [{ row: changed.row, before }], plan.unless)
  return collision ?? { kind: 'updated', row: declared(plan, changed.row) }
}

/** Whether values of the store's clock stand where keys or rules are judged. */
function clockDecidesPlace(entity: StoredEntity, values: InsertPlan['rows'][number]): boolean {
  const isClock = (field: string): boolean => typeof values[field] === 'object' && values[field] !== null
  return (
    Object.values(entity.unique).some((fields) => fields.some(isClock)) ||
    (entity.rules.length > 0 && Object.keys(values).some(isClock))
  )
}

function clockDecides({ set, expect, require, where }: Conditions & { readonly set: Changes }): boolean {
  const values = Object.values(set)
  return (
    values.some((value) => typeof value === 'object' && value !== null && 'clock' in value) ||
    [expect, require, where].some(holdsClock)
  )
}
