import type { StoredText } from './values.ts'

/**
 * Members of an index: components one after another, each of which ends by itself, so that members sort by their first
 * component, then by the second, and no two lists of values run into each other. NUL is in no text (V1). Null sorts first.
 */
export function component(value: StoredText): string {
  return value === false ? '\u0001' : `\u0002${value}\u0000`
}

export function components(values: readonly StoredText[]): string {
  return values.map(component).join('')
}

/** By what a row is found in its hash. The id is last and needs no end. */
export function rowKey(scope: string | null, id: string): string {
  return scope === null ? id : component(scope) + id
}
