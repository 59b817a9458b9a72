import { createStorage } from '@portolan/adapter-kit'
import type { Storage } from '@portolan/ports'
import type { Kysely, Transaction } from 'kysely'
import { kyselyDriver } from './driver.ts'
import type { KyselyOptions } from './options.ts'

export { IdempotencyRecord, KeyValueEntry, OutboxMessage } from '@portolan/adapter-kit'
export type { EntityMapping, Mapping } from '@portolan/sql-kit'
export { kyselyDriver } from './driver.ts'
export type { Session as KyselySession } from './engine.ts'
export type { DialectName, KyselyOptions } from './options.ts'
export { type SchemaOptions, schemaStatements } from './schema.ts'
export type { PostgresInstant, PostgresInteger, PostgresNumber, TablesOf } from './tables-of.ts'

/**
 * A storage on a Kysely instance of yours, which stays yours: `close()` does not destroy it. Nothing is sent before the first
 * call. Errors at start: `unsupported` (a dialect or an entity that this version does not know), `invalid-definition` (names
 * that collide or cannot be, a mapping of what does not exist), `misuse` (no Kysely instance).
 */
export function kyselyStorage<DB>(db: Kysely<DB>, options: KyselyOptions): Storage<Transaction<DB>> {
  return createStorage(kyselyDriver(db, options), options)
}
