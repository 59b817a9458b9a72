import type { InsertOutcome, InsertPlan, Operand, Refusal, Scalar, StoredRow } from '@portolan/adapter-kit'
import type { UniqueKey } from '@portolan/sql-kit'
import { createQueryId, InsertQueryBuilder, InsertQueryNode, type InsertResult, TableNode } from 'kysely'
import { diagnose, obstaclesToUpdate, updateRow } from './change.ts'
import { type Client, type Columns, type Condition, eb, every, type Tables } from './client.ts'
import {
  type Candidate,
  comesUnder,
  duplicate,
  firstRefusal,
  type Obstacle,
  overlap,
  probes,
  unless,
} from './obstacles.ts'
import { conditionOf } from './predicate.ts'
import { settle } from './rounds.ts'
import { bound, type Frame } from './table.ts'

type Row = InsertPlan['rows'][number]
type OnDuplicate<K> = Extract<InsertPlan['onDuplicate'], { kind: K }>

/** `insertInto` would parse the table's name for dots; its own node takes it as it is. */
export function insertInto(client: Client, { table }: Frame): InsertQueryBuilder<Tables, string, InsertResult> {
  return new InsertQueryBuilder({
    queryId: createQueryId(),
    executor: client.getExecutor(),
    queryNode: InsertQueryNode.create(TableNode.create(table.layout.table)),
  })
}

export function boundRow(frame: Frame, row: Row): Columns {
  return Object.fromEntries(
    Object.entries(row).map(([field, operand]) => [frame.table.column(field), bound(frame, operand)]),
  )
}

/** What of a row is known before the store's clock has a say. Rules never hang on a clock: their fields are given. */
function known(row: Row): { readonly [field: string]: Scalar } {
  const entries = Object.entries(row) as [string, Operand][]
  return Object.fromEntries(
    entries.filter((entry): entry is [string, Scalar] => typeof entry[1] !== 'object' || entry[1] === null),
  )
}

interface InsertObstacles {
  /** Those that the statement itself must look at. */
  readonly carried: readonly Obstacle[]
  /** Why the row was not inserted; null when nothing is in the way any more. */
  readonly refusal: () => Promise<Refusal | null>
}

function obstaclesToInsert(client: Client, frame: Frame, plan: InsertPlan, row: Row): InsertObstacles {
  const { layout, manyWriters } = frame.table
  const candidate: Candidate = { value: (field) => eb.val(bound(frame, row[field] ?? null)), self: null }
  const complete = ({ fields }: UniqueKey): boolean => fields.every((field) => row[field] !== null)
  const excluding = unless(client, frame, plan.unless, candidate)
  /** In the order in which they are told. */
  const all = (): Obstacle[] => [
    ...layout.keys.filter(complete).map((key) => duplicate(client, frame, key, candidate)),
    ...excluding,
    ...layout.entity.rules
      .filter((rule) => comesUnder(rule, known(row)))
      .map((rule) => overlap(client, frame, rule, candidate, true)),
  ]
  const carried = manyWriters ? excluding : all()
  const refusal = async (): Promise<Refusal | null> => {
    const told = manyWriters ? all() : carried
    const probed: Columns = await client.selectNoFrom(probes(told)).executeTakeFirstOrThrow()
    return firstRefusal(told, probed, { id: '', version: 0 })
  }
  return { carried, refusal }
}

/** After so many rounds that found nothing in the way, the database itself is to say what is. */
const patientRounds = 3

/** Inserts the row unless something is in the way, in one statement; null when it has written nothing. */
async function insertRow(
  client: Client,
  frame: Frame,
  row: Row,
  { carried }: InsertObstacles,
  round: number,
): Promise<StoredRow | null> {
  const { manyWriters, column, returning, decode } = frame.table
  const into = insertInto(client, frame)
  const insert =
    carried.length === 0
      ? into.values(boundRow(frame, row))
      : into
          .columns(Object.keys(row).map(column))
          .expression(
            client
              .selectNoFrom(Object.keys(row).map((field) => eb.val(bound(frame, row[field] ?? null)).as(field)))
              .where(every(carried.map(({ allowed }) => allowed))),
          )
  const inserted = await (manyWriters && round <= patientRounds
    ? insert.onConflict((conflict) => conflict.doNothing())
    : insert
  )
    .returning([...returning])
    .executeTakeFirst()
  return inserted ? decode(inserted) : null
}

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
  const obstacles = obstaclesToInsert(client, frame, plan, row)
  return settle(frame, async (round) => {
    const inserted = await insertRow(client, frame, row, obstacles, round)
    if (inserted) return { kind: 'inserted', rows: [inserted] }
    if (onDuplicate.kind === 'return') {
      const existing = await rowOf(client, frame, byKey(frame, onDuplicate.unique, row))
      if (existing) return { kind: 'existing', row: existing }
    }
    const refusal = await obstacles.refusal()
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
  const toUpdate = obstaclesToUpdate(client, frame, set, { ...onDuplicate, expect: null, unless: plan.unless })
  const toInsert = obstaclesToInsert(client, frame, plan, row)
  return settle(frame, async (round) => {
    const updated = await updateRow(client, frame, set, locate, toUpdate)
    if (updated) return { kind: 'updated', row: updated }
    const inserted = await insertRow(client, frame, row, toInsert, round)
    if (inserted) return { kind: 'inserted', rows: [inserted] }
    const reason = await diagnose(client, frame, locate, toUpdate)
    if (reason?.kind !== 'missing') return reason
    const refusal = await toInsert.refusal()
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
