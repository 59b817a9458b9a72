import type { Capabilities } from '@portolan/ports'
import type { DialectCapabilities } from './dialect.ts'
import type { KyselyOptions } from './options.ts'

/**
 * SQLite and Postgres themselves take a thousand million bytes. A row that large would be a mistake, and stop the process while
 * it is written.
 */
const maximumRowBytes = 16 * 1024 * 1024

export function capabilities(
  { entities, mapping = {}, durability, clock }: KyselyOptions,
  dialect: DialectCapabilities,
): Capabilities {
  const scoped = entities.filter(({ scope }) => scope !== null)
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
    idsPerScope: Object.fromEntries(
      scoped.map(({ name }) => [name, !Object.hasOwn(mapping, name) || mapping[name]?.idsPerScope !== false]),
    ),
    claim: true,
    orderingKey: false,
    storeClock: clock ? 'host' : dialect.storeClock,
    maxRowBytes: maximumRowBytes,
    maxTransactionRows: null,
    maxTransactionBytes: null,
    scanBound: null,
    durability: durability ?? dialect.durability,
  }
}
