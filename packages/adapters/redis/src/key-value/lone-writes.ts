import { randomUUID } from 'node:crypto'
import { KeyValueEntry } from '@portolan/adapter-kit'
import { sendInTime } from '../call.ts'
import type { Header } from '../calls.ts'
import type { Reply } from '../client.ts'
import type { Message } from '../encoding/message.ts'
import type { Engine } from '../engine.ts'
import { failing, unknownAnswer } from '../errors.ts'
import { removeEntries, writeEntries } from '../scripts/key-value-calls.ts'
import type { Script } from '../scripts/script.ts'
import { type Addressing, addressing } from './addressing.ts'
import { type Changes, changesAt } from './changes.ts'
import { arePlain, type LoneSet, setPlainly } from './lone-sets.ts'
import type { Condition } from './part.ts'
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

export interface EntryWriting {
  /** The revision; null where the condition is not met. Refused where the server is full. */
  set(write: LoneSet, deadline: number): Promise<string | null>
  /** How many entries. Done on a full server as well, since it makes room. */
  remove(write: LoneWrite, deadline: number): Promise<number>
  sweep(limit: number, deadline: number): Promise<number>
}

const doneLetter = 49
/** So often a definition may come and go under one call. */
const maximumRounds = 5
/** Entries that a call of `sweep` looks at in one script, which stops the server meanwhile. */
const sweepPortion = 500
/** So many round trips of sets: in one of them something is swept. */
const turnsOfSweeping = 16
/** Entries that are swept by the way, for each that was written since the last time and at most. */
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
    changes: Changes['list'],
    sweep: Message,
    deadline: number,
  ): Promise<readonly Reply[]> => {
    const { keys, message } = at.part({ changes })
    const all = [keyspace.definition(name), ...keys, keyspace.operation(id)]
    for (let round = 0; round < maximumRounds; round++) {
      await definitions.of([name], 'write', deadline)
      const askedAt = performance.now()
      const reply = await sendInTime(connection, deadline, (notAfter) => {
        const header: Header = [clock ? clock() : false, notAfter]
        return connection.run(script, all, [header, [], message, sweep], deadline)
      })
      const [word, ...parts] = reply as readonly Reply[]
      switch (String(word)) {
        case 'ok':
          if (Number(parts[1] ?? 0) > 0) connection.learnClock(Number(parts[1]), askedAt)
          return parts
        case 'missing':
          definitions.learn(name, '', '')
          break
        default:
          throw unknownAnswer()
      }
    }
    throw failing('transaction-conflict', 'the stored definition changed again and again under one call; try again')
  }

  const byTheWay = sweeping()

  let turns = 0
  let written = 0

  /** Answers by how many changes of each write were done. */
  const send = async (
    script: Script,
    writes: readonly LoneWrite[],
    id: string,
    deadline: number,
  ): Promise<number[]> => {
    const at = addressing(keyspace)
    const changes = changesAt(at)
    const counts = writes.map((write, index) => add(changes, write, revisionOf(id, index)))
    written += counts.reduce((sum, each) => sum + each, 0)
    const { message, told } = byTheWay.next(at, Math.min(written * sweptByTheWay.each, sweptByTheWay.most))
    written = 0
    const [answers, , swept] = await run(script, id, at, changes.list, message, deadline)
    if (swept) told(swept)
    let next = 0
    return counts.map((each) => {
      let sum = 0
      for (const end = next + each; next < end; next++) if ((answers as Buffer)[next] === doneLetter) sum++
      return sum
    })
  }

  return {
    set: together(async (sets: readonly LoneSet[], deadline) => {
      const id = randomUUID()
      const revisions = sets.map((_, index) => revisionOf(id, index))
      // Those that do more look for what is to be swept, so every once in a while it is they.
      if (++turns % turnsOfSweeping !== 0 && !byTheWay.hasMore() && arePlain(sets)) {
        await definitions.of([name], 'write', deadline)
        if (await setPlainly(engine, sets, { id, revisions, deadline })) {
          written += sets.length
          return revisions
        }
      }
      const done = await send(writeEntries, sets, id, deadline)
      return done.map((each, index) => (each === 1 ? (revisions[index] as string) : null))
    }, sizeOf),
    remove: together(
      (writes: readonly LoneWrite[], deadline) => send(removeEntries, writes, randomUUID(), deadline),
      sizeOf,
    ),
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

/** Returns how many. */
function add(changes: Changes, write: LoneWrite, revision: string): number {
  const { namespace } = write
  if (write.kind === 'set') {
    const { key, value, ttlMs, condition } = write
    changes.set(namespace, { key, revision, value, ends: ttlMs ?? false }, condition)
  } else if (write.kind === 'clear') changes.clear(namespace, revision)
  else for (const key of write.keys) changes.delete(namespace, key, write.revision)
  return write.kind === 'delete' ? write.keys.length : 1
}

function sizeOf(write: LoneWrite): number {
  if (write.kind === 'set') return write.key.length + write.value.length
  return write.kind === 'delete' ? write.keys.reduce((size, key) => size + key.length, 0) : 0
}
