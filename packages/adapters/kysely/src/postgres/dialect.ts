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

/** Two numbers have a space of their own: these locks never meet the guards, nor the one of apply(). */
const placeLocks = 1_347_375_701

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
  locked: (rows) => rows.forNoKeyUpdate(),
  alone(rule, place) {
    const text = sql`jsonb_build_array(${sql.join([sql`cast(${rule} as text)`, ...place])})::text`
    return sql`pg_advisory_xact_lock(${sql.lit(placeLocks)}, hashtext(${text})) is not null`
  },
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
  // REPEATABLE READ would find a row that was changed after the snapshot by itself, but only after waiting for whoever holds it:
  // what the kit remembers lets the statement pass it over (`claimed`), so that two that read and write alike need no deadlock.
  holdsReads: { latest: false, snapshot: false, join: false },
  engine: createPostgresEngine,
  schema: postgresSchema,
  apply: applyPostgres,
  probe: probePostgres,
  verify: verifyPostgres,
  classify: (error, phase, layouts) => classifyPostgres(error, isUncommitted(error) ? 'begin' : phase, layouts),
}
