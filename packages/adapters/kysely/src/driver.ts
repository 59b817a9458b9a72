import type { Driver, Failure, StoredEntity } from '@portolan/adapter-kit'
import {
  classifySqlite,
  type EntityLayout,
  layoutOf,
  layoutsOf,
  probeSqlite,
  sqliteDialect,
  sqliteSchema,
  takeWriteLock,
  verifySqlite,
} from '@portolan/sql-kit'
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
import { createSqliteEngine } from './sqlite/engine.ts'
import { type Frame, type Table, tableOf } from './table.ts'

/** Plans in, Kysely's queries out. For `createStorage`, and for whoever wraps a driver. */
export function kyselyDriver<DB>(db: Kysely<DB>, options: KyselyOptions): Driver<Transaction<DB>, Session<DB>> {
  checkClient(db)
  dialectOf(db, options.dialect)
  const { mapping = {}, clock = Date.now } = options
  const tables = new Map<string, Table>()
  const layouts = (): EntityLayout[] => [...tables.values()].map(({ layout }) => layout)
  const layoutsFor = (entities: readonly StoredEntity[]): EntityLayout[] =>
    entities.map((entity) => tables.get(entity.name)?.layout ?? layoutOf(entity, mapping, sqliteDialect))
  const frameOf = ({ entity, scope }: { readonly entity: StoredEntity; readonly scope: string | null }): Frame => {
    const table = tables.get(entity.name) ?? tableOf(layoutOf(entity, mapping, sqliteDialect), sqliteDialect)
    tables.set(entity.name, table)
    return { table, scope, now: clock() }
  }
  const engine = createSqliteEngine(db, () => layouts().map(takeWriteLock))
  const statementsFor = (entities: readonly StoredEntity[]): string[] =>
    layoutsFor(entities).flatMap((layout) => sqliteSchema(layout).map(({ statement }) => statement))

  return {
    name: 'kysely',
    spi: 1,
    capabilities: capabilities(options),
    supports: [],
    holdsReads: { latest: true, snapshot: true, join: true },
    prepare(entities) {
      for (const [name, layout] of layoutsOf(entities, mapping, sqliteDialect))
        tables.set(name, tableOf(layout, sqliteDialect))
    },
    select: (plan, context) => engine.read(context, (client) => select(client, frameOf(plan), plan)),
    count: (plan, context) => engine.read(context, (client) => count(client, frameOf(plan), plan)),
    insert: (plan, context) => {
      const [row] = plan.rows
      return row && plan.rows.length === 1
        ? engine.write(context, (client) => insertOne(client, frameOf(plan), plan, row))
        : engine.together(context, (client) => insertMany(client, frameOf(plan), plan))
    },
    update: (plan, context) => engine.write(context, (client) => update(client, frameOf(plan), plan)),
    updateMany: (plan, context) => engine.write(context, (client) => updateMany(client, frameOf(plan), plan)),
    delete: (plan, context) => engine.write(context, (client) => remove(client, frameOf(plan), plan)),
    deleteMany: (plan, context) => engine.write(context, (client) => deleteMany(client, frameOf(plan), plan)),
    claim: (plan, context) => engine.write(context, (client) => claim(client, frameOf(plan), plan)),
    // The session holds the write lock: every key is guarded as it is.
    guard: async () => {},
    transaction: (work, { deadline }) => engine.transaction(work, { deadline }),
    join: (native, work, { deadline }) => engine.join(native, work, { deadline }),
    native: ({ native }) => native,
    now: async () => new Date(clock()).toISOString(),
    probe: (context) => engine.read(context, (client) => probeSqlite(queryOf(client))),
    schema: {
      statements: statementsFor,
      apply: (entities, { deadline }) => engine.define(statementsFor(entities), deadline),
      verify: (entities, context) =>
        engine.read(context, async (client) => {
          const problems = []
          for (const layout of layoutsFor(entities)) problems.push(...(await verifySqlite(layout, queryOf(client))))
          return problems
        }),
    },
    classify: (error, phase) => classifyClient(error) ?? classifySqlite(error, phase, layouts()),
    // The Kysely instance is the user's, so it stays open.
    close: async () => {},
  }
}

/** What Kysely and better-sqlite3 say of a client that is gone, which are plain errors without a code. */
function classifyClient(error: unknown): Failure | null {
  const { message } = (error ?? {}) as { message?: unknown }
  if (typeof message !== 'string') return null
  if (/^Transaction is already (committed|rolled back)/.test(message))
    return { code: 'misuse', message: "the transaction of Kysely's has ended; begin a new one" }
  if (/driver has already been destroyed|database connection is not open|database is not open/.test(message))
    return { code: 'unavailable', message: 'the Kysely instance or its database has been closed; open it anew' }
  if (/^Cannot open database because/.test(message))
    return { code: 'unavailable', message: 'the SQLite database file cannot be opened: its folder does not exist' }
  return null
}
