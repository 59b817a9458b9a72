import { refuse } from '@portolan/adapter-kit'
import type { Capabilities } from '@portolan/ports'
import type { RedisOptions } from './options.ts'

export const defaultScanBound = 10_000

/** A script stops the whole server while it runs: what one call may bring is bounded to about a tenth of a second of that. */
const maximumRows = 10_000
const maximumBytes = 32 * 1024 * 1024
const maximumRowBytes = 16 * 1024 * 1024

export function capabilities({
  entities,
  scanBound = defaultScanBound,
  durability,
  clock,
}: RedisOptions): Capabilities {
  if (!Number.isSafeInteger(scanBound) || scanBound < 1)
    refuse('misuse', 'redisStorage: scanBound must be a whole number above 0', {})
  const scoped = entities.filter(({ scope }) => scope !== null)
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
    idsPerScope: Object.fromEntries(scoped.map(({ name }) => [name, true])),
    claim: true,
    orderingKey: false,
    storeClock: clock ? 'host' : 'store',
    maxRowBytes: maximumRowBytes,
    maxTransactionRows: maximumRows,
    maxTransactionBytes: maximumBytes,
    scanBound,
    durability: durability ?? 'none',
  }
}
