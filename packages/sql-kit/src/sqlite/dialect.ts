import type { Scalar, StoredField } from '@portolan/adapter-kit'
import type { SqlDialect } from '../dialect.ts'
import { quotedName } from '../quoted-name.ts'

const types = {
  text: 'TEXT',
  'one-of': 'TEXT',
  instant: 'TEXT',
  json: 'TEXT',
  integer: 'INTEGER',
  boolean: 'INTEGER',
  float: 'REAL',
} as const

/** Clients set to bigint (`safeIntegers`) give every integer as one. Beyond the safe range it stays what it is. */
function asNumber(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function decode({ kind }: StoredField, value: unknown): Scalar {
  const plain = asNumber(value)
  if (kind !== 'boolean') return plain as Scalar
  return plain === 1 ? true : plain === 0 ? false : (plain as Scalar)
}

function literal(value: Scalar): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return value ? '1' : '0'
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
}

/**
 * Instants are text of fixed width, booleans 0 and 1, json is text. Text compares by the bytes of its UTF-8, which is code
 * point order.
 */
export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  maximumNameBytes: 255,
  foldsNames: true,
  refusesTable: (table) => (/^sqlite_/i.test(table) ? 'SQLite keeps names that begin with sqlite_ for itself' : null),
  refusesColumn: () => null,
  quote: quotedName,
  columnType: ({ kind }) => types[kind],
  selected: (_field, column) => column,
  encode: (value) => (typeof value === 'boolean' ? Number(value) : value),
  decode,
  literal,
  occurs: (text, sought) => `instr(${text}, ${sought}) > 0`,
}
