import type { AnyEntity, Capabilities } from '@portolan/ports'

/**
 * Rows live in the process, so the bound is a choice: that of MongoDB, the largest among the databases with such a bound. It
 * refuses a runaway value before the process runs out of memory.
 */
const maximumRowBytes = 16 * 1024 * 1024

export function capabilities(entities: readonly AnyEntity[]): Capabilities {
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
    storeClock: 'host',
    maxRowBytes: maximumRowBytes,
    maxTransactionRows: null,
    maxTransactionBytes: null,
    scanBound: null,
    durability: 'none',
  }
}
