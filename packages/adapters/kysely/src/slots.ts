import type { CompiledQuery } from 'kysely'
import type { Client, Columns } from './client.ts'

/** Stands for a field's value in a statement that is built and compiled once, and then sent with other values each time. */
export interface Slot {
  readonly slot: string
}

export function slotOf(field: string): Slot {
  return { slot: field }
}

function isSlot(parameter: unknown): parameter is Slot {
  return typeof parameter === 'object' && parameter !== null && 'slot' in parameter
}

/**
 * Marks a statement that comes again and again with the same text, in the form of sqlcommenter
 * (https://google.github.io/sqlcommenter/spec/): a pool may have it parsed and planned once per connection.
 */
export const repeatedMark = " /*db_driver='portolan'*/"

/** A statement with slots, as it can be kept. */
export function repeated(compiled: CompiledQuery): CompiledQuery {
  return { ...compiled, sql: compiled.sql + repeatedMark }
}

/** Sends a statement with its slots filled. Neither builds nor compiles anything. */
export async function sendFilled(
  client: Client,
  statement: CompiledQuery,
  fill: (field: string) => unknown,
): Promise<Columns | undefined> {
  const parameters = statement.parameters.map((parameter) => (isSlot(parameter) ? fill(parameter.slot) : parameter))
  const { rows } = await client.executeQuery<Columns>({ ...statement, parameters })
  return rows[0]
}
