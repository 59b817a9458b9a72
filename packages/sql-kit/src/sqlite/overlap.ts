import type { OverlapRule, Predicate } from '@portolan/adapter-kit'
import { type EntityLayout, objectNames } from '../layout.ts'
import { columnReference, placeOf, ruleWhereText } from '../rule.ts'
import type { SchemaObject } from '../schema-object.ts'
import { sqliteDialect } from './dialect.ts'

const { quote, literal } = sqliteDialect

/** What begins the message of our own triggers; entity and rule follow. */
export const overlapSignal = 'portolan overlap'

function fieldsOf(predicate: Predicate): string[] {
  return predicate.op === 'all' || predicate.op === 'any' ? predicate.parts.flatMap(fieldsOf) : [predicate.field]
}

/**
 * The index that makes a rule cheap to check. The rows under a rule meet nowhere, so the only one that can meet a new interval
 * is the first that ends after it begins: one step into this index, however many rows there are.
 */
export function overlapIndex(layout: EntityLayout, rule: OverlapRule): SchemaObject {
  const name = objectNames.ruleIndex(layout, rule)
  const columns = [...placeOf(layout, rule), rule.until, rule.from].map(columnReference(layout, null)).join(', ')
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
  const written = columnReference(layout, 'new')
  const other = columnReference(layout, '"other"')
  const conditions = [
    ...placeOf(layout, rule).map((field) => `${other(field)} = ${written(field)}`),
    `${other(rule.until)} > ${written(rule.from)}`,
    `${other(rule.from)} < ${other(rule.until)}`,
    ruleWhereText(layout, rule, '"other"'),
    `${other('id')} <> ${columnReference(layout, event === 'insert' ? 'new' : 'old')('id')}`,
  ].filter((condition) => condition !== null)
  const watched = [...new Set([...placeOf(layout, rule), rule.from, rule.until, ...fieldsOf(rule.where)])]
  const where = ruleWhereText(layout, rule, 'new')
  return {
    entity: entity.name,
    kind: 'trigger',
    name,
    statement: [
      `create trigger if not exists ${quote(name)} before ${event}${event === 'update' ? ` of ${watched.map(columnReference(layout, null)).join(', ')}` : ''} on ${quote(table)}`,
      `for each row${where === null ? '' : ` when ${where}`}`,
      `begin select raise(abort, ${literal(`${overlapSignal} ${entity.name}.${rule.name}`)})`,
      `where ${written(rule.until)} > (select ${other(rule.from)} from ${quote(table)} as "other" where ${conditions.join(' and ')} order by ${other(rule.until)} limit 1); end`,
    ].join(' '),
  }
}
