import type { Changes, Operand, Predicate, Scalar, StoredEntity, StoredField, StoredRow } from '@portolan/adapter-kit'

/** The values of a statement, numbered as they come up in its text. */
export interface Values {
  readonly list: unknown[]
  bind(value: Operand | readonly Scalar[]): string
}

/** Moments are reckoned by the clock of this host, as applications do. */
export function values(): Values {
  const list: unknown[] = []
  return {
    list,
    bind(value) {
      const isMoment = typeof value === 'object' && value !== null && 'clock' in value
      return `$${list.push(isMoment ? new Date(Date.now() + value.clock) : value)}`
    },
  }
}

const comparisons = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

export function conditionText(predicate: Predicate, given: Values): string {
  const { bind } = given
  const joined = (parts: readonly Predicate[], word: string, none: string): string =>
    parts.length === 0 ? none : `(${parts.map((part) => conditionText(part, given)).join(` ${word} `)})`
  switch (predicate.op) {
    case 'all':
      return joined(predicate.parts, 'and', 'true')
    case 'any':
      return joined(predicate.parts, 'or', 'false')
    case 'isNull':
      return `"${predicate.field}" is null`
    case 'isNotNull':
      return `"${predicate.field}" is not null`
    case 'in':
      return `"${predicate.field}" = any(${bind(predicate.values)})`
    case 'eq':
    case 'ne':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return `"${predicate.field}" ${comparisons[predicate.op]} ${bind(predicate.value)}`
    default:
      throw new Error(`no case that is run here asks for ${predicate.op}`)
  }
}

export function assignmentsText(set: Changes, { bind }: Values): string {
  return Object.entries(set)
    .map(([field, change]) => {
      if (typeof change === 'object' && change !== null && 'field' in change) return `"${field}" = "${change.field}"`
      return typeof change === 'object' && change !== null && 'increment' in change
        ? `"${field}" = "${field}" + ${bind(change.increment)}`
        : `"${field}" = ${bind(change)}`
    })
    .join(', ')
}

export function columnsText(row: object): string {
  return Object.keys(row)
    .map((column) => `"${column}"`)
    .join(', ')
}

export function valuesText(row: { readonly [field: string]: Operand }, { bind }: Values): string {
  return Object.values(row).map(bind).join(', ')
}

function scalarOf({ kind }: StoredField, value: unknown): Scalar {
  if (value === null) return null
  if (kind === 'instant') return (value as Date).toISOString()
  if (kind === 'integer') return Number(value)
  return kind === 'json' ? JSON.stringify(value) : (value as Scalar)
}

/** A row as pg gives it, as the kit wants it. */
export function storedRow({ fields }: StoredEntity, row: { readonly [column: string]: unknown }): StoredRow {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, scalarOf(field, row[name])]))
}
