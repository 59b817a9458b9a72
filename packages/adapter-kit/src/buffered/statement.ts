import { refuse } from '../errors.ts'
import type { StoreClock } from '../queries/row-test.ts'
import { duplicateOf, overlapOf } from '../rows/collisions.ts'
import { idOf, type Row } from '../rows/row.ts'
import type { Predicate, Refusal, StoredEntity, StoredRow } from '../spi/index.ts'
import { asked, laidOver, noClock } from './reads.ts'
import { type Inside, rowsOf } from './session.ts'
import type { Question } from './store.ts'
import { type Placed, questionsAround, rowsWhere, surroundings } from './surroundings.ts'

/** Where a call writes: the entity as it is stored, so that also keys and rules are kept that the caller knows nothing of. */
export interface Place {
  readonly entity: StoredEntity
  readonly scope: string | null
}

export interface Change {
  /** null: removed. */
  readonly row: Row | null
  readonly before: Row | null
}

/** At most ten ids are told; rows that the statement itself writes are passed over. */
export function unlessQuestion(
  { overlay }: Inside,
  { entity, scope }: Place,
  unless: Predicate | null,
  writes: number,
): Question[] {
  if (unless === null) return []
  return [{ select: asked(rowsWhere(entity, scope, unless, 10 + writes), overlay.at(entity, scope)) }]
}

/** Changes of rows that were looked at before. */
export async function write(
  inside: Inside,
  at: Place,
  changes: readonly Change[],
  unless: Predicate | null,
): Promise<Refusal | null> {
  return await written(inside, at, changes, async () => {
    const placed = changes.filter((change): change is Placed => change.row !== null)
    const own = inside.overlay.at(at.entity, at.scope)
    const asking = unlessQuestion(inside, at, unless, changes.length)
    const questions = [...asking, ...questionsAround(at.entity, at.scope, placed, own)]
    if (questions.length === 0) return { clock: noClock, near: [], inTheWay: [], unless }
    const { clock, answers } = await inside.look(questions)
    const inTheWay = asking.length > 0 ? rowsOf(answers[0]) : []
    return { clock, near: answers.slice(asking.length).flatMap(rowsOf), inTheWay, unless }
  })
}

interface Judged {
  readonly clock: StoreClock
  /** Stored rows that could be in the way by a key or rule. */
  readonly near: readonly StoredRow[]
  /** Stored rows that match `unless`. */
  readonly inTheWay: readonly StoredRow[]
  readonly unless: Predicate | null
}

/** Writes all of it to the overlay, or nothing: keys, rules and `unless` are judged by what the whole statement leaves. */
export async function written(
  inside: Inside,
  at: Place,
  changes: readonly Change[],
  look: () => Promise<Judged>,
): Promise<Refusal | null> {
  const { overlay } = inside
  const undo = overlay.put(
    at.entity,
    at.scope,
    changes.map(({ row, before }) => ({ id: idOf(row ?? before ?? {}), stored: before, row })),
  )
  let done = false
  try {
    checkSize(inside, at.entity)
    const { clock, near, inTheWay, unless } = await look()
    const own = overlay.at(at.entity, at.scope)
    const around = surroundings(at.entity, own, near)
    const rows = changes.map(({ row }) => row).filter((row) => row !== null)
    const refusal =
      first(rows, (row) => duplicateOf(around, row)) ??
      unlessOf(at, changes, unless, inTheWay, (plan, answer) => laidOver(plan, answer, own, clock)) ??
      first(rows, (row) => overlapOf(around, row))
    done = refusal === null
    return refusal
  } finally {
    if (!done) undo()
  }
}

function unlessOf(
  { entity, scope }: Place,
  changes: readonly Change[],
  unless: Predicate | null,
  answer: readonly StoredRow[],
  seen: (plan: ReturnType<typeof rowsWhere>, answer: readonly StoredRow[]) => readonly StoredRow[],
): Refusal | null {
  if (unless === null) return null
  const writes = new Set(changes.map(({ row, before }) => idOf(row ?? before ?? {})))
  const ids = seen(rowsWhere(entity, scope, unless, 10 + writes.size), answer).map(idOf)
  const others = ids.filter((id) => !writes.has(id))
  return others.length === 0 ? null : { kind: 'unless', ids: others.slice(0, 10) }
}

function first(rows: readonly Row[], judge: (row: Row) => Refusal | null): Refusal | null {
  for (const row of rows) {
    const refusal = judge(row)
    if (refusal) return refusal
  }
  return null
}

function checkSize({ overlay, capabilities }: Inside, { name }: StoredEntity): void {
  const { rows, bytes } = overlay.size
  const { maxTransactionRows, maxTransactionBytes } = capabilities
  const check = (what: string, actual: number, limit: number | null): void => {
    if (limit === null || actual <= limit) return
    refuse(
      'too-large',
      `${name}: ${actual} ${what} written in one transaction are more than this store takes (${limit})`,
      {
        entity: name,
        limit,
        actual,
      },
    )
  }
  check('rows', rows, maxTransactionRows)
  check('bytes', bytes, maxTransactionBytes)
}
