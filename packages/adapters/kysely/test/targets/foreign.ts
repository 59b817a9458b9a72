import Database from 'better-sqlite3'

interface Write {
  readonly entity: string
  readonly id: string
  readonly field: string
  readonly value: unknown
}

/** What is used of both drivers' databases. */
export interface RawDatabase {
  exec(text: string): unknown
  prepare(text: string): { get(...parameters: never[]): unknown; run(...parameters: never[]): unknown }
}

/**
 * Writes as foreign software would, and rejects unless the database then holds that very value: columns of a type convert
 * some values and refuse others, and what is not stored can't be met.
 */
export function writeRaw(database: RawDatabase, { entity, id, field, value }: Write): void {
  const given = typeof value === 'boolean' ? Number(value) : value
  database.exec('begin immediate')
  try {
    database.prepare(`update "${entity}" set "${field}" = ? where "id" = ?`).run(given as never, id as never)
    const kept = database.prepare(`select "${field}" as kept from "${entity}" where "id" = ?`).get(id as never) as {
      kept: unknown
    }
    if (!Object.is(kept.kept, given)) throw new Error(`the column holds another value than the one written`)
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}

export function writeRawToFile(file: string, write: Write): void {
  const database = new Database(file)
  try {
    writeRaw(database, write)
  } finally {
    database.close()
  }
}

export function dropTable(file: string, entity: string): void {
  const database = new Database(file)
  try {
    database.exec(`drop table "${entity}"`)
  } finally {
    database.close()
  }
}
