import { randomUUID } from 'node:crypto'
import { addressed, type Definitions, type Detour, type Header } from './calls.ts'
import type { Connection, Reply } from './client.ts'
import type { Engine } from './engine.ts'
import { failing, tooLate, unknownAnswer } from './errors.ts'
import type { Keyspace } from './keys.ts'

/** So often a definition may change under one call; more means that somebody applies all the time. */
const maximumRounds = 20

/** `call` of the engine: the same operation id in every round, since a detour has written nothing. */
export function callsOn(
  connection: Connection,
  keyspace: Keyspace,
  definitions: Definitions,
  clock: (() => number) | null,
): Engine['call'] {
  return async ({ script, entities, use, keys: more, operation, deadline }) => {
    const own = script.writes ? [keyspace.operation(randomUUID())] : []
    for (let round = 0; round < maximumRounds; round++) {
      const known = await definitions.of(entities, use, deadline)
      const { keys, layouts } = addressed(keyspace, known, [...more, ...own])
      const reply = await sendInTime(connection, deadline, (notAfter) => {
        const header: Header = [clock ? clock() : false, notAfter]
        return connection.run(script, keys, [header, layouts, ...operation(known)], deadline)
      })
      const [word, ...parts] = reply as readonly Reply[]
      switch (String(word)) {
        case 'ok':
          return parts
        case 'definition':
          definitions.learn(entities[Number(parts[0]) - 1] ?? '', String(parts[1]), String(parts[2]))
          break
        case 'wrongtype':
          throw wrongType(entities[Number(parts[0]) - 1] ?? '', String(parts[1]))
        default:
          return detour(String(word), parts)
      }
    }
    throw failing('transaction-conflict', 'the stored definition changed again and again under one call; try again')
  }
}

/** Where the server's clock was taken for another one, what came in time seems late to it: once more, with what is known of it then. */
export async function sendInTime(
  connection: Connection,
  deadline: number,
  send: (notAfter: number | false) => Promise<Reply>,
): Promise<Reply> {
  for (let again = false; ; again = true) {
    const askedAt = performance.now()
    const reply = await send(connection.notAfter(deadline))
    const [word, now] = Array.isArray(reply) ? (reply as readonly Reply[]) : []
    if (String(word) !== 'late') return reply
    connection.learnClock(Number(now), askedAt)
    if (again || performance.now() >= deadline) throw tooLate()
  }
}

function detour(word: string, parts: readonly Reply[]): Extract<Detour, { kind: 'broad' | 'held' }> {
  if (word === 'broad') return { kind: 'broad', question: Number(parts[0] ?? 1) }
  if (word === 'held') return { kind: 'held' }
  throw unknownAnswer()
}

export function wrongType(entity: string, part: string): Error {
  const message = `a key of ${entity} (${part}) holds something else than Portolan put there; nothing was written. Remove it, then apply the schema`
  return failing('schema-mismatch', message, [{ entity, kind: 'type', name: part, message }])
}
