import type { OverlapRule } from '@portolan/adapter-kit'
import { type EntityLayout, objectNames } from '../layout.ts'
import { ruleWhereText } from '../rule.ts'
import { howToMake, type Report } from '../schema-problems.ts'
import type { StoredExclusion, StoredTable } from './catalog.ts'
import { definitionText } from './definition-text.ts'
import { needsExtension, ruleElements } from './overlap.ts'

/** Overlap rules by what their constraints hold, whatever they are called. */
export function reportRules(layout: EntityLayout, stored: StoredTable, report: Report): void {
  const { table, entity } = layout
  const missing = entity.rules.filter((rule) => !reportRule(layout, rule, stored, report))
  if (missing.length === 0 || !needsExtension(layout) || stored.extension === 'present') return
  report(
    'extension',
    'btree_gist',
    stored.extension === 'available'
      ? `The extension btree_gist, which the rule ${missing[0]?.name} of table "${table}" needs, is not in this database: run "create extension btree_gist" as a role that may, then schema.apply()`
      : `The extension btree_gist, which the rule ${missing[0]?.name} of table "${table}" needs, is not installed on the server: install the contrib package of this PostgreSQL, then run schema.apply()`,
  )
}

/** Whether a constraint of the rule's own name, or one that holds the same, is there at all. */
function reportRule(layout: EntityLayout, rule: OverlapRule, { exclusions }: StoredTable, report: Report): boolean {
  const { table, entity } = layout
  const name = objectNames.ruleIndex(layout, rule)
  const wanted = textOfRule(layout, rule)
  const same = exclusions.filter((exclusion) => textOf(exclusion) === wanted)
  if (same.some(({ deferrable }) => !deferrable)) return true
  const [late] = same
  const other = exclusions.find((exclusion) => exclusion.name === name)
  if (late)
    report(
      'constraint',
      late.name,
      `The constraint "${late.name}" of table "${table}", which keeps the rule ${rule.name} of ${entity.name}, is deferrable, so that inserts cannot look for a row in the way first: drop it, then run schema.apply()`,
    )
  else
    report(
      'constraint',
      name,
      `The constraint "${name}" of table "${table}", which keeps the rule ${rule.name} of ${entity.name}, ${
        other
          ? 'is not the one that the definition asks for: drop it, then run schema.apply()'
          : `is missing: ${howToMake}`
      }`,
    )
  return late !== undefined || other !== undefined
}

const joined = (method: string, elements: readonly string[], where: string | null): string =>
  [method, ...[...elements].sort(), where === null ? '' : definitionText(where)].join('\n')

function textOf({ method, elements, where }: StoredExclusion): string {
  return joined(
    method,
    elements.map(({ expression, operator }) => `${definitionText(expression)} with ${operator}`),
    where,
  )
}

function textOfRule(layout: EntityLayout, rule: OverlapRule): string {
  const elements = ruleElements(layout, rule)
  return joined(
    'gist',
    elements.map(({ expression, operator }) => `${definitionText(expression)} with ${operator}`),
    ruleWhereText(layout, rule, null),
  )
}
