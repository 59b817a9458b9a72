import { type Row, type RowIndex, rowIndex, type StoredEntity } from '@portolan/adapter-kit'

/** A committed row. Which object it is tells whether the row has changed. */
export interface Version {
  readonly row: Row
  /** The number of the commit that wrote it. */
  readonly commit: number
}

/** A version that another one, or a removal, has replaced, and that a running snapshot still sees. */
export interface Superseded {
  readonly version: Version
  /** The number of the commit that replaced it. */
  readonly until: number
}

/** The rows of one entity in one scope: nothing that a plan does reaches beyond. */
export interface Partition {
  readonly table: Table
  readonly scope: string | null
  readonly versions: Map<string, Version>
  readonly history: Map<string, Superseded[]>
  index: RowIndex
}

export interface Table {
  /** All that the storages which opened it have declared. */
  definition: StoredEntity
  readonly partitions: Map<string | null, Partition>
}

export function createTable(definition: StoredEntity): Table {
  return { definition, partitions: new Map() }
}

/** A new one becomes part of the table when something is written to it: asking for unknown scopes costs no memory. */
export function partitionOf(table: Table, scope: string | null): Partition {
  return (
    table.partitions.get(scope) ?? {
      table,
      scope,
      versions: new Map(),
      history: new Map(),
      index: rowIndex(table.definition),
    }
  )
}

/** Rebuilds the indexes, since the definition may name others than before. */
export function redefine(table: Table, definition: StoredEntity): void {
  table.definition = definition
  for (const partition of table.partitions.values()) {
    partition.index = rowIndex(definition)
    for (const { row } of partition.versions.values()) partition.index.put(row)
  }
}

/** The version that was current after the commit of this number. */
export function versionAt(partition: Partition, id: string, commit: number): Version | undefined {
  const current = partition.versions.get(id)
  if (current && current.commit <= commit) return current
  return partition.history.get(id)?.find(({ version, until }) => version.commit <= commit && commit < until)?.version
}
