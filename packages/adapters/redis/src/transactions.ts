import { randomUUID } from 'node:crypto'
import { type BufferedStore, KeyValueEntry, type RowChange, storageError, storeClockAt } from '@portolan/adapter-kit'
import type { Reply } from './client.ts'
import type { KnownDefinition } from './definition.ts'
import { rowKey } from './encoding/members.ts'
import type { Message } from './encoding/message.ts'
import { changedRowMessage } from './encoding/rows.ts'
import type { Engine, Guards, Reads, Session } from './engine.ts'
import { failing } from './errors.ts'
import type { EntriesPart } from './key-value/part.ts'
import { sessionEntries } from './key-value/session-entries.ts'
import { patientDeadline } from './pause.ts'
import { earlierOf } from './reads.ts'
import { check, commit, commitRemovals } from './scripts/commit.ts'
import type { Script } from './scripts/script.ts'

/** In the midst of its work a transaction waits so long for a guard, in milliseconds; its next run holds it from the start. */
const patience = 120

/** What the kit's buffered driver asks of Redis: reads that are remembered, guards as leases, and one script at the end. */
export function transactionsOn(
  engine: Engine,
  reads: Reads,
  guards: Guards,
): Pick<BufferedStore<Session>, 'begin' | 'look' | 'guard' | 'commit' | 'check' | 'end'> {
  const { keyspace, scanBound } = engine

  /** Sends the end of a transaction, whole; rejects with the conflict where it can't be. */
  const end = async (
    session: Session,
    script: Script,
    held: Iterable<string>,
    part: EntriesPart,
    changes: readonly RowChange[],
    deadline: number,
  ): Promise<void> => {
    const entities = [
      ...new Set([...session.seen.map((one) => one.entity), ...changes.map(({ entity }) => entity.name)]),
    ]
    if (part.keys.length > 0 && !entities.includes(KeyValueEntry.name)) entities.push(KeyValueEntry.name)
    const guardKeys = [...held].map((guard) => keyspace.guard(guard))
    let definitions: readonly KnownDefinition[] = []
    const reply = await engine.call({
      script,
      entities,
      use: script.writes ? 'commit' : 'read',
      keys: [...guardKeys, ...part.keys],
      deadline,
      operation(known) {
        definitions = known
        const seen = earlierOf(session.seen, entities, known, scanBound)
        const rows = changes.map((change): Message => {
          const at = entities.indexOf(change.entity.name)
          const row = change.row !== null && changedRowMessage(known[at] as KnownDefinition, change.row)
          return [at + 1, rowKey(change.scope, change.id), row]
        })
        return [seen, guardKeys.length, session.token, part.message, rows]
      },
    })
    if ('kind' in reply) throw failing('transaction-conflict', 'what this transaction has read cannot be read any more')
    judge(reply, entities, definitions)
  }

  /** What was read at one moment was so; at several it must still be, and guards must have been held all along. */
  const verify = async (session: Session, held: ReadonlySet<string>, deadline: number): Promise<void> => {
    if (held.size === 0 && session.looks <= 1) return
    await end(session, check, held, session.entries.checks(keyspace), [], deadline)
  }

  return {
    async begin(options) {
      const session: Session = {
        token: randomUUID(),
        options,
        guards: new Set(options.guards),
        seen: [],
        looks: 0,
        entries: sessionEntries(KeyValueEntry.name),
      }
      const { guards: wanted, deadline } = options
      if (wanted.length === 0) return session
      try {
        await guards.hold(session.token, wanted, deadline, deadline)
      } catch (error) {
        guards.release(session.token)
        throw error
      }
      return session
    },
    async look(session, questions, deadline) {
      const snapshot = session.options.reads === 'snapshot'
      const earlier = snapshot ? session.seen : []
      const part = snapshot ? session.entries.checks(keyspace) : undefined
      const { now, answers, seen } = await reads.look(questions, deadline, earlier, part)
      session.seen.push(...seen)
      if (questions.length > 0) session.looks++
      return { now: storeClockAt(now)(0), answers }
    },
    async guard(session, keys, deadline) {
      const wanted = keys.filter((key) => !session.guards.has(key))
      if (wanted.length === 0) return
      await guards.hold(session.token, wanted, Math.min(deadline, performance.now() + patience), deadline)
      for (const key of wanted) session.guards.add(key)
    },
    async commit(session, changes, deadline) {
      if (changes.length === 0 && !session.entries.hasWritten) {
        await verify(session, session.guards, deadline)
        return
      }
      const removes = !session.entries.hasWritten && changes.every(({ row }) => row === null)
      const part = session.entries.changes(keyspace)
      const patient = patientDeadline(deadline)
      await end(session, removes ? commitRemovals : commit, session.guards, part, changes, patient)
      guards.forget(session.token)
    },
    check: (session, deadline) => verify(session, new Set(), deadline),
    end(session) {
      guards.release(session.token)
    },
  }
}

function judge(
  [word, kind, entity, number, id]: readonly Reply[],
  entities: readonly string[],
  known: readonly KnownDefinition[],
): void {
  switch (String(word)) {
    case 'done':
    case 'unchanged':
      return
    case 'lost':
      throw failing('transaction-conflict', 'a guard ran out before the transaction had ended; begin again')
    case 'changed':
      throw failing('transaction-conflict', 'what this transaction has read was changed by others; begin again')
    default:
      throw taken(
        String(kind),
        entities[Number(entity) - 1] ?? '',
        known[Number(entity) - 1],
        Number(number),
        String(id),
      )
  }
}

/**
 * Nothing that was read has changed, so no other commit came in between: it is a key or rule that this client knows nothing of yet,
 * and running the work again would end the same way.
 */
function taken(kind: string, entity: string, known: KnownDefinition | undefined, number: number, id: string): Error {
  if (kind === 'overlap') {
    const rule = known?.definition.rules[number - 1]?.name ?? ''
    return storageError('overlap', `${entity}: a row of this transaction overlaps ${id} (${rule})`, {
      entity,
      rule,
      id,
    })
  }
  const unique = known?.definition.unique[number - 1]?.name ?? 'id'
  return storageError('duplicate', `${entity}: a row of this transaction has the key ${unique} of ${id}`, {
    entity,
    unique,
    id,
  })
}
