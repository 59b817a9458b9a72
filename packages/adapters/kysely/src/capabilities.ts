import { idsPerScope, usualRowBytes } from '@portolan/adapter-kit'
import type { Capabilities } from '@portolan/ports'
import type { DialectCapabilities } from './dialect.ts'
import type { KyselyOptions } from './options.ts'

export function capabilities(
  { entities, mapping = {}, durability, clock }: KyselyOptions,
  dialect: DialectCapabilities,
): Capabilities {
  return {
    transactions: true,
    snapshot: true,
    guardsInSnapshot: dialect.guardsInSnapshot,
    join: true,
    joinRollback: true,
    joinIsolation: dialect.joinIsolation,
    hooksInJoin: true,
    writers: dialect.writers,
    overlap: true,
    idsPerScope: idsPerScope(entities, (name) => !Object.hasOwn(mapping, name) || mapping[name]?.idsPerScope !== false),
    claim: true,
    orderingKey: false,
    storeClock: clock ? 'host' : dialect.storeClock,
    maxRowBytes: usualRowBytes,
    maxTransactionRows: null,
    maxTransactionBytes: null,
    scanBound: null,
    durability: durability ?? dialect.durability,
  }
}
