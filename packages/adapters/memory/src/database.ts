import { failing, type Row, type StoreClock, type StoredEntity, storeClockAt } from '@portolan/adapter-kit'
import { type Locks, locks } from './locks.ts'
import { type Snapshots, snapshots } from './snapshots.ts'
import type { Partition, Table } from './table.ts'

/** Made by {@link memoryDatabase}; opaque. It lives as long as something refers to it. */
export interface MemoryDatabase {
  readonly '~database': unknown
}

export interface MemoryDatabaseOptions {
  /** The clock of the store, in epoch milliseconds. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined
}

/** A database that any number of storages can be clients of. */
export function memoryDatabase(options: MemoryDatabaseOptions = {}): MemoryDatabase {
  const database: Database = {
    clock: options.clock ?? Date.now,
    commits: 0,
    tables: new Map(),
    locks: locks(),
    snapshots: snapshots(),
  }
  return { '~database': database }
}

export interface Database {
  clock: () => number
  /** The number of the last commit; 0 before the first. */
  commits: number
  readonly tables: Map<string, Table>
  readonly locks: Locks
  readonly snapshots: Snapshots
}

export function databaseOf(database: MemoryDatabase): Database {
  return database['~database'] as Database
}

export function tableOf(database: Database, entity: StoredEntity): Table {
  const table = database.tables.get(entity.name)
  if (!table) throw failing('misuse', `${entity.name} is not among the entities that this storage was opened with`)
  return table
}

/** Puts a row, or with null removes it, as a part of the commit of this number. */
export function store(database: Database, partition: Partition, id: string, row: Row | null, commit: number): void {
  const replaced = partition.versions.get(id)
  if (replaced) {
    database.snapshots.keep(partition, id, replaced, commit)
    partition.index.remove(replaced.row)
  }
  if (row === null) {
    partition.versions.delete(id)
    return
  }
  partition.versions.set(id, { row, commit })
  partition.index.put(row)
}

/** The store's clock, standing still for one operation. */
export function clockOf(database: Database): StoreClock {
  return storeClockAt(database.clock())
}
