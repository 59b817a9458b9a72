import type { DeleteOutcome, DeletePlan, UpdateOutcome, UpdatePlan } from '@portolan/adapter-kit'
import { rowOf } from '../encoding/rows.ts'
import type { Engine } from '../engine.ts'
import { remove, write } from '../scripts/write.ts'
import { conditionsMessage, scopePrefix, setMessage } from './operands.ts'
import { refusalOf } from './outcome.ts'
import { send, unlessMessage } from './send.ts'

export async function update(engine: Engine, plan: UpdatePlan, deadline: number): Promise<UpdateOutcome> {
  const { entity, scope, id, set, unless } = plan
  const answer = await send(engine, {
    script: write,
    plan,
    deadline,
    searched: unless,
    operation: (known) => [
      'update',
      scopePrefix(scope),
      id,
      [...conditionsMessage(known, plan), setMessage(known, set)],
      unlessMessage(engine, known, { scope, unless, rows: 1 }),
    ],
  })
  const { word, parts, known } = answer
  if (word === 'missing') return { kind: 'missing' }
  if (word === 'updated') return { kind: 'updated', row: rowOf(known, parts[0] as Buffer, Object.keys(entity.fields)) }
  return refusalOf(answer, entity)
}

export async function deleteRow(engine: Engine, plan: DeletePlan, deadline: number): Promise<DeleteOutcome> {
  const { entity, scope, id, unless } = plan
  const answer = await send(engine, {
    script: remove,
    plan,
    deadline,
    searched: unless,
    operation: (known) => [
      'delete',
      scopePrefix(scope),
      id,
      conditionsMessage(known, { ...plan, require: null }),
      unlessMessage(engine, known, { scope, unless, rows: 1 }),
    ],
  })
  const { word, parts, known } = answer
  if (word === 'missing') return { kind: 'missing' }
  if (word === 'deleted') return { kind: 'deleted', row: rowOf(known, parts[0] as Buffer, Object.keys(entity.fields)) }
  return refusalOf(answer, entity)
}
