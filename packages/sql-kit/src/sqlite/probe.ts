import type { SchemaProblem } from '@portolan/ports'
import type { Query } from '../query.ts'

/** RETURNING came with 3.35, STRICT tables with 3.37, JSON in every build and its arrow operators with 3.38. */
const oldest = [3, 38] as const

/** What of the library's version or the database's settings breaks clauses. Rejects when the database cannot be read. */
export async function probeSqlite(query: Query): Promise<SchemaProblem[]> {
  const problems: SchemaProblem[] = []
  const report = (kind: string, name: string, message: string): void => {
    problems.push({ entity: null, kind, name, message })
  }
  const [{ version = '' } = {}] = await query('select sqlite_version() as version', [])
  const [major = 0, minor = 0] = String(version).split('.').map(Number)
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    report(
      'version',
      'sqlite',
      `SQLite is ${String(version)}; ${oldest.join('.')} is the oldest that will do: update the client`,
    )
  const [{ encoding = '' } = {}] = await query('pragma encoding', [])
  if (encoding !== 'UTF-8')
    report(
      'encoding',
      'encoding',
      `The database keeps text as ${String(encoding)}, which sorts otherwise than by code point: make it anew with pragma encoding = 'UTF-8'`,
    )
  const [{ synchronous = 2 } = {}] = await query('pragma synchronous', [])
  if (Number(synchronous) === 0)
    report(
      'setting',
      'synchronous',
      'The pragma synchronous is OFF, so a power failure can damage the database: set it to NORMAL or FULL',
    )
  // Reads the file itself, so that a file that is none is found here.
  await query('select count(*) as objects from sqlite_schema', [])
  return problems
}
