import { idsPerScope, refuse, usualRowBytes } from '@portolan/adapter-kit'
import type { Capabilities } from '@portolan/ports'
import type { RedisOptions } from './options.ts'

export const defaultScanBound = 10_000

/** A script stops the whole server while it runs: a transaction that fills these bounds does so for about two seconds. */
const maximumRows = 10_000
const maximumBytes = 32 * 1024 * 1024

export function capabilities({
  entities,
  scanBound = defaultScanBound,
  durability,
  clock,
}: RedisOptions): Capabilities {
  if (!Number.isSafeInteger(scanBound) || scanBound < 1)
    refuse('misuse', 'redisStorage: scanBound must be a whole number above 0', {})
  return {
    transactions: true,
    snapshot: true,
    guardsInSnapshot: true,
    join: false,
    joinRollback: false,
    joinIsolation: null,
    hooksInJoin: false,
    writers: 'many',
    overlap: true,
    idsPerScope: idsPerScope(entities),
    claim: true,
    orderingKey: false,
    storeClock: clock ? 'host' : 'store',
    maxRowBytes: usualRowBytes,
    maxTransactionRows: maximumRows,
    maxTransactionBytes: maximumBytes,
    scanBound,
    durability: durability ?? 'none',
  }
}
