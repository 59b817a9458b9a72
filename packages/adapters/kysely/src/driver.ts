import type { Driver, Failure, StoredEntity } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'
import { type EntityLayout, layoutOf, layoutsOf } from '@portolan/sql-kit'
import type { Kysely, Transaction } from 'kysely'
import { capabilities } from './capabilities.ts'
import { remove, update } from './change.ts'
import { claim, deleteMany, updateMany } from './change-many.ts'
import type { Session } from './engine.ts'
import { insertOne } from './insert.ts'
import { insertMany } from './insert-many.ts'
import { checkClient, dialectOf, type KyselyOptions } from './options.ts'
import { count, select } from './reads.ts'
import { queryOf } from './schema.ts'
import { type Frame, type Table, tableOf } from './table.ts'

/** Plans in, Kysely's queries out. For `createStorage`, and for whoever wraps a driver. */
export function kyselyDriver<DB>(db: Kysely<DB>, options: KyselyOptions): Driver<Transaction<DB>, Session<DB>> {
  checkClient(db)
  const dialect = dialectOf(db, options.dialect)
  const { mapping = {}, clock = null } = options
  const tables = new Map<string, Table>()
  const layouts = (): EntityLayout[] => [...tables.values()].map(({ layout }) => layout)
  /** Also of entities that are none of the storage's: the schema of any can be asked for. */
  const layoutsFor = (entities: readonly StoredEntity[]): EntityLayout[] =>
    entities.map((entity) => {
      const known = tables.get(entity.name)?.layout
      return known?.entity === entity ? known : layoutOf(entity, mapping, dialect.sql)
    })
  const frameOf = ({ entity, scope }: Bound, { deadline }: { readonly deadline: number }): Frame => {
    const table = tables.get(entity.name)
    if (!table) throw new TypeError(`the entity ${entity.name} was not prepared`)
    return { table, scope, deadline, moment: dialect.expressions.moment(clock) }
  }
  const engine = dialect.engine(db, { layouts, clock })
  const statementsFor = (entities: readonly StoredEntity[]): string[] =>
    layoutsFor(entities).flatMap((layout) => dialect.schema(layout).map(({ statement }) => statement))

  return {
    name: 'kysely',
    spi: 1,
    capabilities: capabilities(options, dialect.capabilities),
    supports: [],
    holdsReads: dialect.holdsReads,
    prepare(entities) {
      for (const [name, layout] of layoutsOf(entities, mapping, dialect.sql)) tables.set(name, tableOf(layout, dialect))
    },
    select: (plan, context) => engine.read(context, (client) => select(client, frameOf(plan, context), plan)),
    count: (plan, context) => engine.read(context, (client) => count(client, frameOf(plan, context), plan)),
    insert: (plan, context) => {
      const [row] = plan.rows
      const frame = frameOf(plan, context)
      return row && plan.rows.length === 1
        ? engine.write(context, plan.guards, (client) => insertOne(client, frame, plan, row))
        : engine.together(context, plan.guards, (client) => insertMany(client, frame, plan))
    },
    update: (plan, context) =>
      engine.write(context, plan.guards, (client) => update(client, frameOf(plan, context), plan)),
    updateMany: (plan, context) =>
      engine.write(context, [], (client) => updateMany(client, frameOf(plan, context), plan)),
    delete: (plan, context) =>
      engine.write(context, plan.guards, (client) => remove(client, frameOf(plan, context), plan)),
    deleteMany: (plan, context) =>
      engine.write(context, [], (client) => deleteMany(client, frameOf(plan, context), plan)),
    claim: (plan, context) => engine.write(context, [], (client) => claim(client, frameOf(plan, context), plan)),
    guard: (keys, context) => engine.guard(keys, context),
    transaction: (work, options) => engine.transaction(work, options),
    join: (native, work, { deadline }) => engine.join(native, work, { deadline }),
    native: ({ native }) => native,
    now: (context) => engine.now(context),
    probe: (context) => engine.read(context, (client) => dialect.probe(queryOf(client))),
    schema: {
      statements: statementsFor,
      apply: (entities, { deadline }) =>
        engine.define((client) => {
          const query = queryOf(client)
          return dialect.apply(layoutsFor(entities), query, (statement) => query(statement, []))
        }, deadline),
      verify: (entities, context) =>
        engine.read(context, async (client) => {
          const problems: SchemaProblem[] = []
          for (const layout of layoutsFor(entities)) problems.push(...(await dialect.verify(layout, queryOf(client))))
          return problems
        }),
    },
    classify: (error, phase) => classifyClient(error) ?? dialect.classify(error, phase, layouts()),
    // The Kysely instance is the user's, so it stays open.
    close: async () => {},
  }
}

/** What every plan is bound to. */
interface Bound {
  readonly entity: StoredEntity
  readonly scope: string | null
}

/** What Kysely and better-sqlite3 say of a client that is gone, which are plain errors without a code. */
function classifyClient(error: unknown): Failure | null {
  const { message, name } = (error ?? {}) as { message?: unknown; name?: unknown }
  if (typeof message !== 'string') return null
  if (name === 'AbortedTransactionError')
    return {
      code: 'unexpected',
      message:
        'a statement of the transaction failed and the work went on as if it had not, so Postgres rolled everything back: let such an error out of the work, or send the statement behind a savepoint',
    }
  if (/^Transaction is already (committed|rolled back)/.test(message))
    return { code: 'misuse', message: "the transaction of Kysely's has ended; begin a new one" }
  if (/driver has already been destroyed|database connection is not open|database is not open/.test(message))
    return { code: 'unavailable', message: 'the Kysely instance or its database has been closed; open it anew' }
  if (/^Cannot open database because/.test(message))
    return { code: 'unavailable', message: 'the SQLite database file cannot be opened: its folder does not exist' }
  return null
}
