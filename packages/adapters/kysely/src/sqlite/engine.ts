import { failing } from '@portolan/adapter-kit'
import { isBusy, sqliteError, takeWriteLock, tellsWhetherRead, untilUnlocked } from '@portolan/sql-kit'
import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import type { Client } from '../client.ts'
import type { StorageFacts } from '../dialect.ts'
import type { Engine, Session } from '../engine.ts'
import { withinSavepoint } from '../savepoints.ts'
import { createConnector, quietly, readBusyTimeout } from './connection.ts'

/**
 * SQLite through Kysely: one connection per instance, one writer per database. Every transaction takes the write lock before
 * anything else. From then on nothing can change under it, so reads are stable, guards cost nothing, and no statement meets
 * another's lock.
 */
export function createSqliteEngine<DB>(db: Kysely<DB>, { layouts, clock }: StorageFacts): Engine<DB> {
  const client = db as unknown as Client
  const plain = createConnector(db, client.withoutPlugins())
  const withPlugins = createConnector(db, client)

  /** By the first table that is there: one that is missing is told by the calls that need it. */
  const takeLock = async (session: Client): Promise<void> => {
    let missing: unknown = null
    for (const layout of layouts()) {
      try {
        await session.executeQuery(CompiledQuery.raw(takeWriteLock(layout)))
        return
      } catch (error) {
        if (sqliteError(error)?.code !== 'SQLITE_ERROR') throw error
        missing ??= error
      }
    }
    if (missing !== null) throw missing
  }

  /** Begins, works and commits on a connection; `begun` is called when the lock is held and the work begins. */
  const runOn = async <R>(
    connected: Client,
    deadline: number,
    begun: () => void,
    work: (session: Session<DB>) => Promise<R>,
  ): Promise<R> => {
    const native = await connected.startTransaction().execute()
    const bare: Client = native.withoutPlugins()
    try {
      await takeLock(bare)
      begun()
      const result = await work({ native: native as unknown as Transaction<DB>, client: bare })
      // In rollback-journal mode a reader can keep a commit waiting; trying again is all that it takes.
      await untilUnlocked(deadline, () => native.commit().execute())
      return result
    } catch (error) {
      // SQLite has already rolled back after some errors, and then there is nothing left to do.
      await native
        .rollback()
        .execute()
        .catch(() => undefined)
      throw error
    }
  }

  /** The work runs once; only its beginning is repeated. The connection is free between the tries, so that reads go on. */
  const begin = async <R>(work: (session: Session<DB>) => Promise<R>, deadline: number): Promise<R> => {
    const queue = await withPlugins.queue(deadline)
    const leave = await queue.enter(deadline)
    try {
      const ended = await untilUnlocked(deadline, async () => {
        let working = false
        const begun = (): void => {
          working = true
        }
        try {
          return { result: await withPlugins.connect(deadline, (connected) => runOn(connected, deadline, begun, work)) }
        } catch (error) {
          if (!working) throw error
          return { error }
        }
      })
      if ('error' in ended) throw ended.error
      return ended.result
    } finally {
      leave()
    }
  }

  /** At once, and only if the lock is taken in line with the other writers of this process. */
  const writeAlone = async <R>(deadline: number, work: (client: Client) => Promise<R>): Promise<R> => {
    try {
      return await plain.connect(deadline, work)
    } catch (error) {
      if (!isBusy(error)) throw error
    }
    const queue = await plain.queue(deadline)
    const leave = await queue.enter(deadline)
    try {
      return await untilUnlocked(deadline, () => plain.connect(deadline, work))
    } finally {
      leave()
    }
  }

  return {
    read: ({ session, deadline }, work) =>
      session ? work(session.client) : untilUnlocked(deadline, () => plain.connect(deadline, work)),
    write: ({ session, deadline }, _guards, work) => (session ? work(session.client) : writeAlone(deadline, work)),
    together: ({ session, deadline }, _guards, work) =>
      session ? work(session.client) : begin((own) => work(own.client), deadline),
    transaction: (work, { deadline }) => begin(work, deadline),

    async join(native, work, { deadline }) {
      if (native?.isTransaction !== true)
        throw failing(
          'misuse',
          "what is joined must be a transaction of Kysely's (db.transaction() or db.startTransaction()), not a Kysely instance",
        )
      const bare = native.withoutPlugins() as unknown as Client
      await quietly(bare, await readBusyTimeout(bare), () =>
        untilUnlocked(deadline, () => takeLockOfCaller(bare, takeLock)),
      )
      return await withinSavepoint(native, bare, () => work({ native, client: bare }))
    },

    // The session holds the write lock, and with it every key.
    guard: async () => {},
    now: async () => new Date((clock ?? Date.now)()).toISOString(),

    async define(work, deadline) {
      const queue = await plain.queue(deadline)
      const leave = await queue.enter(deadline)
      try {
        await untilUnlocked(deadline, () =>
          plain.connect(deadline, async (connected) => {
            const own = await connected.startTransaction().execute()
            try {
              await work(own)
              await own.commit().execute()
            } catch (error) {
              await own
                .rollback()
                .execute()
                .catch(() => undefined)
              throw error
            }
          }),
        )
      } finally {
        leave()
      }
    },
  }
}

/**
 * A caller that has read already cannot wait for the other writer: its view would be out of date when that commits, or would
 * keep it from committing. Only the caller can begin again.
 */
async function takeLockOfCaller(client: Client, takeLock: (client: Client) => Promise<void>): Promise<void> {
  try {
    await takeLock(client)
  } catch (error) {
    if (isBusy(error) && (await hasRead(client))) throw failing('transaction-conflict', outrun)
    throw error
  }
}

const outrun =
  "another connection writes, and the caller's transaction has read before it joined, so it cannot wait; roll it back and begin again, if possible with join first"

async function hasRead(client: Client): Promise<boolean> {
  try {
    await client.executeQuery(CompiledQuery.raw(tellsWhetherRead))
    return false
  } catch (error) {
    if (sqliteError(error)?.code.startsWith('SQLITE_LOCKED')) return true
    throw error
  }
}
