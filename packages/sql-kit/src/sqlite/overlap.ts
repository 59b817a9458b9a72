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

/** The fields that rows must share to be in each other's way. */
function place({ entity }: EntityLayout, rule: OverlapRule): string[] {
  return [...(entity.scope === null ? [] : [entity.scope]), ...rule.within]
}

/**
 * The index that makes a rule cheap to check. The rows under a rule meet nowhere, so the only one that can meet a new interval
 * is the first that ends after it begins: one step into this index, however many rows there are.
 */
export function overlapIndex(layout: EntityLayout, rule: OverlapRule): SchemaObject {
  const name = objectNames.ruleIndex(layout, rule)
  const columns = [...place(layout, rule), rule.until, rule.from].map(reference(layout, null)).join(', ')
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
  const conditions = [
    ...place(layout, rule).map((field) => `${other(field)} = ${written(field)}`),
    `${other(rule.until)} > ${written(rule.from)}`,
    `${other(rule.from)} < ${other(rule.until)}`,
    ruleWhereText(layout, rule, '"other"'),
    `${other('id')} <> ${reference(layout, event === 'insert' ? 'new' : 'old')('id')}`,
  ].filter((condition) => condition !== null)
  const watched = [...new Set([...place(layout, rule), rule.from, rule.until, ...fieldsOf(rule.where)])]
  const where = ruleWhereText(layout, rule, 'new')
  return {
    entity: entity.name,
    kind: 'trigger',
    name,
    statement: [
      `create trigger if not exists ${quote(name)} before ${event}${event === 'update' ? ` of ${watched.map(reference(layout, null)).join(', ')}` : ''} on ${quote(table)}`,
      `for each row${where === null ? '' : ` when ${where}`}`,
      `begin select raise(abort, ${literal(`${overlapSignal} ${entity.name}.${rule.name}`)})`,
      `where ${written(rule.until)} > (select ${other(rule.from)} from ${quote(table)} as "other" where ${conditions.join(' and ')} order by ${other(rule.until)} limit 1); end`,
    ].join(' '),
  }
}

/**
 * Two rows under a rule that meet, by their ids "one" and "two"; no row where the rule is kept. Reads the rule's index from end
 * to end. Rows can have got there before the triggers were.
 */
export function overlapping(layout: EntityLayout, rule: OverlapRule): string {
  const column = reference(layout, null)
  const where = ruleWhereText(layout, rule, null)
  const partition = place(layout, rule).map(column)
  const window = `over (${partition.length === 0 ? '' : `partition by ${partition.join(', ')} `}order by ${column(rule.until)}, ${column(rule.from)})`
  const rows = `select ${column('id')} as one, lag(${column('id')}) ${window} as two, lag(${column(rule.until)}) ${window} as busy, ${column(rule.from)} as begins from ${quote(layout.table)} where ${column(rule.from)} < ${column(rule.until)}${where === null ? '' : ` and ${where}`}`
  return `select one, two from (${rows}) where busy > begins limit 1`
}
