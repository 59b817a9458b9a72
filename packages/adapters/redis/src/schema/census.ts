import type { SchemaProblem } from '@portolan/ports'
import { type Definition, type PartKind, partsOf } from '../definition.ts'

export interface UnfitPart {
  readonly kind: PartKind | 'rows' | 'by id'
  readonly name: string
  /** What it holds; -1 where its key is of another type. */
  readonly count: number
}

/**
 * Parts that can't be whole, by how many entries they have (in the order of the entity's keys after the definition): one is missing, or
 * somebody has written past the scripts. Parts that are filling are whole when they are filled.
 */
export function unfitParts(definition: Definition, counts: readonly number[]): UnfitPart[] {
  const [rows = 0, byId = 0] = counts
  const unfit: UnfitPart[] = []
  if (rows < 0) return [{ kind: 'rows', name: 'rows', count: rows }]
  if (byId !== rows) unfit.push({ kind: 'by id', name: 'by id', count: byId })
  for (const { kind, part, key } of partsOf(definition)) {
    const count = counts[key - 1] ?? 0
    const fits =
      count >= 0 &&
      (part.state === 'filling' || (holdsAll(definition, kind, part.name) ? count === rows : count <= rows))
    if (!fits) unfit.push({ kind, name: part.name, count })
  }
  return unfit
}

/** Whether each row has an entry: in an index always, in a key where no part may be null, in a rule without a condition. */
function holdsAll({ fields, unique, rules }: Definition, kind: PartKind, name: string): boolean {
  if (kind === 'index') return true
  if (kind === 'key') {
    const nullable = new Set(fields.flatMap((field) => (field.nullable ? [field.name] : [])))
    return !unique.find((one) => one.name === name)?.fields.some((field) => nullable.has(field))
  }
  const where = rules.find((one) => one.name === name)?.where
  return where?.op === 'all' && where.parts.length === 0
}

export function censusProblems(definition: Definition, counts: readonly number[]): SchemaProblem[] {
  const entity = definition.name
  return unfitParts(definition, counts).map(({ kind, name, count }) => {
    if (kind === 'rows') {
      const message = `the key of the rows of ${entity} holds something else than Portolan put there; remove it`
      return { entity, kind: 'type', name, message }
    }
    const what = kind === 'by id' ? `the index by id of ${entity}` : `the ${kind} ${name} of ${entity}`
    const problem =
      count < 0
        ? 'is something else than Portolan put there: remove its key, then run schema.apply()'
        : `has ${count} entries for ${counts[0]} rows, so somebody has removed or written keys past the scripts; run schema.apply()`
    return { entity, kind: kind === 'by id' ? 'index' : kind, name, message: `${what} ${problem}` }
  })
}
