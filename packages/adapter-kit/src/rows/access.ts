import type { Predicate, Scalar, StoredEntity } from '../spi/index.ts'
import { type Access, keysOf } from './row-index.ts'

/** Beyond so many combinations of values a look-up by key costs more than it saves. */
const mostCombinations = 10_000

/** The cheapest way to the rows that may match: by id, by the longest bound prefix of a key or index, or through all. */
export function accessOf(entity: StoredEntity, where: Predicate): Access {
  const bound = bindings(where)
  const ids = bound.get('id')
  if (ids) return { kind: 'ids', ids: ids.map(String) }
  let best: Access & { readonly kind: 'key' } = { kind: 'key', name: '', values: [] }
  for (const [name, fields] of keysOf(entity)) {
    const values: (readonly Scalar[])[] = []
    let combinations = 1
    for (const field of fields) {
      const possible = bound.get(field)
      combinations *= possible?.length ?? Number.POSITIVE_INFINITY
      if (!possible || combinations > mostCombinations) break
      values.push(possible)
    }
    if (values.length > best.values.length) best = { kind: 'key', name, values }
  }
  return best.values.length === 0 ? { kind: 'all' } : best
}

/** The values that a matching row can have in a field, where the predicate says so at its top. */
function bindings(where: Predicate): Map<string, readonly Scalar[]> {
  const bound = new Map<string, readonly Scalar[]>()
  const bind = (field: string, values: readonly Scalar[]): void => {
    if (values.length < (bound.get(field)?.length ?? Number.POSITIVE_INFINITY)) bound.set(field, values)
  }
  const visit = (part: Predicate): void => {
    if (part.op === 'all') part.parts.forEach(visit)
    else if (part.op === 'in') bind(part.field, part.values)
    else if (part.op === 'isNull') bind(part.field, [null])
    else if (part.op === 'eq' && typeof part.value !== 'object') bind(part.field, [part.value])
  }
  visit(where)
  return bound
}
