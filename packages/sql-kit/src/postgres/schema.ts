import { columnOf, type EntityLayout, fieldOf, objectNames } from '../layout.ts'
import type { SchemaObject } from '../schema-object.ts'
import { postgresDialect } from './dialect.ts'
import { needsExtension, overlapConstraint } from './overlap.ts'

const { quote, columnType } = postgresDialect

function table(layout: EntityLayout): SchemaObject {
  const columns = [...layout.columns].map(([field, column]) => {
    const stored = fieldOf(layout, field)
    return `${quote(column)} ${columnType(stored)}${stored.nullable ? '' : ' not null'}`
  })
  const [primary] = layout.keys
  const key = (primary?.fields ?? ['id']).map((field) => quote(columnOf(layout, field)))
  return {
    entity: layout.entity.name,
    kind: 'table',
    name: layout.table,
    statement: `create table if not exists ${quote(layout.table)} (${[...columns, `primary key (${key.join(', ')})`].join(', ')})`,
  }
}

/** A key's nulls are distinct, so that a null part never collides. */
function key(layout: EntityLayout, name: string, fields: readonly string[]): SchemaObject {
  const columns = fields.map((field) => quote(columnOf(layout, field)))
  return {
    entity: layout.entity.name,
    kind: 'index',
    name,
    statement: `create unique index if not exists ${quote(name)} on ${quote(layout.table)} (${columns.join(', ')})`,
  }
}

/** Read forwards it has null first, read backwards last: the two orders in which rows are asked for. */
function index(layout: EntityLayout, name: string, fields: readonly string[]): SchemaObject {
  const columns = fields.map(
    (field) => `${quote(columnOf(layout, field))}${fieldOf(layout, field).nullable ? ' nulls first' : ''}`,
  )
  return {
    entity: layout.entity.name,
    kind: 'index',
    name,
    statement: `create index if not exists ${quote(name)} on ${quote(layout.table)} (${columns.join(', ')})`,
  }
}

/**
 * Everything that Postgres keeps for an entity, in an order in which it can be made. The statements may be sent again; two
 * processes that send them at once can fail on each other, which `applyPostgres` keeps from happening.
 */
export function postgresSchema(layout: EntityLayout): SchemaObject[] {
  const [, ...natural] = layout.keys
  const { name: entity, rules } = layout.entity
  const extension: SchemaObject = {
    entity,
    kind: 'extension',
    name: 'btree_gist',
    statement: 'create extension if not exists btree_gist',
  }
  return [
    ...(needsExtension(layout) ? [extension] : []),
    table(layout),
    ...natural.map(({ name, fields }) => key(layout, objectNames.key(layout, name), fields)),
    ...layout.indexes.map(({ name, fields }) => index(layout, objectNames.index(layout, name), fields)),
    ...rules.map((rule) => overlapConstraint(layout, rule)),
  ]
}
