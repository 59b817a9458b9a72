import type { Scalar } from '@portolan/adapter-kit'
import { databaseOf, type MemoryDatabase, store } from './database.ts'

export interface RawWrite {
  readonly entity: string
  /** Without it every row of this id, in whatever scope. */
  readonly scope?: string | undefined
  readonly id: string
  readonly field: string
  /** Stored as it is, fit or not. */
  readonly value: unknown
}

/**
 * Writes one field as foreign software would write it to a database: past every check of values, keys, rules and versions. A
 * commit of its own, which running transactions notice. Only for tests, such as of what reading an unfit value does. Throws
 * when there is no such row.
 */
export function writeRaw(database: MemoryDatabase, { entity, scope, id, field, value }: RawWrite): void {
  const state = databaseOf(database)
  const partitions = [...(state.tables.get(entity)?.partitions ?? [])].filter(
    ([of]) => scope === undefined || of === scope,
  )
  const commit = state.commits + 1
  for (const [, partition] of partitions) {
    const current = partition.versions.get(id)
    if (!current) continue
    state.commits = commit
    store(state, partition, id, { ...current.row, [field]: value as Scalar }, commit)
  }
  if (state.commits !== commit) throw new Error(`${entity} ${id}: there is no such row to write to`)
}
