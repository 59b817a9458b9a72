import type { SchemaProblem } from '@portolan/ports'
import type { OverlapRule, StoredEntity } from '../spi/index.ts'

/*
 * For stores that keep an entity's definition next to its rows: it is the union of what all clients have declared, so that
 * clients of an older and a newer definition work side by side.
 */

/**
 * What keeps two definitions of one entity from holding for the same rows. A field that only one of them knows must be
 * nullable: it is null in the rows of the other.
 */
export function contradictions(stored: StoredEntity, declared: StoredEntity): SchemaProblem[] {
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

/** All that either of them declares; for definitions that do not contradict each other. */
export function mergeDeclarations(stored: StoredEntity, declared: StoredEntity): StoredEntity {
  return {
    ...stored,
    fields: { ...stored.fields, ...declared.fields },
    unique: { ...stored.unique, ...declared.unique },
    indexes: { ...stored.indexes, ...declared.indexes },
    rules: Object.values({ ...rulesByName(stored), ...rulesByName(declared) }),
  }
}

interface NamedParts {
  readonly [name: string]: unknown
}

function rulesByName({ rules }: StoredEntity): { [name: string]: OverlapRule } {
  return Object.fromEntries(rules.map((rule) => [rule.name, rule]))
}
