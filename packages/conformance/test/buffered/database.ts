import {
  type Access,
  accessOf,
  afterPosition,
  all,
  type CountPlan,
  collisionOf,
  compareRows,
  contradictions,
  copy,
  idOf,
  mergeDeclarations,
  type Predicate,
  type Question,
  type Row,
  type RowChange,
  type RowIndex,
  type RowTest,
  rowIndex,
  rowTest,
  type SelectPlan,
  type StoredEntity,
  type StoredRow,
  storeClockAt,
} from '@portolan/adapter-kit'

/** Rows of one entity in one scope. */
interface Partition {
  readonly rows: Map<string, Row>
  readonly index: RowIndex
}

interface Table {
  definition: StoredEntity
  readonly partitions: Map<string | null, Partition>
}

/** Rows in this process that can be looked at and committed to, and nothing between the two. */
export interface Database {
  clock: () => number
  readonly guards: Map<string, object>
  definitionOf(entity: string): StoredEntity
  declare(entity: StoredEntity): void
  answer(question: Question): StoredRow[] | number
  /** What tells whether an answer has changed. */
  digest(question: Question): string
  /** Applies all, or nothing where a key or rule would be broken: then it returns false. */
  apply(changes: readonly RowChange[]): boolean
  /** Past all of that, in whatever scope. */
  overwrite(entity: string, id: string, field: string, value: unknown): void
}

export function database(): Database {
  const tables = new Map<string, Table>()

  const tableOf = (entity: string): Table => {
    const table = tables.get(entity)
    if (!table) throw new Error(`${entity} was never declared`)
    return table
  }

  const partitionOf = (entity: string, scope: string | null): Partition => {
    const table = tableOf(entity)
    const partition = table.partitions.get(scope) ?? { rows: new Map(), index: rowIndex(table.definition) }
    table.partitions.set(scope, partition)
    return partition
  }

  const found = ({ rows, index }: Partition, access: Access, test: RowTest): Row[] => {
    const ids = access.kind === 'ids' ? new Set(access.ids) : (index.find(access) ?? rows.keys())
    return [...ids].flatMap((id) => {
      const row = rows.get(id)
      return row && test(row) ? [row] : []
    })
  }

  const matching = ({ entity, scope }: CountPlan, where: Predicate): Row[] => {
    const clock = storeClockAt(self.clock())
    const { definition } = tableOf(entity.name)
    return found(partitionOf(entity.name, scope), accessOf(definition, where), rowTest(where, clock))
  }

  const select = (plan: SelectPlan): Row[] => {
    const { where, after, order, limit, offset } = plan
    const rows = matching(plan, after === null ? where : all(where, afterPosition(order, after)))
    rows.sort((left, right) => compareRows(order, left, right))
    return rows.slice(offset, limit === null ? undefined : offset + limit)
  }

  const put = ({ rows, index }: Partition, id: string, row: Row | null): void => {
    const earlier = rows.get(id)
    if (earlier) index.remove(earlier)
    rows.delete(id)
    if (row) rows.set(id, row)
    if (row) index.put(row)
  }

  const self: Database = {
    clock: Date.now,
    guards: new Map(),
    definitionOf: (entity) => tableOf(entity).definition,
    declare(entity) {
      const table = tables.get(entity.name)
      const [problem] = table ? contradictions(table.definition, entity) : []
      if (problem) throw new Error(problem.message)
      if (table) table.definition = mergeDeclarations(table.definition, entity)
      else tables.set(entity.name, { definition: entity, partitions: new Map() })
    },
    answer: (question) =>
      'count' in question
        ? matching(question.count, question.count.where).length
        : select(question.select).map((row) => copy(row, question.select.fields)),
    digest: (question) =>
      'count' in question
        ? String(matching(question.count, question.count.where).length)
        : JSON.stringify(select(question.select)),
    apply(changes) {
      const before = changes.map(({ entity, scope, id }) => partitionOf(entity.name, scope).rows.get(id) ?? null)
      for (const { entity, scope, id, row } of changes) put(partitionOf(entity.name, scope), id, row)
      const kept = changes.every(({ entity, scope, row }) => {
        if (row === null) return true
        const partition = partitionOf(entity.name, scope)
        const at = {
          entity: tableOf(entity.name).definition,
          find: (access: Access, test: RowTest) => found(partition, access, test),
        }
        return collisionOf(at, row) === null
      })
      if (!kept)
        for (const [at, { entity, scope, id }] of changes.entries())
          put(partitionOf(entity.name, scope), id, before[at] ?? null)
      return kept
    },
    overwrite(entity, id, field, value) {
      for (const partition of tables.get(entity)?.partitions.values() ?? []) {
        const row = partition.rows.get(id)
        if (row) put(partition, idOf(row), { ...row, [field]: value as never })
      }
    },
  }
  return self
}
