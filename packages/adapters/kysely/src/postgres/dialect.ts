import type { StoredField } from '@portolan/adapter-kit'
import {
  applyPostgres,
  classifyPostgres,
  columnReference,
  fieldOf,
  postgresDialect,
  postgresSchema,
  postgresType,
  probePostgres,
  rangeOf,
  verifyPostgres,
} from '@portolan/sql-kit'
import { type Expression, type RawBuilder, sql } from 'kysely'
import type { Columns } from '../client.ts'
import type { Dialect, Expressions } from '../dialect.ts'
import { createPostgresEngine } from './engine.ts'
import { moment } from './instants.ts'
import { isUncommitted } from './uncommitted.ts'

function as(field: StoredField, value: Expression<unknown>): RawBuilder<unknown> {
  return sql`cast(${value} as ${sql.raw(postgresType(field))})`
}

/** Lists go over as JSON: how a client binds an array is its own affair. */
const expressions: Expressions = {
  list: (field, values) =>
    sql`(select ${as(field, sql`value`)} from json_array_elements_text(cast(${JSON.stringify(values)} as json)) as value)`,
  typed: as,
  compared: ({ kind }, column) => (kind === 'json' ? sql`cast(${column} as text)` : column),
  contains: (value, text) => sql`strpos(${value}, ${text}) > 0`,
  // lower() of the C collation folds A-Z and nothing else.
  folded: (value) => sql`lower(${value} collate "C")`,
  ids: (rows) => sql`(select coalesce(json_agg("id"), '[]')::text from ${rows} as "found")`,
  rows(fields, rows) {
    const columns = fields.map(
      (field, index) => sql`${as(field, sql`value ->> ${sql.lit(index)}`)} as ${sql.id(`c${index}`)}`,
    )
    return sql<Columns>`(select ${sql.join(columns)} from json_array_elements(cast(${JSON.stringify(rows)} as json)) as value)`
  },
  // As an array the rows are looked for once; behind IN the planner may look again for each row that it tries.
  among: (id, rows) => sql`${id} = any(array(${rows}))`,
  claimed: (id, rows) => sql`${id} = any(array(${rows.forNoKeyUpdate().skipLocked()}))`,
  locked: (rows) => rows.forNoKeyUpdate().noWait(),
  unlimited: null,
  saysNullOrder: true,
  meeting(layout, rule, value) {
    const from = as(fieldOf(layout, rule.from), value(rule.from))
    const until = as(fieldOf(layout, rule.until), value(rule.until))
    const stored = rangeOf(rule, columnReference(layout, '"other"'))
    return sql`${sql.raw(stored)} && tstzrange(least(${from}, ${until}), ${until}, '[)')`
  },
  // The protocol counts them in 16 bits.
  parametersAtOnce: 65_000,
  moment,
}

export const postgres: Dialect = {
  sql: postgresDialect,
  expressions,
  capabilities: {
    guardsInSnapshot: false,
    joinIsolation: 'caller',
    writers: 'many',
    storeClock: 'store',
    durability: 'restart',
  },
  // REPEATABLE READ refuses to write what was changed after the snapshot; in the others the kit compares.
  holdsReads: { latest: false, snapshot: true, join: false },
  engine: createPostgresEngine,
  schema: postgresSchema,
  apply: applyPostgres,
  probe: probePostgres,
  verify: verifyPostgres,
  classify: (error, phase, layouts) => classifyPostgres(error, isUncommitted(error) ? 'begin' : phase, layouts),
}
