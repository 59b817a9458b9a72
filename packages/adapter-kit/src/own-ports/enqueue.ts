import type { Capabilities, NewMessage } from '@portolan/ports'
import { modelOf } from '../entities/model.ts'
import { refuse, storageError } from '../errors.ts'
import type { Operations } from '../operations.ts'
import { checkOptions } from '../queries/limits.ts'
import { isPlainObject } from '../queries/where.ts'
import { checkBulkSize } from '../repository/size.ts'
import type { InsertPlan, Operand, StoredRow } from '../spi/index.ts'
import { toInstant } from '../values/instant.ts'
import { toJsonText } from '../values/json.ts'
import { checkKey, describe } from '../values/text.ts'
import { OutboxMessage } from './own-entities.ts'
import { ownSelect, unexpectedOutcome } from './own-rows.ts'
import { checkPeriod } from './periods.ts'

const name = OutboxMessage.name
const defaultAttempts = 10
const maximumAttempts = 1_000_000
/** Each round that finds a message of its own id there leaves fewer to insert; more rounds mean rows that come and go. */
const maximumRounds = 20

type NewRow = { readonly [field: string]: Operand } & { readonly id: string }

/**
 * Stores the messages, all or none, and returns them as stored, in the order given. One operation where no id of the caller's
 * exists yet; where one does, two more. Of messages with one id the first stays, whoever enqueued it.
 */
export async function enqueueMessages(
  {
    operations,
    topic,
    generateId,
    capabilities,
  }: {
    readonly operations: Operations
    readonly topic: string | null
    readonly generateId: () => string
    readonly capabilities: Capabilities
  },
  messages: unknown,
): Promise<StoredRow[]> {
  if (!Array.isArray(messages)) {
    return refuse('invalid-value', `${name}: enqueue takes an array of messages, but got ${describe(messages)}`, {
      entity: name,
      field: 'messages',
    })
  }
  const rows = messages.map((message: unknown) => newRow(message, topic, generateId))
  const callersIds = new Set((messages as NewMessage[]).flatMap(({ id }) => (id === undefined ? [] : [id])))
  const distinct = new Map<string, NewRow>()
  for (const row of rows) {
    if (distinct.has(row.id) && !callersIds.has(row.id)) refuseGenerated(row.id)
    if (!distinct.has(row.id)) distinct.set(row.id, row)
  }
  // Only texts count for the size, so that the instants which the store will fill in make no difference.
  checkBulkSize({ model: modelOf(OutboxMessage), capabilities }, [
    ...distinct.values(),
  ] as readonly object[] as readonly StoredRow[])
  const stored = new Map<string, StoredRow>()
  await store(operations, distinct, callersIds, stored)
  return rows.map(
    (row) => stored.get(row.id) ?? unexpectedOutcome(name, 'enqueue', { kind: 'fewer rows than inserted' }),
  )
}

async function store(
  operations: Operations,
  missing: Map<string, NewRow>,
  callersIds: ReadonlySet<string>,
  stored: Map<string, StoredRow>,
): Promise<void> {
  const keep = (row: StoredRow): void => {
    stored.set(String(row.id), row)
    missing.delete(String(row.id))
  }
  for (let round = 1; missing.size > 0; round++) {
    const rows = [...missing.values()]
    const [first] = rows
    const alone = rows.length === 1 && first !== undefined && callersIds.has(first.id)
    const outcome = await operations.insert(
      insertPlan(rows, alone ? { kind: 'return', unique: 'id' } : { kind: 'report' }),
    )
    if (outcome.kind === 'inserted') {
      outcome.rows.forEach(keep)
      return
    }
    if (outcome.kind === 'existing') {
      keep(outcome.row)
      return
    }
    if (outcome.kind !== 'duplicate') return unexpectedOutcome(name, 'enqueue', outcome)
    if (outcome.id !== null && !callersIds.has(outcome.id)) refuseGenerated(outcome.id)
    if (round === maximumRounds) {
      throw storageError(
        'transaction-conflict',
        `${name}: messages of the ids given are being added and removed all the time; enqueue again`,
        { attempts: round },
      )
    }
    const wanted = [...missing.keys()].filter((id) => callersIds.has(id))
    const existing = await operations.select(ownSelect(OutboxMessage, { op: 'in', field: 'id', values: wanted }))
    existing.forEach(keep)
  }
}

function insertPlan(rows: readonly NewRow[], onDuplicate: InsertPlan['onDuplicate']): InsertPlan {
  return { entity: modelOf(OutboxMessage).stored, scope: null, rows, onDuplicate, unless: null, guards: [] }
}

/** An id that the caller did not give is no repeat: to return the other message would lose this one. */
function refuseGenerated(id: string): never {
  return refuse(
    'duplicate',
    `${name} ${id}: a generated id exists already; the option generateId must never repeat one`,
    {
      entity: name,
      unique: 'id',
      id,
    },
  )
}

function newRow(message: unknown, ofOutbox: string | null, generateId: () => string): NewRow {
  const bad = (field: string, why: string): never =>
    refuse('invalid-value', `${name}.${field} ${why}`, { entity: name, field })
  if (!isPlainObject(message)) return bad('messages', 'must hold objects such as { topic, payload }')
  checkOptions(name, 'enqueue', message, ['id', 'topic', 'payload', 'delayMs', 'at', 'maxAttempts'])
  const { id, topic = ofOutbox, payload, delayMs, at, maxAttempts = defaultAttempts } = message
  if (topic === null) bad('topic', 'is missing: give it with the message or by outbox(topic)')
  if (ofOutbox !== null && topic !== ofOutbox)
    bad('topic', 'is another one than that of the outbox; leave it out, or use outbox()')
  if (payload === undefined) bad('payload', 'is missing')
  if (delayMs !== undefined && at !== undefined) bad('at', 'was given together with delayMs: give one of them')
  if (!Number.isInteger(maxAttempts) || (maxAttempts as number) < 1 || (maxAttempts as number) > maximumAttempts) {
    bad('maxAttempts', `must be a whole number from 1 to ${maximumAttempts}`)
  }
  return {
    id: checkKey(name, 'id', id === undefined ? generateId() : id),
    topic: checkKey(name, 'topic', topic),
    payload: toJsonText(name, 'payload', payload),
    state: 'pending',
    availableAt: availability(delayMs, at),
    leasedUntil: null,
    token: null,
    maxAttempts: maxAttempts as number,
    attemptsLeft: maxAttempts as number,
    enqueuedAt: { clock: 0 },
    deliveredAt: null,
    lastError: null,
  }
}

/** `delayMs` counts from the store's now; `at` is taken as it is. */
export function availability(delayMs: unknown, at: unknown): Operand {
  if (at === undefined)
    return { clock: delayMs === undefined ? 0 : checkPeriod(name, 'delayMs', delayMs, { least: 0 }) }
  return (
    toInstant(at) ??
    refuse(
      'invalid-value',
      `${name}.at must be an instant: a Date, a Temporal.Instant, or text such as 2026-01-31T09:00:00.000Z`,
      {
        entity: name,
        field: 'at',
      },
    )
  )
}
