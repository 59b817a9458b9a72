import { compileEntities, type OwnPort } from '@portolan/adapter-kit'
import type { AnyEntity } from '@portolan/ports'
import { layoutsOf, type Mapping, type Query } from '@portolan/sql-kit'
import { CompiledQuery } from 'kysely'
import type { Client, Columns } from './client.ts'
import { type DialectName, dialectNamed } from './options.ts'

export interface SchemaOptions {
  readonly entities: readonly AnyEntity[]
  readonly dialect: DialectName
  readonly mapping?: Mapping | undefined
  /** Ports whose tables are not wanted. */
  readonly without?: readonly OwnPort[] | undefined
}

/**
 * The statements that make what the entities and the ports need: one per text, quoted, idempotent. They create, and never
 * alter or drop. Needs no connection, so a migration can send them. Errors as those of `kyselyStorage`.
 */
export function schemaStatements({ entities, dialect, mapping = {}, without = [] }: SchemaOptions): string[] {
  const { sql, schema } = dialectNamed(dialect)
  const stored = [...compileEntities(entities, without).values()].map((model) => model.stored)
  return [...layoutsOf(stored, mapping, sql).values()].flatMap((layout) =>
    schema(layout).map(({ statement }) => statement),
  )
}

export function queryOf(client: Client): Query {
  return async (text, parameters) => (await client.executeQuery<Columns>(CompiledQuery.raw(text, [...parameters]))).rows
}
