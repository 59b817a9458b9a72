import type { SchemaProblem } from '@portolan/ports'
import type { Query } from '../query.ts'

/** extract() is exact from 14 on, btree_gist knows booleans from 15 on, and nothing older is maintained any more. */
const oldest = 15

const question = `select json_build_object(
  'version', current_setting('server_version_num'),
  'name', current_setting('server_version'),
  'encoding', current_setting('server_encoding'),
  'replica', pg_is_in_recovery(),
  'readOnly', current_setting('default_transaction_read_only'),
  'isolation', current_setting('default_transaction_isolation'),
  'commit', current_setting('synchronous_commit'),
  'schema', current_schema()
)::text as facts`

interface Facts {
  readonly version: string
  readonly name: string
  readonly encoding: string
  readonly replica: boolean
  readonly readOnly: string
  readonly isolation: string
  readonly commit: string
  readonly schema: string | null
}

/** What of the server's version, its settings or the session's breaks clauses. One statement. Rejects when it can't be reached. */
export async function probePostgres(query: Query): Promise<SchemaProblem[]> {
  const [row] = await query(question, [])
  const facts = JSON.parse(String(row?.facts)) as Facts
  const problems: SchemaProblem[] = []
  const report = (kind: string, name: string, message: string): void => {
    problems.push({ entity: null, kind, name, message })
  }
  if (Number(facts.version) < oldest * 10_000)
    report(
      'version',
      'postgres',
      `PostgreSQL is ${facts.name}; ${oldest} is the oldest that will do: upgrade the server`,
    )
  if (facts.encoding !== 'UTF8')
    report(
      'encoding',
      'server_encoding',
      `The database keeps text as ${facts.encoding}, which lacks characters and sorts otherwise than by code point: make it anew with the encoding UTF8`,
    )
  if (facts.replica)
    report(
      'read-only',
      'replica',
      'The server is a read-only replica: connect to the primary (target_session_attrs=read-write)',
    )
  else if (facts.readOnly !== 'off')
    report(
      'read-only',
      'default_transaction_read_only',
      'Transactions of this role or database are read-only: turn default_transaction_read_only off',
    )
  if (facts.isolation !== 'read committed')
    report(
      'setting',
      'default_transaction_isolation',
      `Statements run at ${facts.isolation}, where they fail on each other instead of waiting: set default_transaction_isolation to 'read committed' for this role, and raise the level where your own transactions need it`,
    )
  if (facts.commit === 'off')
    report(
      'setting',
      'synchronous_commit',
      'synchronous_commit is off, so a crash of the server loses writes that it has acknowledged: set it to on, or to local',
    )
  if (facts.schema === null)
    report(
      'setting',
      'search_path',
      'The search_path names no schema that exists and this role may use: create one, or correct it',
    )
  return problems
}
