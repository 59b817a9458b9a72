import { randomUUID } from 'node:crypto'
import { KeyValueEntry } from '@portolan/adapter-kit'
import type { Header } from '../calls.ts'
import type { Reply } from '../client.ts'
import type { Message } from '../encoding/message.ts'
import type { Engine } from '../engine.ts'
import { failing, unanswered } from '../errors.ts'
import { removeEntries, writeEntries } from '../scripts/key-value-calls.ts'
import type { Script } from '../scripts/script.ts'
import { type Addressing, addressing } from './addressing.ts'
import type { Condition, EntryChange } from './part.ts'
import { type Sweeping, sweeping } from './sweeping.ts'
import { together } from './together.ts'

export type LoneWrite =
  | {
      readonly kind: 'set'
      readonly namespace: string
      readonly key: string
      readonly value: string
      readonly ttlMs: number | null
      readonly condition: Condition
    }
  | {
      readonly kind: 'delete'
      readonly namespace: string
      readonly keys: readonly string[]
      readonly revision: string | null
    }
  | { readonly kind: 'clear'; readonly namespace: string }

export interface Written {
  /** How many entries the write has set or removed. */
  readonly done: number
  /** Of a set: the revision of the entry. */
  readonly revision: string
}

export interface EntryWriting {
  /** Refused where the server is full. */
  set(write: LoneWrite, deadline: number): Promise<Written>
  /** Done on a full server as well, since it makes room. */
  remove(write: LoneWrite, deadline: number): Promise<Written>
  sweep(limit: number, deadline: number): Promise<number>
}

/** So often a definition may come and go under one call. */
const maximumRounds = 5
/** Entries that a call of `sweep` looks at in one script, which stops the server meanwhile. */
const sweepPortion = 500
/** Entries that writes of one round trip sweep by the way, for each of them and at most. */
const sweptByTheWay = { each: 2, most: 64 }

/**
 * Writes that stand alone: all that are made before the event loop turns by one script, one after another. They share one operation
 * id, of which the revisions are made, so that none comes twice and a script that is sent again changes nothing.
 */
export function entryWriting(engine: Engine): EntryWriting {
  const { connection, keyspace, definitions, clock } = engine
  const { name } = KeyValueEntry

  const run = async (
    script: Script,
    id: string,
    at: Addressing,
    changes: readonly EntryChange[],
    sweep: Message,
    deadline: number,
  ): Promise<readonly Reply[]> => {
    const { keys, message } = at.part({ changes })
    const all = [keyspace.definition(name), ...keys, keyspace.operation(id)]
    for (let round = 0; round < maximumRounds; round++) {
      await definitions.of([name], 'write', deadline)
      const header: Header = [clock ? clock() : false, connection.notAfter(deadline)]
      const [word, ...parts] = (await connection.run(script, all, [header, [], message, sweep], deadline)) as Reply[]
      switch (String(word)) {
        case 'ok':
          if (Number(parts[1] ?? 0) > 0) connection.learnClock(Number(parts[1]))
          return parts
        case 'missing':
          definitions.learn(name, '', '')
          break
        default:
          throw unanswered(true)
      }
    }
    throw failing('transaction-conflict', 'the stored definition changed again and again under one call; try again')
  }

  const byTheWay = sweeping()
  const sending = (script: Script) => async (writes: readonly LoneWrite[], deadline: number) => {
    const id = randomUUID()
    const at = addressing(keyspace)
    const changes: EntryChange[] = []
    const ends = writes.map((write, index) => {
      addChanges(changes, at, write, revisionOf(id, index))
      return changes.length
    })
    const limit = Math.min(changes.length * sweptByTheWay.each, sweptByTheWay.most)
    const { message, told } = byTheWay.next(at, limit)
    const [answers, , swept] = await run(script, id, at, changes, message, deadline)
    if (swept) told(swept)
    return writes.map((_, index): Written => {
      const done = (answers as readonly number[]).slice(ends[index - 1] ?? 0, ends[index])
      return { done: done.reduce((sum, each) => sum + each, 0), revision: revisionOf(id, index) }
    })
  }

  return {
    set: together(sending(writeEntries), sizeOf),
    remove: together(sending(removeEntries), sizeOf),
    async sweep(limit, deadline) {
      const own: Sweeping = sweeping()
      let removed = 0
      for (;;) {
        const at = addressing(keyspace)
        const portion = Math.min(limit - removed, sweepPortion)
        const { message, told } = own.next(at, portion)
        const [, , swept] = await run(removeEntries, randomUUID(), at, [], message, deadline)
        removed += swept ? told(swept) : 0
        if (removed >= limit || !own.hasMore()) return removed
      }
    },
  }
}

function revisionOf(id: string, index: number): string {
  return `${id}-${index.toString(36)}`
}

function addChanges(changes: EntryChange[], at: Addressing, write: LoneWrite, revision: string): void {
  const { namespace } = write
  const space = at.space(namespace)
  if (write.kind === 'set') {
    const { key, value, ttlMs, condition } = write
    changes.push(['set', space, at.entry(namespace, key), key, revision, value, ttlMs ?? false, condition])
  } else if (write.kind === 'delete') {
    for (const key of write.keys)
      changes.push(['delete', space, at.entry(namespace, key), key, write.revision ?? false])
  } else changes.push(['clear', space, at.cleared(revision), namespace, revision])
}

function sizeOf(write: LoneWrite): number {
  if (write.kind === 'set') return write.key.length + write.value.length
  return write.kind === 'delete' ? write.keys.reduce((size, key) => size + key.length, 0) : 0
}
