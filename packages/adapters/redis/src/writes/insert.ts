import { type InsertOutcome, type InsertPlan, newRow } from '@portolan/adapter-kit'
import type { KnownDefinition } from '../definition.ts'
import type { Message } from '../encoding/message.ts'
import { rowMessage, rowOf } from '../encoding/rows.ts'
import type { Engine } from '../engine.ts'
import { write } from '../scripts/write.ts'
import { conditionsMessage, scopePrefix, setMessage } from './operands.ts'
import { refusalOf } from './outcome.ts'
import { send, unlessMessage } from './send.ts'

export async function insert(engine: Engine, plan: InsertPlan, deadline: number): Promise<InsertOutcome> {
  const { entity, scope, unless, rows } = plan
  const answer = await send(engine, {
    script: write,
    plan,
    deadline,
    searched: unless,
    operation: (known) => [
      'insert',
      scopePrefix(scope),
      rows.map((values) => rowMessage(known, values)),
      duplicateMessage(known, plan),
      unlessMessage(engine, known, { scope, unless, rows: rows.length }),
    ],
  })
  const { word, parts, known } = answer
  if (word === 'inserted') {
    // Nothing comes back but the instant that the script took: whatever else is stored was sent.
    const now = Number(parts[0])
    return { kind: 'inserted', rows: rows.map((values) => newRow(entity, values, (plus) => instantAt(now + plus))) }
  }
  if (word === 'existing' || word === 'updated')
    return { kind: word, row: rowOf(known, parts[0] as Buffer, Object.keys(entity.fields)) }
  return refusalOf(answer, entity)
}

/** Lua's `instant` on this side; years beyond 0001 to 9999 are cut to these. */
function instantAt(moment: number): string {
  return new Date(Math.min(Math.max(moment, -62_135_596_800_000), 253_402_300_799_999)).toISOString()
}

/** false: a duplicate is reported. Else the number of the key, 0 for the id, and what is done to the row that has it already. */
function duplicateMessage(known: KnownDefinition, { onDuplicate }: InsertPlan): Message {
  if (onDuplicate.kind === 'report') return false
  const number = 1 + known.definition.unique.findIndex(({ name }) => name === onDuplicate.unique)
  if (onDuplicate.kind === 'return') return [number, false]
  return [number, [...conditionsMessage(known, { ...onDuplicate, expect: null }), setMessage(known, onDuplicate.set)]]
}
