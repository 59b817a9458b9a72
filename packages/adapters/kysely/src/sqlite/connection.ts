import { type WriterQueue, writerQueue } from '@portolan/sql-kit'
import { CompiledQuery } from 'kysely'
import type { Client, Columns } from '../client.ts'
import { onConnection } from '../deadline.ts'

/** What is learnt of a Kysely instance when it is first used. */
interface Facts {
  /** The user's busy_timeout in milliseconds. */
  readonly busyTimeout: number
  readonly queue: WriterQueue
}

const facts = new WeakMap<object, Facts>()

/** Runs work on the one connection of a SQLite instance. Kysely hands it to one caller at a time. */
export interface Connector {
  /**
   * Waits for the connection until the deadline, then `unavailable`; work that has not begun by then never begins. While it
   * runs, SQLite itself does not wait for locks (busy_timeout 0); afterwards the user's setting is in force again.
   */
  connect<R>(deadline: number, work: (connected: Client) => Promise<R>): Promise<R>
  queue(deadline: number): Promise<WriterQueue>
}

/** `instance` is what is known of by two storages on one Kysely; `client` is what to connect through. */
export function createConnector(instance: object, client: Client): Connector {
  const acquire = <R>(deadline: number, work: (connected: Client) => Promise<R>): Promise<R> =>
    onConnection(client, deadline, { neverFree, working: null }, work)

  const learn = async (connected: Client): Promise<Facts> => {
    const known = facts.get(instance)
    if (known) return known
    const busyTimeout = await readBusyTimeout(connected)
    const { rows } = await connected.executeQuery<Columns>(CompiledQuery.raw('pragma database_list'))
    const main = rows.find(({ name }) => name === 'main')
    const learnt: Facts = { busyTimeout, queue: writerQueue(String(main?.file ?? '')) }
    facts.set(instance, learnt)
    return learnt
  }

  return {
    connect: (deadline, work) =>
      acquire(deadline, async (connected) => {
        const bare = connected.withoutPlugins()
        const { busyTimeout } = await learn(bare)
        return await quietly(bare, busyTimeout, () => work(connected))
      }),
    async queue(deadline) {
      const known = facts.get(instance) ?? (await acquire(deadline, (connected) => learn(connected.withoutPlugins())))
      return known.queue
    },
  }
}

const neverFree =
  'the Kysely instance has one connection, and a transaction held it until the deadline; end that transaction, or raise timeoutMs'

export async function readBusyTimeout(client: Client): Promise<number> {
  const { rows } = await client.executeQuery<Columns>(CompiledQuery.raw('pragma busy_timeout'))
  return Number(rows[0]?.timeout ?? 0)
}

/** With SQLite's own waiting off. Two statements more, which touch no file, where the user has it on. */
export async function quietly<R>(client: Client, busyTimeout: number, work: () => Promise<R>): Promise<R> {
  if (busyTimeout === 0) return await work()
  await client.executeQuery(CompiledQuery.raw('pragma busy_timeout = 0'))
  try {
    return await work()
  } finally {
    await client.executeQuery(CompiledQuery.raw(`pragma busy_timeout = ${busyTimeout}`))
  }
}
