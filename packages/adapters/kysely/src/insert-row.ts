import type { InsertPlan, Operand, OverlapRule, Predicate, Refusal, Scalar, StoredRow } from '@portolan/adapter-kit'
import type { UniqueKey } from '@portolan/sql-kit'
import type { Compilable, CompiledQuery } from 'kysely'
import { type Client, type Columns, eb } from './client.ts'
import { askingFirst, inserting, type NewRow, passingOver, type Row } from './insert-statements.ts'
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
import { repeated, sendFilled, slotOf } from './slots.ts'
import { bound, type Frame, type Reference } from './table.ts'

/** The statements that insert one row of a shape unless something is in its way, with slots where its values go. */
interface InsertShape {
  /** Inserts where nothing is in the way; what others write at the same time keeps the row out without an error. */
  readonly insert: Statement
  /** Inserts, and leaves it to the database to say what is in the way, where it sees more than the question does. */
  readonly insist: Statement
  /** All that can be in the way, in the order in which it is told. */
  readonly obstacles: readonly Obstacle[]
  /** Asks what is in the way; null: `insert` answers that as well. */
  readonly question: Statement | null
}

/** Compiled when it is needed for the first time. */
type Statement = (client: Client) => CompiledQuery

function compiledOnce(
  build: (client: Client) => Compilable,
  finish: (compiled: CompiledQuery) => CompiledQuery,
): Statement {
  let compiled: CompiledQuery | null = null
  return (client) => (compiled ??= finish(build(client).compile()))
}

/** By what the statements hang on beside the values: which fields are given, which are null, which rules hold the row. */
export type InsertShapes = Map<string, InsertShape>

/** So many shapes are kept of an entity: there are far fewer, unless fields come and go at random. */
const shapesKept = 200

export type Insertion = (client: Client, round: number) => Promise<Attempt>

export interface Attempt {
  /** null: nothing was written. */
  readonly row: StoredRow | null
  /** Why nothing was written; null: nothing is in the way any more. */
  readonly refusal: () => Promise<Refusal | null>
}

/** After so many rounds that found nothing in the way, the database itself is to say what is. */
const patientRounds = 3

/** One row to be inserted; one statement for an attempt, and a second one where its refusal has to be asked for. */
export function insertionOf(frame: Frame, plan: InsertPlan, row: Row): Insertion {
  const { insert, insist, obstacles, question } = shapeOf(frame, plan, row)
  const valueFor = (field: string): unknown => bound(frame, row[field] ?? null)
  const send = (client: Client, statement: Statement): Promise<Columns | undefined> =>
    sendFilled(client, statement(client), valueFor)
  return async (client, round) => {
    const answer = await send(client, round <= patientRounds ? insert : insist)
    if (typeof answer?.id === 'string') return { row: frame.table.decode(answer), refusal: async () => null }
    return {
      row: null,
      async refusal() {
        const probed = question ? await send(client, question) : answer
        return probed ? firstRefusal(obstacles, probed, { id: '', version: 0 }) : null
      },
    }
  }
}

function shapeOf(frame: Frame, plan: InsertPlan, row: Row): InsertShape {
  const rules = rulesOver(frame.table.layout.entity.rules, row)
  const name = shapeName(plan, row, rules)
  if (name === null) {
    const given = newRow(row, (field) => eb.val(bound(frame, row[field] ?? null)))
    return buildShape(frame, plan.unless, given, rules, (compiled) => compiled)
  }
  const { insertShapes, layout } = frame.table
  const known = insertShapes.get(name)
  if (known) return known
  const { scope } = layout.entity
  const framed = { ...frame, scope: scope === null ? null : slotOf(scope) }
  const slots = newRow(row, (field) => eb.val(slotOf(field)))
  const shape = buildShape(framed, null, slots, rules, repeated)
  if (insertShapes.size < shapesKept) insertShapes.set(name, shape)
  return shape
}

/** null: a condition or the store's clock is part of the statements' text, so that they are built anew each time. */
function shapeName({ unless }: InsertPlan, row: Row, rules: readonly OverlapRule[]): string | null {
  if (unless !== null) return null
  let name = ''
  for (const [field, operand] of Object.entries(row) as [string, Operand][]) {
    if (operand === null) name += `${field} null,`
    else if (typeof operand === 'object') return null
    else name += `${field},`
  }
  for (const rule of rules) name += `;${rule.name}`
  return name
}

/** The rules that the row comes under. They never hang on a clock: their fields are given. */
function rulesOver(rules: readonly OverlapRule[], row: Row): OverlapRule[] {
  if (rules.length === 0) return []
  const entries = Object.entries(row) as [string, Operand][]
  const known = Object.fromEntries(
    entries.filter((entry): entry is [string, Scalar] => typeof entry[1] !== 'object' || entry[1] === null),
  )
  return rules.filter((rule) => comesUnder(rule, known))
}

function newRow(row: Row, value: Reference): NewRow {
  const fields = Object.keys(row)
  return { fields, nulls: new Set(fields.filter((field) => row[field] === null)), value }
}

/** What is kept of a row that was inserted is its shape: none of its values. */
function buildShape(
  frame: Frame,
  predicate: Predicate | null,
  row: NewRow,
  rules: readonly OverlapRule[],
  finish: (compiled: CompiledQuery) => CompiledQuery,
): InsertShape {
  const { layout, manyWriters, returning } = frame.table
  const candidate: Candidate = { value: row.value, self: null }
  const complete = ({ fields }: UniqueKey): boolean => fields.every((field) => !row.nulls.has(field))
  const excluding = unless(frame, predicate, candidate)
  const obstacles = [
    ...layout.keys.filter(complete).map((key) => duplicate(frame, key, candidate)),
    ...excluding,
    ...rules.map((rule) => overlap(frame, rule, candidate, true)),
  ]
  const statement = (build: (client: Client) => Compilable): Statement => compiledOnce(build, finish)
  const carrying = (carried: readonly Obstacle[]) => (client: Client) => inserting(client, frame, row, carried)
  const question = statement((client) => client.selectNoFrom(probes(obstacles)))
  if (!manyWriters) {
    const insert = statement((client) => carrying(obstacles)(client).returning([...returning]))
    return { insert, insist: insert, obstacles, question }
  }
  const insist = statement((client) => carrying(excluding)(client).returning([...returning]))
  if (excluding.length === 0 && rules.length === 0) {
    const insert = statement((client) => passingOver(carrying([])(client)).returning([...returning]))
    return { insert, insist, obstacles, question }
  }
  return {
    insert: statement((client) => askingFirst(client, frame, row, obstacles)),
    insist,
    obstacles,
    question: null,
  }
}
