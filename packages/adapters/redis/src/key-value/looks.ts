import { KeyValueEntry } from '@portolan/adapter-kit'
import type { KeyValueItem } from '@portolan/ports'
import type { Reply } from '../client.ts'
import type { Engine, Session } from '../engine.ts'
import { failing } from '../errors.ts'
import { earlierOf } from '../reads.ts'
import { lookAtEntries } from '../scripts/key-value-calls.ts'
import { addressing } from './addressing.ts'
import type { EntriesPart, KeysPage } from './part.ts'
import { readWhole } from './stored-entry.ts'

/** What a transaction asks the store about entries. */
export interface EntryLooks {
  entries(
    asked: { readonly namespace: string; readonly keys: readonly string[] },
    deadline: number,
  ): Promise<(KeyValueItem | null)[]>
  /** As `entryAnswers` of Lua says it. */
  keys(namespace: string, range: KeysPage): Promise<Reply>
  /** The store's clock, in epoch milliseconds. */
  now(): Promise<number>
}

/**
 * In `latest` entries are read as they are outside, and what was seen is checked at the end. In `snapshot` each read that follows
 * another finds the earlier ones unchanged at its own moment, rows as well, or it is a conflict.
 */
export function entryLooks(
  engine: Engine,
  readLone: EntryLooks['entries'],
  session: Session,
  deadline: number,
): EntryLooks {
  const { connection, keyspace, clock } = engine
  const { entries, options, seen } = session
  const follows = (): boolean => options.reads === 'snapshot' && (seen.length > 0 || entries.hasRead)

  return {
    async entries(asked) {
      session.looks++
      if (!follows()) return await readLone(asked, deadline)
      const { namespace, keys } = asked
      const part = entries.checks(keyspace, (at) =>
        keys.map((key) => [at.space(namespace), at.entry(namespace, key)] as const),
      )
      const answers = (await look(engine, part, session, deadline)) as readonly (Buffer | null)[]
      return keys.map((_, index) => readWhole(answers[index] ?? null))
    },
    async keys(namespace, range) {
      session.looks++
      if (!follows()) return await lookAtKeys(engine, namespace, range, deadline)
      const part = entries.checks(keyspace, (at) => [[at.space(namespace), range]])
      return (await look(engine, part, session, deadline))[0] ?? null
    },
    async now() {
      if (clock) return clock()
      const [seconds, microseconds] = (await connection.read('time', [], deadline)) as readonly Buffer[]
      return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
    },
  }
}

/** A page of keys, alone. */
export async function lookAtKeys(engine: Engine, namespace: string, range: KeysPage, deadline: number): Promise<Reply> {
  const at = addressing(engine.keyspace)
  const space = at.space(namespace)
  return (await look(engine, at.part({ asked: [[space, range]] }), { seen: [] }, deadline))[0] ?? null
}

async function look(
  { call, scanBound }: Engine,
  { keys, message }: EntriesPart,
  { seen }: Pick<Session, 'seen'>,
  deadline: number,
): Promise<readonly Reply[]> {
  const entities = [...new Set([KeyValueEntry.name, ...seen.map(({ entity }) => entity)])]
  const reply = await call({
    script: lookAtEntries,
    entities,
    use: 'read',
    keys,
    deadline,
    operation: (known) => [message, earlierOf(seen, entities, known, scanBound)],
  })
  const [changed, answers] = 'kind' in reply ? [1] : reply
  if (changed === 1)
    throw failing('transaction-conflict', 'what this transaction has read was changed by others; run the work again')
  return answers as readonly Reply[]
}
