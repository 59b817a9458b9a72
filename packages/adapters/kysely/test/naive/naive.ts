import type { AnyDriver } from '@portolan/conformance/broken'
import type { Storage } from '@portolan/ports'
import type { Pool } from 'pg'

/** What everybody writes by hand on Postgres, in place of one part of the sound driver or storage; all the rest is sound. */
export interface Naive {
  readonly name: string
  /** What it does, in a sentence. */
  readonly wrong: string
  /** Cases that fail with it, and what they say then. */
  readonly caught: readonly Caught[]
  /** Sent after the schema was applied: takes away what the author of such code never had. */
  readonly without?: readonly string[]
  readonly driver?: (driver: AnyDriver, pool: Pool) => AnyDriver
  readonly storage?: (storage: Storage<unknown>, pool: Pool) => Storage<unknown>
  /** A module whose default export opens clients with this implementation, for a second process. */
  readonly module?: string
}

export interface Caught {
  readonly id: string
  /** A promise broken, and not a mistake of the test's. */
  readonly says: RegExp
}
