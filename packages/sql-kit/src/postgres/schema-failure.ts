import type { Failure, Phase } from '@portolan/adapter-kit'
import type { EntityLayout } from '../layout.ts'
import { howToMake } from '../schema-problems.ts'
import type { PostgresError } from './errors.ts'

const tells = 'schema.verify() names it'

/** What is missing or unfit in the database. Names are told only where they are those of a layout: other words may be values. */
export function schemaFailure(
  { state, message, routine }: PostgresError,
  phase: Phase,
  layouts: readonly EntityLayout[],
): Failure | null {
  const mismatch = (
    kind: string,
    name: string,
    what: string,
    entity: string | null = null,
    table?: string,
  ): Failure => ({
    code: 'schema-mismatch',
    message: what,
    table,
    problems: [{ entity, kind, name, message: what }],
  })
  const layout = layouts.find(({ table }) => mentions(message, table))
  const entity = layout?.entity.name ?? null
  const table = layout?.table
  switch (state) {
    case '42P01':
      return mismatch(
        'table',
        table ?? 'table',
        `${table === undefined ? 'a table' : `the table "${table}" of ${entity}`} is missing, or is in no schema on the search_path: ${howToMake}`,
        entity,
        table,
      )
    case '42703': {
      const found = columnIn(message, layouts)
      return found === null
        ? mismatch('column', 'column', `a column is missing: add it by a migration; ${tells}`)
        : mismatch(
            'column',
            found.column,
            `the column "${found.column}" of ${found.layout.entity.name} is missing: add it by a migration; schema.verify() names all that is missing`,
            found.layout.entity.name,
            found.layout.table,
          )
    }
    case '42501':
      return denied(table, message, routine, phase)
    case '3D000':
      return mismatch(
        'database',
        'database',
        'the database that the connection names does not exist: create it, or correct the name',
      )
    case '3F000':
      return mismatch(
        'setting',
        'search_path',
        'the search_path names no schema that exists: create one, or correct it',
      )
    case '42704':
    case '58P01':
    case '0A000':
      if (/gist/.test(message))
        return mismatch('extension', 'btree_gist', state === '42704' ? withoutExtension : unavailableExtension)
      return state === '42704'
        ? mismatch('type', 'type', `a type, collation or other object is missing; ${tells}`)
        : null
    case '42809':
      return mismatch(
        'table',
        table ?? 'table',
        'what has the name of a table is none: map the entity to an ordinary table',
        entity,
        table,
      )
    case '42P10':
      return mismatch('index', 'index', `a unique key that the entity declares is missing: ${howToMake}; ${tells}`)
    case '42P17':
      return mismatch('type', 'type', `the columns of an overlap rule must be timestamptz: make them so; ${tells}`)
    case '42P07':
    case '42710':
      return phase === 'schema'
        ? {
            code: 'transaction-conflict',
            message: 'another process made the same table or index at the same time; try again',
          }
        : null
    case '22001':
    case '22003':
    case '22007':
    case '22008':
    case '22023':
    case '22P02':
    case '42804':
    case '42883':
    case '42P08':
    case '428C9':
      return mismatch('type', 'type', `a column has a type that its field does not fit: ${tells}`, entity, table)
    case '22021':
    case '22P05':
      return mismatch(
        'encoding',
        'encoding',
        'the database keeps text in an encoding that lacks this character: make it anew with the encoding UTF8',
      )
    default:
      return null
  }
}

const withoutExtension =
  'an overlap rule needs the extension btree_gist, which this database does not have: run "create extension btree_gist" as a role that may create extensions here, then schema.apply()'
const unavailableExtension =
  'an overlap rule needs the extension btree_gist, which is not installed on the server: install the contrib package of this PostgreSQL, then run schema.apply()'

function denied(table: string | undefined, message: string, routine: string | undefined, phase: Phase): Failure {
  const denial = (what: string): Failure => ({ code: 'access-denied', message: what, table })
  if (/row-level security/.test(message) || routine === 'ExecWithCheckOptions')
    return denial(
      'row-level security of the table refused the row: let the policies admit this role, or let it bypass them',
    )
  if (phase === 'schema' || /extension/.test(message))
    return denial(
      'this role may not create tables, or not the extension btree_gist: apply as one that may, or hand schema.statements() to who may',
    )
  return denial(
    `this role may not read or write ${table === undefined ? 'a table' : `the table "${table}"`}: grant it select, insert, update and delete, and usage on the schema`,
  )
}

/** Whether a message of the server's names a table of ours, in quotes of any language or none. */
function mentions(message: string, table: string): boolean {
  for (let at = message.indexOf(table); at >= 0; at = message.indexOf(table, at + 1)) {
    const around = `${message[at - 1] ?? ' '}${message[at + table.length] ?? ' '}`
    if (!/[\p{L}\p{N}_]/u.test(around)) return true
  }
  return false
}

function columnIn(message: string, layouts: readonly EntityLayout[]): { layout: EntityLayout; column: string } | null {
  // A message that names the table as well comes before one that only fits by the column's name.
  const ordered = [...layouts].sort(
    (one, two) => Number(mentions(message, two.table)) - Number(mentions(message, one.table)),
  )
  for (const layout of ordered) {
    // "column other.begins does not exist" names the longest column of ours that it mentions.
    const columns = [...layout.columns.values()].sort((one, two) => two.length - one.length)
    const column = columns.find((each) => mentions(message, each))
    if (column !== undefined) return { layout, column }
  }
  return null
}
