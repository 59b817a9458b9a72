import { applySqlite, classifySqlite, probeSqlite, sqliteDialect, sqliteSchema, verifySqlite } from '@portolan/sql-kit'
import { sql } from 'kysely'
import { type Columns, eb } from '../client.ts'
import type { Dialect, Expressions } from '../dialect.ts'
import { createSqliteEngine } from './engine.ts'

const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

const expressions: Expressions = {
  list: ({ kind }, values) => sql`(select ${number(kind, sql`value`)} from json_each(${JSON.stringify(values)}))`,
  contains: (value, text) => sql`instr(${value}, ${text}) > 0`,
  // lower() folds more than A-Z in builds with ICU; to replace the letters that matter is the same everywhere.
  folded: (value, letters) =>
    letters.reduce((inner, letter) => sql`replace(${inner}, ${letter}, ${letter.toLowerCase()})`, value),
  ids: (rows) => sql`(select json_group_array("id") from ${rows})`,
  rows(fields, rows) {
    const columns = fields.map(
      ({ kind }, index) => sql`${number(kind, sql`value ->> ${sql.lit(index)}`)} as ${sql.id(`c${index}`)}`,
    )
    return sql<Columns>`(select ${sql.join(columns)} from json_each(${JSON.stringify(rows)}))`
  },
  // The bound is 32,766 unless a build has its own.
  parametersAtOnce: 30_000,
  typed: (_field, value) => value,
  compared: (_field, column) => column,
  among: (id, rows) => eb(id, 'in', rows),
  claimed: (id, rows) => eb(id, 'in', rows),
  // A transaction holds the write lock, and with it every row.
  locked: (rows) => rows,
  alone: null,
  unlimited: sql.lit(-1),
  saysNullOrder: false,
  meeting: null,
  // Beyond the year 9999 an instant stays at its end, where text would no longer sort.
  moment: (clock) => {
    const now = (clock ?? Date.now)()
    return (plus) => new Date(Math.min(now + plus, lastMoment)).toISOString()
  },
}

/** JSON writes a large double without a fraction, which SQLite would read as another integer. */
function number(kind: string, value: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return kind === 'float' ? sql`cast(${value} as real)` : value
}

export const sqlite: Dialect = {
  sql: sqliteDialect,
  expressions,
  capabilities: {
    guardsInSnapshot: true,
    joinIsolation: 'serial',
    writers: 'one',
    storeClock: 'host',
    durability: 'restart',
  },
  // Every transaction holds the write lock from its beginning.
  holdsReads: { latest: true, snapshot: true, join: true },
  engine: createSqliteEngine,
  schema: sqliteSchema,
  apply: applySqlite,
  probe: probeSqlite,
  verify: verifySqlite,
  classify: classifySqlite,
}
