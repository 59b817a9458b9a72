import type { Failure, Phase } from '@portolan/adapter-kit'
import { columnOf, type EntityLayout, objectNames } from '../layout.ts'
import type { PostgresError } from './errors.ts'

/** What a constraint refused. A key or rule that the definition has was lost to a racer: the caller begins again. */
export function constraintFailure(
  error: PostgresError,
  phase: Phase,
  layouts: readonly EntityLayout[],
): Failure | null {
  const { state, constraint, table, column } = error
  const layout = layouts.find((each) => each.table === table)
  const entity = layout?.entity.name ?? null
  const named = constraint === undefined ? 'a constraint' : `the constraint "${constraint}"`
  const at = table === undefined ? '' : ` of table "${table}"`
  const failure = (code: Failure['code'], message: string): Failure => ({ code, message, constraint, table })
  const mismatch = (kind: string, name: string | undefined, message: string): Failure => ({
    ...failure('schema-mismatch', message),
    problems: [{ entity, kind, name: name ?? 'constraint', message }],
  })
  switch (state) {
    case '23505':
    case '23P01':
      if (phase === 'schema' && isCatalog(table))
        return failure(
          'transaction-conflict',
          'another process made the same table or extension at the same time; try again',
        )
      if (phase === 'schema')
        return mismatch(
          'rows',
          constraint,
          `rows that are stored already violate ${named}${at}: correct them, then run schema.apply() again`,
        )
      return layout && isUndeclared(layout, error)
        ? mismatch(
            'index',
            constraint,
            `${named}${at} refused the row, and the definition used here has no such key or rule: declare it, or drop it`,
          )
        : failure(
            'transaction-conflict',
            `another transaction wrote a row that ${named}${at} does not allow beside this one; begin again`,
          )
    case '23502':
      return mismatch(
        'not-null',
        column,
        `the column "${column ?? ''}"${at} takes no null, which the entity leaves or may leave there: give it a default, map a field to it, or let it be null`,
      )
    case '23503':
    case '23001':
      return failure(
        'unexpected',
        `${named}${at}, a foreign key, refused the write: what it refers to must be there first, and go last`,
      )
    case '23514':
      return failure('unexpected', `${named}${at}, a check that the entity knows nothing of, refused the row`)
    case 'P0001':
      return failure('unexpected', 'a trigger of the table that the entity knows nothing of refused the write')
    default:
      return null
  }
}

const isCatalog = (table: string | undefined): boolean => table?.startsWith('pg_') ?? false

/** By the constraint's name, and else by its columns, since a user's own table has names of its own. Unknown is not undeclared. */
function isUndeclared(layout: EntityLayout, { state, constraint, detail }: PostgresError): boolean {
  const { keys, entity } = layout
  const ours = [
    ...keys.map(({ name }) => objectNames.key(layout, name)),
    ...entity.rules.map((rule) => objectNames.ruleIndex(layout, rule)),
  ]
  if (constraint !== undefined && ours.includes(constraint)) return false
  if (state === '23P01') return entity.rules.length === 0
  const columns = columnsIn(detail)
  return (
    columns !== null &&
    !keys.some(
      ({ fields }) =>
        fields.length === columns.length && fields.every((field) => columns.includes(columnOf(layout, field))),
    )
  )
}

/** The columns in "Key (tenant, "slug")=(...)"; the server says the sentence around them in its own language. */
function columnsIn(detail: string): string[] | null {
  const [, list] = /\(((?:"(?:[^"]|"")*"|[^"=])*)\)=\(/.exec(detail) ?? []
  if (list === undefined) return null
  return [...list.matchAll(/"((?:[^"]|"")*)"|[^,\s"]+/g)].map(
    ([plain, quoted]) => quoted?.replaceAll('""', '"') ?? plain,
  )
}
