import { failing } from '@portolan/adapter-kit'
import { sql } from 'kysely'
import type { Client, Columns } from '../client.ts'

/** What a transaction of ours holds; one of the caller's has none, since nobody but the caller can run it again. */
export interface GuardState {
  held: boolean
}

/**
 * How long a transaction of ours that holds guards waits for more, in milliseconds. Two that wait for each other would find that
 * out after the server's deadlock_timeout, one second; here one gives up, or both, and the next run takes all guards in one order.
 * In a caller's transaction it is the server that ends one of the two, and only one.
 */
const shortWait = { least: 40, most: 120 } as const

/** The server gives up a wait so much before the deadline, in milliseconds, that its answer is there in time. */
const answerTime = 30

/**
 * Advisory locks of the transaction, in a statement of their own: the next statement sees what their former holders have
 * committed. Keys become numbers by hashing, and are taken in the order of these; two keys with one number share a lock. The
 * wait is bounded within the statement, and the caller's lock_timeout is in force again after it.
 */
export async function holdGuards(
  client: Client,
  keys: readonly string[],
  deadline: number,
  state: GuardState | null,
): Promise<void> {
  const left = Math.max(1, Math.floor(deadline - performance.now() - answerTime))
  const { least, most } = shortWait
  const wait = state?.held ? Math.min(left, Math.round(least + Math.random() * (most - least))) : left
  const { rows } = await sql<Columns>`
    with former as materialized (select current_setting('lock_timeout') as wait),
      bounded as materialized (select set_config('lock_timeout', ${`${wait}ms`}, true) from former),
      keys as materialized (
        select distinct hashtextextended(key, 0) as lock
        from json_array_elements_text(cast(${JSON.stringify(keys)} as json)) as key, bounded
        where current_setting('transaction_isolation') in ('read committed', 'read uncommitted')
        order by lock
      ),
      held as materialized (select pg_advisory_xact_lock(lock) from keys)
    select locks, set_config('lock_timeout', former.wait, true)
    from (select count(*)::text as locks from held) as counted, former`.execute(client)
  if (Number(rows[0]?.locks) === 0) throw failing('unsupported', frozen)
  if (state) state.held = true
}

const frozen =
  "guards cannot protect a transaction that reads a snapshot, since it does not see what their former holders have written: begin the caller's transaction at READ COMMITTED"
