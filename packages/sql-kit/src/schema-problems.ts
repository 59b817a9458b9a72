import type { EntityLayout } from './layout.ts'

/** What is wrong with a table: the kind of thing, its name, and a sentence. */
export type Report = (kind: string, name: string, message: string) => void

/** What to do where something is not there that our own statements make. */
export const howToMake = 'run schema.apply(), or your migration with schema.statements()'

/** Whether an index, of whatever name, holds these columns and no others, in any order: then it keeps their key. */
export function holdsKey(index: readonly (string | null)[], columns: readonly string[]): boolean {
  return index.length === columns.length && columns.every((column) => index.includes(column))
}

export function reportMissingKey({ table }: EntityLayout, key: string, columns: string, report: Report): void {
  if (key === 'id')
    report(
      'primary-key',
      table,
      `The table "${table}" has no primary or unique key of (${columns}): make one, or declare idsPerScope: false in the mapping if its key is the id alone`,
    )
  else
    report(
      'index',
      `${table}.${key}`,
      `The table "${table}" has no unique index on (${columns}), the key ${key}: ${howToMake}`,
    )
}

/** `but`: what is wrong with the index that comes nearest; null where none does. */
export function reportMissingIndex(
  { table }: EntityLayout,
  index: string,
  columns: string,
  but: string | null,
  report: Report,
): void {
  const missing = `The table "${table}" has no index that begins with (${columns}), the index ${index}`
  report('index', `${table}.${index}`, but === null ? `${missing}: ${howToMake}` : `${missing}: ${but}; ${howToMake}`)
}
