import type { Scalar, StoredField } from '@portolan/adapter-kit'
import type { SqlDialect } from '../dialect.ts'
import { quotedName } from '../quoted-name.ts'
import { decode, selected } from './stored-values.ts'

const types = {
  text: 'text',
  'one-of': 'text',
  instant: 'timestamptz',
  json: 'jsonb',
  integer: 'bigint',
  boolean: 'boolean',
  float: 'double precision',
} as const

/** The type of a field's values, for casts of parameters that Postgres could not give a type by itself. */
export function postgresType({ kind }: StoredField): string {
  return types[kind]
}

function columnType({ kind }: StoredField): string {
  if (kind === 'text' || kind === 'one-of') return 'text collate "C"'
  return kind === 'instant' ? 'timestamptz(3)' : types[kind]
}

/**
 * All but booleans in quotes: beside a column such a literal takes the column's own type, whatever that is. A backslash means
 * itself only in the form with E, which no setting changes.
 */
function literal(value: Scalar): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  const text = String(value).replaceAll("'", "''")
  return text.includes('\\') ? `E'${text.replaceAll('\\', '\\\\')}'` : `'${text}'`
}

const systemColumns: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

/** Text is of the collation "C": its bytes are UTF-8, so it compares by code point, whatever the database's own collation. */
export const postgresDialect: SqlDialect = {
  name: 'postgres',
  maximumNameBytes: 63,
  foldsNames: false,
  refusesTable: (table) =>
    table.startsWith('pg_') ? 'PostgreSQL keeps names that begin with pg_ for its own tables' : null,
  refusesColumn: (column) =>
    systemColumns.has(column) ? `every table of PostgreSQL's has a system column "${column}"` : null,
  quote: quotedName,
  columnType,
  selected,
  // Instants and json go over as the texts that they are: a client would make an array literal of an array.
  encode: (value) => value,
  decode,
  literal,
  occurs: (text, sought) => `strpos(${text}, ${sought}) > 0`,
}
