import { SqliteDialect } from 'kysely'

/** What is used of `DatabaseSync` of node:sqlite, from Node 22.16 and 24 on. */
export interface NodeSqliteDatabase {
  prepare(sql: string): NodeSqliteStatement
  close(): void
}

export interface NodeSqliteStatement {
  all(...parameters: never[]): unknown[]
  run(...parameters: never[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  iterate(...parameters: never[]): IterableIterator<unknown>
  columns(): readonly unknown[]
  setReadBigInts(enabled: boolean): void
}

/**
 * Kysely's own SQLite dialect on Node's built-in database: `new Kysely({ dialect: nodeSqliteDialect(new DatabaseSync(file)) })`.
 * Integers come out as numbers, as better-sqlite3 gives them, and as bigint where a number could not hold them exactly;
 * by itself node:sqlite would throw then. `db.destroy()` closes the database.
 */
export function nodeSqliteDialect(database: NodeSqliteDatabase): SqliteDialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare(text) {
        const statement = database.prepare(text)
        statement.setReadBigInts(true)
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...(parameters as never[])).map(withNumbers),
          run: (parameters) => statement.run(...(parameters as never[])),
          *iterate(parameters) {
            for (const row of statement.iterate(...(parameters as never[]))) yield withNumbers(row)
          },
        }
      },
    },
  })
}

function withNumbers(row: unknown): unknown {
  const values = row as { [column: string]: unknown }
  for (const column in values) {
    const value = values[column]
    if (typeof value !== 'bigint') continue
    const number = Number(value)
    if (Number.isSafeInteger(number)) values[column] = number
  }
  return values
}
