import type { OverlapRule } from '@portolan/adapter-kit'
import { columnOf, type EntityLayout } from './layout.ts'
import { predicateText } from './predicate-text.ts'

/** A field's column as SQL text, of the table by that alias (itself SQL text). */
export function columnReference(layout: EntityLayout, alias: string | null): (field: string) => string {
  return (field) => `${alias === null ? '' : `${alias}.`}${layout.dialect.quote(columnOf(layout, field))}`
}

/** The fields that rows must share to be in each other's way. */
export function placeOf({ entity }: EntityLayout, rule: OverlapRule): string[] {
  return [...(entity.scope === null ? [] : [entity.scope]), ...rule.within]
}

/**
 * What of a rule's `where` a statement must say about a table's rows, word for word, so that the database sees that the rule's
 * partial index holds them all. null: the rule holds for every row.
 */
export function ruleWhereText(layout: EntityLayout, rule: OverlapRule, alias: string | null): string | null {
  if (rule.where.op === 'all' && rule.where.parts.length === 0) return null
  return predicateText(rule.where, columnReference(layout, alias), layout.dialect)
}

/**
 * Two rows under a rule that meet, by their ids "one" and "two"; no row where the rule is kept. Rows can have got there before
 * the rule did.
 */
export function overlapping(layout: EntityLayout, rule: OverlapRule): string {
  const column = columnReference(layout, null)
  const where = ruleWhereText(layout, rule, null)
  const partition = placeOf(layout, rule).map(column)
  const window = `over (${partition.length === 0 ? '' : `partition by ${partition.join(', ')} `}order by ${column(rule.until)}, ${column(rule.from)})`
  const rows = `select ${column('id')} as one, lag(${column('id')}) ${window} as two, lag(${column(rule.until)}) ${window} as busy, ${column(rule.from)} as begins from ${layout.dialect.quote(layout.table)} where ${column(rule.from)} < ${column(rule.until)}${where === null ? '' : ` and ${where}`}`
  return `select one, two from (${rows}) as neighbours where busy > begins limit 1`
}
