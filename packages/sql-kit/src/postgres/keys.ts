import { columnOf, type EntityLayout, fieldOf } from '../layout.ts'
import { holdsKey, type Report, reportMissingIndex, reportMissingKey } from '../schema-problems.ts'
import type { StoredIndex } from './catalog.ts'

/** Keys by what they hold, whatever they are called: a table of the user's own has names of its own. */
export function reportKeys(layout: EntityLayout, indexes: readonly StoredIndex[], report: Report): void {
  const { table } = layout
  for (const { name, fields } of layout.keys) {
    const wanted = fields.map((field) => columnOf(layout, field))
    const alike = indexes.filter((index) => index.unique && !index.partial && holdsKey(index.columns, wanted))
    const nullable = fields.some((field) => fieldOf(layout, field).nullable)
    if (alike.some((index) => unfitAsKey(index, nullable) === null)) continue
    const [first] = alike
    const why = first ? unfitAsKey(first, nullable) : null
    if (first && why !== null)
      report('index', first.name, `The unique index "${first.name}" of table "${table}" (the key ${name}) ${why}`)
    else reportMissingKey(layout, name, wanted.join(', '), report)
  }
}

function unfitAsKey(index: StoredIndex, nullable: boolean): string | null {
  if (!index.valid) return 'is not valid, because making it failed or goes on: drop it and make it again'
  if (!index.immediate)
    return 'is deferrable, so that inserts cannot look for a row in the way first: make it not deferrable'
  if (index.nullsNotDistinct && nullable)
    return 'takes nulls for the same, and a null part of a key never collides: make it anew with nulls distinct'
  if (index.usual.includes(false)) return 'compares otherwise than its columns do: make it anew with their collation'
  return null
}

/** Declared indexes: those whose first columns, in one order or its exact reverse, are the ones declared. */
export function reportIndexes(layout: EntityLayout, indexes: readonly StoredIndex[], report: Report): void {
  for (const { name, fields } of layout.indexes) {
    const wanted = fields.map((field) => ({
      column: columnOf(layout, field),
      // Ascending; nulls first where there can be any.
      option: fieldOf(layout, field).nullable ? 2 : 0,
    }))
    // An id at the end only puts ties in order.
    const leading = wanted.slice(0, wanted.length > 1 && fields.at(-1) === 'id' ? -1 : undefined)
    const begins = indexes.filter((index) => leading.every(({ column }, at) => index.columns[at] === column))
    const serves = begins.some(
      (index) =>
        index.method === 'btree' &&
        index.valid &&
        !index.partial &&
        leading.every((_, at) => index.usual[at]) &&
        [0, 3].some((reversed) => leading.every(({ option }, at) => index.options[at] === (option ^ reversed))),
    )
    if (serves) continue
    const list = wanted.map(({ column, option }) => (option === 0 ? column : `${column} nulls first`)).join(', ')
    const [near] = begins
    const but = near === undefined ? null : `"${near.name}" is partial, not valid, or in another order`
    reportMissingIndex(layout, name, list, but, report)
  }
}
