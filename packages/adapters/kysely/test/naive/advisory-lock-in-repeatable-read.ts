import { sql } from 'kysely'
import type { KyselySession } from '../../src/index.ts'
import type { Columns } from '../targets/client.ts'
import type { Naive } from './naive.ts'

async function lock(session: unknown, keys: readonly string[]): Promise<void> {
  const { native } = session as KyselySession<Columns>
  for (const key of keys) await sql`select pg_advisory_xact_lock(hashtext(${key}))`.execute(native)
}

/**
 * Seen where a stricter isolation level was chosen "to be safe", in the client's default or the framework's. The first statement
 * takes the snapshot, and that is the very one that waits for the lock: whoever waited reads the world as it was before the
 * holder wrote. Under READ COMMITTED the next statement sees it.
 */
export const advisoryLockInRepeatableRead: Naive = {
  name: 'advisory-lock-in-repeatable-read',
  wrong: 'takes its guards as advisory locks in a REPEATABLE READ transaction',
  caught: [
    { id: 'G3.guarded-transactions-are-serial', says: /racers who were told that they have a seat: expected 3, got/ },
  ],
  driver: (driver) => ({
    ...driver,
    guard: (keys, { session }) => lock(session, keys),
    transaction: (work, options) =>
      driver.transaction(
        async (session) => {
          await lock(session, options.guards)
          return await work(session)
        },
        { ...options, reads: 'snapshot', guards: [] },
      ),
  }),
}
