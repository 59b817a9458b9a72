import type { OverlapRule, Predicate } from '@portolan/adapter-kit'
import { columnOf, type EntityLayout, objectNames } from '../layout.ts'
import { predicateText } from '../predicate-text.ts'
import type { SchemaObject } from '../schema-object.ts'
import { sqliteDialect } from './dialect.ts'

const { quote, literal } = sqliteDialect

/** What begins the message of our own triggers; entity and rule follow. */
export const overlapSignal = 'portolan overlap'

/**
 * What of a rule's `where` a statement must say about a table's rows, word for word, so that SQLite sees that the rule's partial
 * index holds them all. null: the rule holds for every row.
 */
export function ruleWhereText(layout: EntityLayout, rule: OverlapRule, alias: string | null): string | null {
  if (rule.where.op === 'all' && rule.where.parts.length === 0) return null
  return predicateText(rule.where, reference(layout, alias), sqliteDialect)
}

function reference(layout: EntityLayout, alias: string | null): (field: string) => string {
  return (field) => `${alias === null ? '' : `${alias}.`}${quote(columnOf(layout, field))}`
}

function fieldsOf(predicate: Predicate): string[] {
  return predicate.op === 'all' || predicate.op === 'any' ? predicate.parts.flatMap(fieldsOf) : [predicate.field]
}

/**
 * The index that makes a rule cheap to check. Rows that end after a new one begins are few, since most lie in the past; `until`
 * comes before `from` for that.
 */
export function overlapIndex(layout: EntityLayout, rule: OverlapRule): SchemaObject {
  const name = objectNames.ruleIndex(layout, rule)
  const { scope } = layout.entity
  const fields = [...(scope === null ? [] : [scope]), ...rule.within, rule.until, rule.from]
  const columns = fields.map(reference(layout, null)).join(', ')
  const where = ruleWhereText(layout, rule, null)
  return {
    entity: layout.entity.name,
    kind: 'index',
    name,
    statement: `create index if not exists ${quote(name)} on ${quote(layout.table)} (${columns})${where === null ? '' : ` where ${where}`}`,
  }
}

/** Holds every writer to the rule, also those that know nothing of it. */
export function overlapTrigger(layout: EntityLayout, rule: OverlapRule, event: 'insert' | 'update'): SchemaObject {
  const { entity, table } = layout
  const name = objectNames.ruleTrigger(layout, rule, event)
  const written = reference(layout, 'new')
  const other = reference(layout, '"other"')
  const same = [...(entity.scope === null ? [] : [entity.scope]), ...rule.within]
  const before = event === 'insert' ? 'new' : 'old'
  const conditions = [
    ...same.map((field) => `${other(field)} = ${written(field)}`),
    `${other(rule.until)} > ${written(rule.from)}`,
    `${other(rule.from)} < ${written(rule.until)}`,
    ruleWhereText(layout, rule, '"other"'),
    `${other('id')} <> ${reference(layout, before)('id')}`,
  ].filter((condition) => condition !== null)
  const watched = [...new Set([...same, rule.from, rule.until, ...fieldsOf(rule.where)])].map(reference(layout, null))
  const where = ruleWhereText(layout, rule, 'new')
  return {
    entity: entity.name,
    kind: 'trigger',
    name,
    statement: [
      `create trigger if not exists ${quote(name)} before ${event}${event === 'update' ? ` of ${watched.join(', ')}` : ''} on ${quote(table)}`,
      `for each row${where === null ? '' : ` when ${where}`}`,
      `begin select raise(abort, ${literal(`${overlapSignal} ${entity.name}.${rule.name}`)})`,
      `where exists (select 1 from ${quote(table)} as "other" where ${conditions.join(' and ')}); end`,
    ].join(' '),
  }
}
