import type { Opened } from './open.ts'

/** How SQLite went about one statement. */
export interface Explained {
  /** The plan, line by line. */
  readonly plan: readonly string[]
  /** Rows of "this" that were read, whether or not they were among those asked for. */
  readonly read: number
}

const ofRows = /( as "this" where )/g

/**
 * Runs a call and answers how SQLite goes about its first statement. No client counts what SQLite reads, so where `counting` a
 * statement asks of each row of "this", before all other conditions, that it was counted; else `read` is NaN.
 */
export async function explained(
  { raw }: Opened,
  call: () => Promise<unknown>,
  { counting = false }: { readonly counting?: boolean } = {},
): Promise<Explained> {
  const explanations: { plan: string[]; read: number }[] = []
  const prepare = raw.prepare.bind(raw)
  if (counting)
    raw.function('counted', (_id: unknown) => {
      const [statement] = explanations
      if (statement) statement.read += 1
      return 1
    })
  raw.prepare = ((text: string) => {
    if (!/^(select|update|delete|insert)/.test(text)) return prepare(text)
    const counted = counting ? text.replace(ofRows, '$1counted("this"."id") and ') : text
    if (counting && counted === text) throw new Error(`no row can be counted in: ${text}`)
    const statement = prepare(counted)
    const all = statement.all.bind(statement)
    statement.all = ((parameters: unknown[]) => {
      const rows = prepare(`explain query plan ${text}`).all(parameters) as { detail: string }[]
      explanations.push({ plan: rows.map(({ detail }) => detail), read: counting ? 0 : Number.NaN })
      return all(parameters)
    }) as never
    return statement
  }) as never
  await call()
  raw.prepare = prepare as never
  const [first] = explanations
  if (!first) throw new Error('nothing was sent')
  return first
}

/** Lines of a plan that read a table of the schema from its beginning to its end. */
export const scans = (plan: readonly string[]): string[] =>
  plan.filter((line) => /^SCAN (?!json_each|CONSTANT|given|nearest|range$|\(subquery)/.test(line))
