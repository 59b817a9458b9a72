import {
  type ClaimPlan,
  type DeleteManyPlan,
  type Refusal,
  refuse,
  type Scalar,
  type StoredRow,
  type UpdateManyOutcome,
  type UpdateManyPlan,
} from '@portolan/adapter-kit'
import type { Reply } from '../client.ts'
import { rowOf } from '../encoding/rows.ts'
import type { Engine } from '../engine.ts'
import { unknownAnswer } from '../errors.ts'
import { findOf } from '../query/choose.ts'
import { tooBroad } from '../query/too-broad.ts'
import { remove, write } from '../scripts/write.ts'
import { setMessage } from './operands.ts'
import { refusalOf } from './outcome.ts'
import { send } from './send.ts'

/** Any order will do, from the beginning, to the end. */
const all = { order: [], after: null, limit: null, offset: 0 } as const

export async function updateMany(engine: Engine, plan: UpdateManyPlan, deadline: number): Promise<UpdateManyOutcome> {
  const { entity, scope, where, set, returning } = plan
  const answer = await send(engine, {
    script: write,
    plan,
    deadline,
    searched: where,
    operation: (known) => [
      'updateMany',
      findOf(known, 1, { ...all, scope, where }, engine.scanBound),
      setMessage(known, set),
      returning === 'ids' ? 1 : 0,
    ],
  })
  if (answer.word !== 'updated') return refusalOf(answer, entity)
  const [count, ids] = answer.parts
  return { kind: 'updated', count: Number(count), ids: (ids as readonly Reply[]).map(String) }
}

export async function deleteMany(engine: Engine, plan: DeleteManyPlan, deadline: number): Promise<number> {
  const { scope, where, limit } = plan
  const { word, parts } = await send(engine, {
    script: remove,
    plan,
    deadline,
    searched: where,
    operation: (known) => ['deleteMany', findOf(known, 1, { ...all, scope, where, limit }, engine.scanBound)],
  })
  if (word === 'deleted') return Number(parts[0])
  throw unknownAnswer()
}

/**
 * A claim whose way gives the order and which has read as many rows as it may without finding one to take (all leased, say) goes
 * on behind them with another call, so that such rows never stop a queue.
 */
export async function claim(engine: Engine, plan: ClaimPlan, deadline: number): Promise<StoredRow[]> {
  const { entity, scope, where, order, limit, set } = plan
  let after: Scalar[] | null = null
  for (;;) {
    const answer = await send(engine, {
      script: write,
      plan,
      deadline,
      searched: where,
      order,
      operation: (known) => [
        'claim',
        findOf(known, 1, { scope, where, order, after, limit, offset: 0 }, engine.scanBound),
        setMessage(known, set),
      ],
    })
    const { word, parts, known } = answer
    if (word === 'claimed') {
      const fields = Object.keys(entity.fields)
      return (parts[0] as readonly Buffer[]).map((blob) => rowOf(known, blob, fields))
    }
    if (word !== 'onward') return unclaimable(entity.name, refusalOf(answer, entity))
    if (performance.now() >= deadline) throw tooBroad(known.definition, plan, engine.scanBound)
    const last = rowOf(
      known,
      parts[0] as Buffer,
      order.map(({ field }) => field),
    )
    after = order.map(({ field }) => last[field] ?? null)
  }
}

/** The kit lets no claim patch what its own definition guards; another client may have declared more. */
function unclaimable(entity: string, refusal: Refusal): never {
  const kept = refusal.kind === 'duplicate' ? refusal.unique : refusal.kind === 'overlap' ? refusal.rule : ''
  return refuse('misuse', `${entity}: the patch of this claim would break ${kept}, a key or rule of another client`, {})
}
