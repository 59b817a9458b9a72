import type { StoredEntity } from '@portolan/adapter-kit'
import { type SchemaProblem, StorageError } from '@portolan/ports'
import { collisionOf } from './collisions.ts'
import type { Database } from './database.ts'
import { createTable, redefine, type Table } from './table.ts'
import { begin } from './transaction.ts'

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
  const merged = merge(earlier, entity)
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

function contradictions(stored: StoredEntity, declared: StoredEntity): SchemaProblem[] {
  const problems: SchemaProblem[] = []
  const differ = (kind: string, name: string, why: string): void => {
    const message = `${kind} ${name} ${why}; give both storages one definition`
    problems.push({ entity: stored.name, kind, name, message })
  }
  if (stored.scope !== declared.scope) differ('scope', declared.scope ?? 'none', 'is not the scope of the stored rows')
  for (const field of new Set([...Object.keys(stored.fields), ...Object.keys(declared.fields)])) {
    const [there, here] = [stored.fields[field], declared.fields[field]]
    if (there && here) {
      if (there.kind !== here.kind || there.nullable !== here.nullable) differ('field', field, 'is defined in two ways')
    } else if (!(there ?? here)?.nullable) {
      differ('field', field, 'is known to one storage alone, and may not be null in the rows of the other')
    }
  }
  const contradict = (kind: string, there: NamedParts, here: NamedParts): void => {
    for (const [name, part] of Object.entries(here)) {
      const known = there[name]
      if (known && JSON.stringify(known) !== JSON.stringify(part)) differ(kind, name, 'is defined in two ways')
    }
  }
  contradict('key', stored.unique, declared.unique)
  contradict('index', stored.indexes, declared.indexes)
  contradict('rule', rulesByName(stored), rulesByName(declared))
  return problems
}

interface NamedParts {
  readonly [name: string]: unknown
}

function rulesByName({ rules }: StoredEntity): { [name: string]: StoredEntity['rules'][number] } {
  return Object.fromEntries(rules.map((rule) => [rule.name, rule]))
}

function merge(stored: StoredEntity, declared: StoredEntity): StoredEntity {
  return {
    ...stored,
    fields: { ...stored.fields, ...declared.fields },
    unique: { ...stored.unique, ...declared.unique },
    indexes: { ...stored.indexes, ...declared.indexes },
    rules: Object.values({ ...rulesByName(stored), ...rulesByName(declared) }),
  }
}

function violations(database: Database, table: Table): SchemaProblem[] {
  const session = begin(database, 'latest')
  const found = new Map<string, SchemaProblem>()
  for (const partition of table.partitions.values()) {
    for (const { row } of partition.versions.values()) {
      const collision = collisionOf({ session, partition }, row)
      if (collision?.kind !== 'duplicate' && collision?.kind !== 'overlap') continue
      const [kind, name] = collision.kind === 'overlap' ? ['rule', collision.rule] : ['key', collision.unique]
      const message = `stored rows violate the ${kind} ${name}: ${row.id} and ${collision.id}; correct them first`
      if (!found.has(name)) found.set(name, { entity: table.definition.name, kind, name, message })
    }
  }
  return [...found.values()]
}
