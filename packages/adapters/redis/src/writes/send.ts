import { always, type Order, type Predicate, type StoredEntity } from '@portolan/adapter-kit'
import type { Find } from '../calls.ts'
import type { KnownDefinition } from '../definition.ts'
import type { Message } from '../encoding/message.ts'
import type { Engine } from '../engine.ts'
import { failing } from '../errors.ts'
import { patientDeadline, paused } from '../pause.ts'
import { findOf } from '../query/choose.ts'
import { tooBroad } from '../query/too-broad.ts'
import type { Script } from '../scripts/script.ts'
import type { Answer } from './outcome.ts'

interface Sending {
  readonly script: Script
  readonly plan: { readonly entity: StoredEntity; readonly scope: string | null; readonly guards?: readonly string[] }
  readonly deadline: number
  readonly operation: (known: KnownDefinition) => readonly Message[]
  /** What the script searches by, for the message where that is too broad; null: nothing. */
  readonly searched: Predicate | null
  readonly order?: readonly Order[]
}

/**
 * Sends a lone write. Where somebody holds a guard of it nothing has happened, and it is sent again after a pause, until the
 * deadline; then it is a conflict, known not applied. It needs no lease itself, since a script is alone while it runs.
 */
export async function send(
  engine: Engine,
  { script, plan, deadline, operation, searched, order = [] }: Sending,
): Promise<Answer> {
  const { entity, guards = [] } = plan
  let used: KnownDefinition | undefined
  let until = deadline
  for (;;) {
    const reply = await engine.call({
      script,
      entities: [entity.name],
      use: 'write',
      keys: guards.map((guard) => engine.keyspace.guard(guard)),
      operation([known]) {
        used = known as KnownDefinition
        return operation(used)
      },
      deadline: until,
    })
    const known = used as KnownDefinition
    if (!('kind' in reply)) return { word: String(reply[0]), parts: reply.slice(1), known }
    if (reply.kind === 'broad') throw tooBroad(known.definition, { where: searched ?? always, order }, engine.scanBound)
    if (!(await paused(deadline)))
      throw failing(
        'transaction-conflict',
        `${entity.name}: other transactions held a guard of this write until the deadline, so it was not carried out; try again`,
      )
    until = patientDeadline(deadline)
  }
}

/** More than are told of: the row being written may be among them, and does not count. */
const mostInTheWay = 10

export function unlessMessage(
  engine: Engine,
  known: KnownDefinition,
  { scope, unless, rows }: { readonly scope: string | null; readonly unless: Predicate | null; readonly rows: number },
): Find | false {
  if (unless === null) return false
  const query = { scope, where: unless, order: [], after: null, limit: mostInTheWay + rows, offset: 0 }
  return findOf(known, 1, query, engine.scanBound)
}
