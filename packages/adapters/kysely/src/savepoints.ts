import { failing } from '@portolan/adapter-kit'
import { CompiledQuery } from 'kysely'
import type { Client } from './client.ts'

interface Savepoint {
  readonly name: string
  /** A savepoint below was rolled back to, and took this one with it. */
  lost: boolean
}

/** Names are unique in the process, so that two storages in one transaction never mean each other's. */
let made = 0

/** Joins of one transaction, innermost last. */
const open = new WeakMap<object, Savepoint[]>()

function send(client: Client, statement: string): Promise<unknown> {
  return client.executeQuery(CompiledQuery.raw(statement))
}

/**
 * All of the work or nothing of it; the transaction goes on either way. Two statements, each of which is sent through `bounded`.
 */
export async function withinSavepoint<R>(
  native: object,
  client: Client,
  work: () => Promise<R>,
  bounded: (send: () => Promise<unknown>) => Promise<unknown> = (send) => send(),
): Promise<R> {
  const stack = open.get(native) ?? []
  open.set(native, stack)
  const own: Savepoint = { name: `portolan_${++made}`, lost: false }
  await bounded(() => send(client, `savepoint ${own.name}`))
  stack.push(own)
  try {
    const result = await work()
    if (own.lost) throw failing('misuse', interleaved)
    // Below another that is still open it stays: to release it would release that one too. The transaction's end does it.
    if (stack.at(-1) === own) await bounded(() => send(client, `release ${own.name}`))
    return result
  } catch (error) {
    if (!own.lost) {
      for (const above of stack.slice(stack.indexOf(own) + 1)) above.lost = true
      // It fails only where the database has already rolled back everything, or is gone; the work's own error says more.
      await bounded(() => send(client, `rollback to ${own.name}`))
        .then(() => bounded(() => send(client, `release ${own.name}`)))
        .catch(() => undefined)
    }
    throw error
  } finally {
    stack.splice(stack.indexOf(own), 1)
  }
}

const interleaved =
  'two joins ran at the same time in one transaction, and the first one failed, which undid part of the second: roll the transaction back, and join one after the other'
