import { idsPerScope, usualRowBytes } from '@portolan/adapter-kit'
import type { AnyEntity, Capabilities } from '@portolan/ports'

export function capabilities(entities: readonly AnyEntity[]): Capabilities {
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
    storeClock: 'host',
    maxRowBytes: usualRowBytes,
    maxTransactionRows: null,
    maxTransactionBytes: null,
    scanBound: null,
    durability: 'none',
  }
}
