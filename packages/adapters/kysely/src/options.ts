import { refuse, type StorageOptions } from '@portolan/adapter-kit'
import type { Mapping } from '@portolan/sql-kit'
import type { Kysely } from 'kysely'
import type { Dialect } from './dialect.ts'
import { postgres } from './postgres/dialect.ts'
import { sqlite } from './sqlite/dialect.ts'

export type DialectName = 'postgres' | 'sqlite'

export interface KyselyOptions extends StorageOptions {
  /** Found from the Kysely instance when left out. Any other is `unsupported`. */
  readonly dialect?: DialectName | undefined
  /** Tables and columns that exist already, by the entities' and fields' own names. */
  readonly mapping?: Mapping | undefined
  /**
   * The store's clock, which decides leases, ttl and due times, in epoch milliseconds. Default: the server's own on Postgres,
   * Date.now of this host on SQLite.
   */
  readonly clock?: (() => number) | undefined
  /**
   * What acknowledged writes survive, for `capabilities`: Kysely does not tell whether its database is a file. Default
   * 'restart'; say 'none' for `:memory:`.
   */
  readonly durability?: 'restart' | 'none' | undefined
}

const dialects: { readonly [name in DialectName]: Dialect } = { postgres, sqlite }

/** The dialect given, or that of the instance. Refuses one that this version cannot speak, before anything is sent. */
export function dialectOf<DB>(db: Kysely<DB>, given: string | undefined): Dialect {
  return dialectNamed(given ?? dialectOfInstance(db))
}

export function dialectNamed(name: string): Dialect {
  if (Object.hasOwn(dialects, name)) return dialects[name as DialectName]
  const known = Object.keys(dialects).join(', ')
  return refuse('unsupported', `@portolan/kysely does not know the dialect "${name}"; it knows ${known}`, {
    what: `dialect ${name}`,
  })
}

/** By the adapter's name: a user's Kysely may be another copy than ours, or a dialect derived from one of Kysely's. */
function dialectOfInstance<DB>(db: Kysely<DB>): string {
  const { adapter } = db.getExecutor()
  for (let type: unknown = adapter.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    if (type.name === 'PostgresAdapter') return 'postgres'
    if (type.name === 'SqliteAdapter') return 'sqlite'
  }
  return adapter.constructor.name
}

export function checkClient<DB>(db: Kysely<DB>): void {
  if (typeof db?.getExecutor !== 'function' || typeof db.connection !== 'function')
    refuse('misuse', 'kyselyStorage takes a Kysely instance as its first argument', {})
  if (db.isTransaction)
    refuse('misuse', 'kyselyStorage takes a Kysely instance, but got a transaction: use storage.join for that', {})
}
