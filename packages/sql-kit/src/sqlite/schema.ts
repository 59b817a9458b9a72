import { columnOf, type EntityLayout, fieldOf, objectNames } from '../layout.ts'
import type { SchemaObject } from '../schema-object.ts'
import { sqliteDialect } from './dialect.ts'
import { overlapIndex, overlapTrigger } from './overlap.ts'

const { quote, columnType } = sqliteDialect

function list(layout: EntityLayout, fields: readonly string[]): string {
  return fields.map((field) => quote(columnOf(layout, field))).join(', ')
}

/** STRICT, so that no other writer can leave text in a number's column. */
function table(layout: EntityLayout): SchemaObject {
  const columns = [...layout.columns].map(([field, column]) => {
    const stored = fieldOf(layout, field)
    return `${quote(column)} ${columnType(stored)}${stored.nullable ? '' : ' not null'}`
  })
  const [primary] = layout.keys
  columns.push(`primary key (${list(layout, primary?.fields ?? ['id'])})`)
  return {
    entity: layout.entity.name,
    kind: 'table',
    name: layout.table,
    statement: `create table if not exists ${quote(layout.table)} (${columns.join(', ')}) strict`,
  }
}

function index(layout: EntityLayout, name: string, fields: readonly string[], unique: boolean): SchemaObject {
  const statement = `create ${unique ? 'unique ' : ''}index if not exists ${quote(name)} on ${quote(layout.table)} (${list(layout, fields)})`
  return { entity: layout.entity.name, kind: 'index', name, statement }
}

/** Everything that SQLite keeps for an entity, in an order in which it can be made. */
export function sqliteSchema(layout: EntityLayout): SchemaObject[] {
  const [, ...natural] = layout.keys
  return [
    table(layout),
    ...natural.map(({ name, fields }) => index(layout, objectNames.key(layout, name), fields, true)),
    ...layout.indexes.map(({ name, fields }) => index(layout, objectNames.index(layout, name), fields, false)),
    ...layout.entity.rules.flatMap((rule) => [
      overlapIndex(layout, rule),
      overlapTrigger(layout, rule, 'insert'),
      overlapTrigger(layout, rule, 'update'),
    ]),
  ]
}

/**
 * Takes the write lock and changes nothing: no page becomes dirty, so the commit writes nothing (seen in WAL and in
 * rollback-journal mode). `begin immediate` does the same where the client lets one say how a transaction begins.
 */
export function takeWriteLock(layout: EntityLayout): string {
  return `delete from ${quote(layout.table)} where 0`
}

/**
 * Tells whether this connection's transaction has read already: then it fails with SQLITE_LOCKED, else it does nothing. A
 * transaction that has read and finds another writer can only begin again.
 */
export const tellsWhetherRead: string = 'pragma wal_checkpoint(noop)'
