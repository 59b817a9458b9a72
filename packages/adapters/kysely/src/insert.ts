import type { InsertOutcome, InsertPlan, Refusal, StoredRow } from '@portolan/adapter-kit'
import { diagnose, obstaclesToUpdate, updateRow } from './change.ts'
import { type Client, type Condition, eb, every } from './client.ts'
import { insertionOf } from './insert-row.ts'
import { boundRow, insertInto, type Row } from './insert-statements.ts'
import { conditionOf } from './predicate.ts'
import { settle } from './rounds.ts'
import { bound, type Frame } from './table.ts'

type OnDuplicate<K> = Extract<InsertPlan['onDuplicate'], { kind: K }>

/** The row in this scope that has the same key. */
function byKey(frame: Frame, unique: string, row: Row): Condition {
  const { own, layout } = frame.table
  const key = layout.keys.find(({ name }) => name === unique)
  const { scope } = layout.entity
  const fields = new Set([...(scope === null ? [] : [scope]), ...(key?.fields ?? [])])
  return every([...fields].map((field) => eb(own(field), '=', bound(frame, row[field] ?? null))))
}

export function insertOne(client: Client, frame: Frame, plan: InsertPlan, row: Row): Promise<InsertOutcome> {
  const { onDuplicate } = plan
  if (onDuplicate.kind === 'update')
    return isPut(frame, plan, row, onDuplicate)
      ? put(client, frame, row, onDuplicate)
      : upsert(client, frame, plan, row, onDuplicate)
  const attemptToInsert = insertionOf(frame, plan, row)
  return settle(frame, async (round) => {
    const attempt = await attemptToInsert(client, round)
    if (attempt.row) return { kind: 'inserted', rows: [attempt.row] }
    if (onDuplicate.kind === 'return') {
      const existing = await rowOf(client, frame, byKey(frame, onDuplicate.unique, row))
      if (existing) return { kind: 'existing', row: existing }
    }
    const refusal = await attempt.refusal()
    return isRaced(refusal, onDuplicate) ? null : refusal
  })
}

async function rowOf(client: Client, { table }: Frame, locate: Condition): Promise<StoredRow | null> {
  const fields = [...table.layout.fields.keys()]
  const row = await client.selectFrom(table.from).select(table.selection(fields)).where(locate).executeTakeFirst()
  return row ? table.decode(row) : null
}

/** The row of the named key came after it was looked for: the next round finds it. */
function isRaced(refusal: Refusal | null, onDuplicate: InsertPlan['onDuplicate']): boolean {
  return (
    refusal?.kind === 'duplicate' &&
    onDuplicate.kind !== 'report' &&
    refusal.unique === onDuplicate.unique &&
    refusal.id !== null
  )
}

/** The update first, since it finds most rows that are upserted again and again; two statements where there was no row. */
function upsert(
  client: Client,
  frame: Frame,
  plan: InsertPlan,
  row: Row,
  onDuplicate: OnDuplicate<'update'>,
): Promise<InsertOutcome> {
  const { set, unique } = onDuplicate
  const locate = byKey(frame, unique, row)
  const toUpdate = obstaclesToUpdate(frame, set, { ...onDuplicate, expect: null, unless: plan.unless })
  const attemptToInsert = insertionOf(frame, plan, row)
  return settle(frame, async (round) => {
    const updated = await updateRow(client, frame, set, locate, toUpdate)
    if (updated) return { kind: 'updated', row: updated }
    const attempt = await attemptToInsert(client, round)
    if (attempt.row) return { kind: 'inserted', rows: [attempt.row] }
    const reason = await diagnose(client, frame, locate, toUpdate)
    if (reason?.kind !== 'missing') return reason
    const refusal = await attempt.refusal()
    return isRaced(refusal, onDuplicate) ? null : refusal
  })
}

/**
 * Whether the plan says "this is what the row shall hold", whatever was there: by id, on a table without further keys and
 * rules, with the changes the row's own values. Then one statement does it.
 */
function isPut(
  { table }: Frame,
  plan: InsertPlan,
  row: Row,
  { unique, set, require, version }: OnDuplicate<'update'>,
): boolean {
  const { keys, entity, idsPerScope } = table.layout
  const alone = keys.length === 1 && entity.rules.length === 0 && (idsPerScope || entity.scope === null)
  const conditional = plan.unless !== null || require !== null || version !== null
  return (
    unique === 'id' &&
    alone &&
    !conditional &&
    !entity.versioned &&
    Object.entries(set).every(([field, change]) => change === row[field])
  )
}

/**
 * One statement, also when it is refused: nothing but the condition can keep the row from being written. Answers 'updated' for
 * a new row as well: SQLite gives back nothing that tells whether the row was there before, and it holds the same values.
 */
async function put(
  client: Client,
  frame: Frame,
  row: Row,
  { set, where }: OnDuplicate<'update'>,
): Promise<InsertOutcome> {
  const { table } = frame
  const [primary] = table.layout.keys
  const changes = boundRow(frame, set as Row)
  const written = await insertInto(client, frame)
    .values(boundRow(frame, row))
    .onConflict((conflict) => {
      const update = conflict.columns((primary?.fields ?? []).map(table.column)).doUpdateSet(changes)
      return where === null ? update : update.where(conditionOf(frame, where, table.named))
    })
    .returning([...table.returning])
    .executeTakeFirst()
  return written ? { kind: 'updated', row: table.decode(written) } : { kind: 'condition', id: String(row.id) }
}
