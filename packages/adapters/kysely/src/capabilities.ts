import type { Capabilities } from '@portolan/ports'
import type { KyselyOptions } from './options.ts'

/** SQLite itself takes a thousand million bytes. A row that large would be a mistake, and stop the process while it is written. */
const maximumRowBytes = 16 * 1024 * 1024

export function capabilities({ entities, mapping = {}, durability = 'restart' }: KyselyOptions): Capabilities {
  const scoped = entities.filter(({ scope }) => scope !== null)
  return {
    transactions: true,
    snapshot: true,
    guardsInSnapshot: true,
    join: true,
    joinRollback: true,
    joinIsolation: 'serial',
    hooksInJoin: true,
    writers: 'one',
    overlap: true,
    idsPerScope: Object.fromEntries(
      scoped.map(({ name }) => [name, !Object.hasOwn(mapping, name) || mapping[name]?.idsPerScope !== false]),
    ),
    claim: true,
    orderingKey: false,
    storeClock: 'host',
    maxRowBytes: maximumRowBytes,
    maxTransactionRows: null,
    maxTransactionBytes: null,
    scanBound: null,
    durability,
  }
}
