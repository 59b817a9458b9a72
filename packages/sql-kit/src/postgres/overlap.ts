import type { OverlapRule } from '@portolan/adapter-kit'
import { type EntityLayout, objectNames } from '../layout.ts'
import { columnReference, placeOf, ruleWhereText } from '../rule.ts'
import type { SchemaObject } from '../schema-object.ts'
import { postgresDialect } from './dialect.ts'

const { quote, literal } = postgresDialect

/**
 * A row's interval as the rule's constraint has it; a test of `&&` on this very text is served by the constraint's own index.
 * An interval that ends before it begins, which only others write, is empty and in nobody's way: the plain range would fail.
 */
export function rangeOf(rule: OverlapRule, reference: (field: string) => string): string {
  const from = reference(rule.from)
  const until = reference(rule.until)
  return `tstzrange(least(${from}, ${until}), ${until}, '[)')`
}

/** What a rule's constraint compares: the place with "=", the interval with "&&". */
export function ruleElements(layout: EntityLayout, rule: OverlapRule): { expression: string; operator: '=' | '&&' }[] {
  const column = columnReference(layout, null)
  return [
    ...placeOf(layout, rule).map((field) => ({ expression: column(field), operator: '=' as const })),
    { expression: rangeOf(rule, column), operator: '&&' },
  ]
}

/** Whether a rule's constraint compares more than ranges by GiST, which takes the extension btree_gist. */
export function needsExtension({ entity }: EntityLayout): boolean {
  return entity.rules.some((rule) => entity.scope !== null || rule.within.length > 0)
}

/**
 * Holds every writer to the rule. Postgres knows no "add constraint if not exists", so the statement looks first; its quotes are
 * dollar signs with a tag that occurs nowhere in it.
 */
export function overlapConstraint(layout: EntityLayout, rule: OverlapRule): SchemaObject {
  const name = objectNames.ruleIndex(layout, rule)
  const table = quote(layout.table)
  const where = ruleWhereText(layout, rule, null)
  const elements = ruleElements(layout, rule).map(({ expression, operator }) => `${expression} with ${operator}`)
  const add = `alter table ${table} add constraint ${quote(name)} exclude using gist (${elements.join(', ')})${where === null ? '' : ` where (${where})`}`
  const known = `select from pg_constraint where conrelid = ${literal(table)}::regclass and conname = ${literal(name)}`
  const body = `begin if not exists (${known}) then ${add}; end if; end`
  const tag = dollarTag(body)
  return {
    entity: layout.entity.name,
    kind: 'constraint',
    name,
    statement: `do ${tag} ${body} ${tag}`,
  }
}

function dollarTag(body: string): string {
  let name = 'portolan'
  while (body.includes(`$${name}$`)) name += '_'
  return `$${name}$`
}
