import { sql } from 'kysely'
import type { Clock } from '../dialect.ts'

const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Epoch milliseconds, as text that no client makes another value of. */
export const storeClock = 'select trunc(extract(epoch from clock_timestamp()) * 1000)::text as now'

export function instantOf(milliseconds: unknown): string {
  return new Date(Number(milliseconds)).toISOString()
}

/**
 * The server's clock as each statement begins: `now()` would be the time when the transaction began, and `clock_timestamp()`
 * keeps a comparison off its index. Beyond the year 9999 an instant stays at its end.
 */
export function moment(clock: Clock): (plusMilliseconds: number) => unknown {
  if (clock) {
    const now = clock()
    return (plus) => new Date(Math.min(now + plus, lastMoment)).toISOString()
  }
  return (plus) => {
    const later = sql`date_trunc('milliseconds', statement_timestamp()) + ${plus} * interval '1 millisecond'`
    return sql`least(${later}, timestamptz '9999-12-31T23:59:59.999Z')`
  }
}
