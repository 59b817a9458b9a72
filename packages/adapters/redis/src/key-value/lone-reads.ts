import { KeyValueEntry } from '@portolan/adapter-kit'
import type { KeyValueItem } from '@portolan/ports'
import type { Reply } from '../client.ts'
import type { Engine } from '../engine.ts'
import { readEntry } from './stored-entry.ts'
import { together } from './together.ts'

interface Asked {
  readonly namespace: string
  readonly keys: readonly string[]
}

/**
 * Entries by their keys, null where there is none: all that are asked for before the event loop turns by one MGET. No script,
 * which would cost as much again.
 */
export function entryReading(engine: Engine): (asked: Asked, deadline: number) => Promise<(KeyValueItem | null)[]> {
  const { connection, keyspace, definitions, clock } = engine

  const send = async (all: readonly Asked[], deadline: number): Promise<(KeyValueItem | null)[][]> => {
    await definitions.of([KeyValueEntry.name], 'read', deadline)
    const spaces = new Map<string, number>()
    for (const { namespace } of all) if (!spaces.has(namespace)) spaces.set(namespace, spaces.size)
    const given = [...spaces.keys()].map((namespace) => keyspace.namespace(namespace))
    for (const { namespace, keys } of all) for (const key of keys) given.push(keyspace.entry(namespace, key))
    const reply = (await connection.read('mget', given, deadline)) as readonly (Buffer | null)[]
    const generations = reply.slice(0, spaces.size).map((each) => each && String(each))
    if (generations.includes(null)) await checkDefined(engine, deadline)
    const now = clock ? clock() : null
    let at = spaces.size
    return all.map(({ namespace, keys }) => {
      const generation = generations[spaces.get(namespace) ?? 0] ?? null
      return keys.map(() => {
        const stored = reply[at++] ?? null
        return generation === null ? null : readEntry(stored, generation, now)
      })
    })
  }

  return together(send, ({ keys }) => keys.reduce((size, key) => size + key.length, 0))
}

/**
 * A namespace has a generation from its first entry on. Where it has none it is empty, unless everything has gone, definitions
 * included: that is `schema-mismatch`, and no empty store.
 */
async function checkDefined({ connection, keyspace, definitions }: Engine, deadline: number): Promise<void> {
  const { name } = KeyValueEntry
  const defined: Reply = await connection.read('hexists', [keyspace.definition(name), 'revision'], deadline)
  if (defined === 1) return
  definitions.learn(name, '', '')
  await definitions.of([name], 'read', deadline)
}
