import type { Scalar, StoredEntity } from '../spi/index.ts'
import { intervals } from './intervals.ts'
import { fieldOf, idOf, type Row } from './row.ts'

/** Which rows a look-up has to visit; a test decides about each. */
export type Access =
  | { readonly kind: 'all' }
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** The possible values of the leading fields of a natural key or declared index. */
  | { readonly kind: 'key'; readonly name: string; readonly values: readonly (readonly Scalar[])[] }
  /** The rows under an overlap rule whose interval meets that of a row. */
  | { readonly kind: 'overlap'; readonly rule: string; readonly row: Row }

/** Finds rows by the keys, indexes and rules of an entity. */
export interface RowIndex {
  put(row: Row): void
  remove(row: Row): void
  /** null: this index does not help. */
  find(access: Access): Iterable<string> | null
}

/** The fields of each natural key and declared index, by a name of its own. */
export function keysOf({ unique, indexes }: StoredEntity): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ...Object.entries(unique).map(([name, fields]) => [uniqueName(name), fields] as const),
    ...Object.entries(indexes).map(([name, fields]) => [`index ${name}`, fields] as const),
  ])
}

export function uniqueName(key: string): string {
  return `unique ${key}`
}

export function rowIndex(entity: StoredEntity): RowIndex {
  const keys = new Map([...keysOf(entity)].map(([name, fields]) => [name, keyTree(fields)]))
  const rules = new Map(entity.rules.map((rule) => [rule.name, intervals(rule)]))
  const parts = [...keys.values(), ...rules.values()]
  return {
    put(row) {
      for (const part of parts) part.put(row)
    },
    remove(row) {
      for (const part of parts) part.remove(row)
    },
    find(access) {
      if (access.kind === 'key') return keys.get(access.name)?.find(access.values) ?? null
      return access.kind === 'overlap' ? (rules.get(access.rule)?.meeting(access.row) ?? null) : null
    },
  }
}

/** One level per field; at the end the ids. */
type Branch = Map<Scalar, Branch | Set<string>>

interface KeyTree {
  put(row: Row): void
  remove(row: Row): void
  find(values: readonly (readonly Scalar[])[]): Iterable<string>
}

function keyTree(fields: readonly string[]): KeyTree {
  const root: Branch = new Map()
  const last = fields.length - 1

  const put = (branch: Branch, level: number, row: Row): void => {
    const value = fieldOf(row, fields[level] ?? '')
    const next = branch.get(value) ?? (level === last ? new Set<string>() : new Map())
    branch.set(value, next)
    if (next instanceof Set) next.add(idOf(row))
    else put(next, level + 1, row)
  }

  const remove = (branch: Branch, level: number, row: Row): void => {
    const value = fieldOf(row, fields[level] ?? '')
    const next = branch.get(value)
    if (next instanceof Set) next.delete(idOf(row))
    else if (next) remove(next, level + 1, row)
    if (next?.size === 0) branch.delete(value)
  }

  function* find(node: Branch | Set<string>, level: number, values: readonly (readonly Scalar[])[]): Iterable<string> {
    if (node instanceof Set) {
      yield* node
      return
    }
    const possible = values[level]
    for (const value of possible ? new Set(possible) : node.keys()) {
      const next = node.get(value)
      if (next) yield* find(next, level + 1, values)
    }
  }

  return {
    put: (row) => put(root, 0, row),
    remove: (row) => remove(root, 0, row),
    find: (values) => find(root, 0, values),
  }
}
