import type { Driver } from '@portolan/adapter-kit'
import type { AnyEntity, Storage } from '@portolan/ports'
import type { Address } from './proxy.ts'

/** What conformance asks of an adapter when it opens a client. The options are the adapter's own, of the same names. */
export interface OpenOptions {
  readonly entities: readonly AnyEntity[]
  /** Goes between the adapter's driver and `createStorage`. */
  readonly wrapDriver?: ((driver: Driver<unknown, unknown>) => Driver<unknown, unknown>) | undefined
  /** Replaces the store's clock, for this client; epoch milliseconds. All clients of one place get the same one. */
  readonly clock?: (() => number) | undefined
  /** Replaces the caller's clock: what `now()`, createdAt and updatedAt say. */
  readonly callerClock?: (() => number) | undefined
  readonly timeoutMs?: number | undefined
  readonly generateId?: (() => string) | undefined
  readonly onOperation?: ((event: unknown) => void) | undefined
  /** Connect through this address instead of the server's own; only where the target offers `proxy`. */
  readonly via?: Address | undefined
}

/** One independent client of the database. */
export interface Client {
  readonly storage: Storage<unknown>
  /** Runs work in a transaction of the client's own, without Portolan: resolves after its commit, rolls back when work rejects. */
  readonly transact?: (<R>(work: (native: unknown) => Promise<R>) => Promise<R>) | undefined
  close(): Promise<void>
}

/** What a target can do beyond opening clients. What it does not offer is skipped, by name, in the report. */
export interface Offers {
  /** A second process can open the same place: `module` is the URL of the target's module, loaded there. */
  readonly processes?: { readonly module: string } | undefined
  /**
   * Writes a value as foreign software would, past all checks: the raw value that the database will hold. Rejects where the
   * database refuses the value or makes another one of it; then it cannot be met there.
   */
  readonly foreignWrite?:
    | ((place: string, write: { entity: string; id: string; field: string; value: unknown }) => Promise<void>)
    | undefined
  /** Removes a table (or what stands for it) behind the adapter's back. */
  readonly dropEntity?: ((place: string, entity: string) => Promise<void>) | undefined
  /** Where the server of a place listens: cases put a proxy in front of it, and `open` connects through that when told `via`. */
  readonly proxy?: { upstream(place: string): Promise<Address> } | undefined
  /**
   * A server that may be stopped under its clients, and started again at the same address. `stop` is best a kill: nothing is tidied
   * up, and what a server of this durability keeps is there after `start`. Places for such cases are made by `createPlace` where it
   * is given, on a server of their own, so that a server that others use keeps running; `removePlace` of the target removes them.
   */
  readonly restart?:
    | { createPlace?(): Promise<string>; stop(place: string): Promise<void>; start(place: string): Promise<void> }
    | undefined
}

export interface Target {
  /** Unique among targets, such as 'kysely-sqlite-file'. */
  readonly name: string
  /** For the report: { server: 'SQLite 3.50.4', client: 'kysely 0.29.9, better-sqlite3 13.2.0' }. */
  versions(): Promise<{ readonly server: string; readonly client: string }>
  /** A fresh, empty database, schema or prefix; the address is text that another process can open. Nothing is applied to it yet. */
  createPlace(): Promise<string>
  removePlace(place: string): Promise<void>
  open(place: string, options: OpenOptions): Promise<Client>
  readonly offers: Offers
  /**
   * Entities of the user's own, mapped by `open` to tables of their own: the clauses that hold for any entity are run on these
   * alone, with rows generated from the definitions. The schema is applied where `verify()` finds something missing.
   */
  readonly entities?: readonly AnyEntity[] | undefined
  /**
   * Values that generated rows of an entity of `entities` shall have instead of generated ones: references to other tables, json
   * that fits a schema. Called with a number that is different for each row.
   */
  readonly values?: { readonly [entity: string]: (row: number) => object } | undefined
  /**
   * The database lives in the process of its client, as SQLite does: there is no network between the two, and no server that could
   * stop, so cases that need `proxy` or `restart` do not apply. Without it a target that offers none of them leaves clauses unproven.
   */
  readonly embedded?: boolean | undefined
  /** Texts of eight characters and more that must come out nowhere (E5), such as the password in the URL. */
  readonly secrets?: ((place: string) => readonly string[]) | undefined
  /** Fewer racers or rounds than the usual 16 and 20, for slow servers; the report says so. */
  readonly racing?: { readonly racers: number; readonly rounds: number } | undefined
}

/** Types a target module: `export default defineTarget({ ... })`. */
export function defineTarget(target: Target): Target {
  return target
}
