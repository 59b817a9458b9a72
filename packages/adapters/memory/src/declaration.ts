import { collisionOf, contradictions, mergeDeclarations, type StoredEntity } from '@portolan/adapter-kit'
import { type SchemaProblem, StorageError } from '@portolan/ports'
import type { Database } from './database.ts'
import { createTable, redefine, type Table } from './table.ts'
import { begin } from './transaction.ts'
import { surroundingsOf } from './view.ts'

/**
 * Makes a table fit an entity. A table keeps all the keys, indexes and rules that any of its clients has declared, whoever
 * writes, so that clients of an older and a newer definition work side by side. Refused with `schema-mismatch`: a definition
 * that contradicts the table, and a new key or rule that rows already there violate.
 */
export function declare(database: Database, entity: StoredEntity): void {
  const table = database.tables.get(entity.name)
  if (!table) {
    database.tables.set(entity.name, createTable(entity))
    return
  }
  refuse(entity.name, contradictions(table.definition, entity))
  const earlier = table.definition
  const merged = mergeDeclarations(earlier, entity)
  if (JSON.stringify(merged) === JSON.stringify(earlier)) return
  redefine(table, merged)
  const problems = violations(database, table)
  if (problems.length > 0) redefine(table, earlier)
  refuse(entity.name, problems)
  // Transactions that began under the earlier definition must be checked against this one.
  database.commits++
}

function refuse(entity: string, problems: readonly SchemaProblem[]): void {
  const [first] = problems
  if (!first) return
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : ''
  throw new StorageError('schema-mismatch', `${entity}: ${first.message}${more}`, { problems })
}

function violations(database: Database, table: Table): SchemaProblem[] {
  const session = begin(database, 'latest')
  const found = new Map<string, SchemaProblem>()
  for (const partition of table.partitions.values()) {
    for (const { row } of partition.versions.values()) {
      const collision = collisionOf(surroundingsOf({ session, partition }), row)
      if (collision?.kind !== 'duplicate' && collision?.kind !== 'overlap') continue
      const [kind, name] = collision.kind === 'overlap' ? ['rule', collision.rule] : ['key', collision.unique]
      const message = `stored rows violate the ${kind} ${name}: ${row.id} and ${collision.id}; correct them first`
      if (!found.has(name)) found.set(name, { entity: table.definition.name, kind, name, message })
    }
  }
  return [...found.values()]
}
