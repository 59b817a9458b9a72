/** What Postgres said, whichever client passed it on and whatever wrapped it. */
export interface PostgresError {
  /** Five characters, such as '23505' (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
  readonly state: string
  /** In the server's language. It may hold values: to look for names that are known, never to be handed on. */
  readonly message: string
  /** "Key (a, b)=(...)": only the columns may be read from it. */
  readonly detail: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  /** The function of the server's that raised it. */
  readonly routine: string | undefined
}

/** An error and what it wraps, outermost first. */
export function chainOf(error: unknown): object[] {
  const chain: object[] = []
  for (
    let at = error;
    typeof at === 'object' && at !== null && chain.length < 6;
    at = (at as { cause?: unknown }).cause
  )
    chain.push(at)
  return chain
}

/** Node's own codes (EPIPE) have five letters as well, but no class of SQLSTATE begins with E. */
const state = /^[0-9A-DF-Z][0-9A-Z]{4}$/

/** Reads the errors of pg and of clients alike, by their fields; null for anything else. */
export function postgresError(error: unknown): PostgresError | null {
  for (const each of chainOf(error)) {
    const { code, message, detail, constraint, constraint_name, table, table_name, column, column_name, routine } =
      each as { readonly [field: string]: unknown }
    if (typeof code !== 'string' || !state.test(code)) continue
    return {
      state: code,
      message: text(message) ?? '',
      detail: text(detail) ?? '',
      constraint: text(constraint) ?? text(constraint_name),
      table: text(table) ?? text(table_name),
      column: text(column) ?? text(column_name),
      routine: text(routine),
    }
  }
  return null
}

export function sqlStateOf(error: unknown): string | null {
  return postgresError(error)?.state ?? null
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
