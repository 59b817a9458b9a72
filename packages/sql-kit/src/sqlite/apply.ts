import { failing } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import type { EntityLayout } from '../layout.ts'
import type { Query } from '../query.ts'
import { sqliteSchema } from './schema.ts'
import { fold, rowProblems } from './verify.ts'

/**
 * Makes what is missing, within a transaction of the caller's. SQLite itself refuses a key that stored rows violate; a rule that
 * they violate is refused here, when its triggers are made: `schema-mismatch`, and the caller rolls back.
 */
export async function applySqlite(
  layouts: readonly EntityLayout[],
  query: Query,
  send: (statement: string) => Promise<unknown>,
): Promise<void> {
  const rows = await query("select name from sqlite_schema where type = 'trigger'", [])
  const triggers = new Set(rows.map(({ name }) => fold(String(name))))
  const problems: SchemaProblem[] = []
  for (const layout of layouts) {
    const objects = sqliteSchema(layout)
    for (const { statement } of objects) await send(statement)
    if (objects.some(({ kind, name }) => kind === 'trigger' && !triggers.has(fold(name))))
      problems.push(...(await rowProblems(layout, query)))
  }
  if (problems.length > 0) {
    const told = problems.map(({ message }) => message).join('; ')
    throw failing('schema-mismatch', `stored rows violate a rule. ${told}. Then run schema.apply() again`, problems)
  }
}
