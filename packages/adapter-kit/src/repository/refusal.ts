import { refuse } from '../errors.ts'
import type { Changes, Refusal } from '../spi/index.ts'
import type { RepositoryContext } from './context.ts'

/** What was asked for, as far as its refusal must be told. */
export interface Asked {
  readonly version?: number | null
  readonly set?: Changes
}

/** The error that tells a refusal: which entity, which row, why, and what to do next. */
export function throwRefusal({ model }: Pick<RepositoryContext, 'model'>, refusal: Refusal, asked: Asked = {}): never {
  const entity = model.name
  switch (refusal.kind) {
    case 'duplicate': {
      const { unique, id } = refusal
      const what = unique === 'id' ? 'this id' : `the same ${model.stored.unique[unique]?.join(', ')} (key ${unique})`
      const row = id === null ? 'a row' : `row ${id}`
      return refuse('duplicate', `${entity}: ${row} exists with ${what}`, { entity, unique, id })
    }
    case 'stale': {
      const { id, actual } = refusal
      const expected = asked.version ?? 0
      return refuse(
        'stale-version',
        `${entity} ${id} has version ${actual}, not ${expected}: read it again and decide anew`,
        {
          entity,
          id,
          expected,
          actual,
        },
      )
    }
    case 'condition':
      return refuse(
        'condition-failed',
        `${entity} ${refusal.id} does not meet the condition "where"; nothing was written`,
        {
          entity,
          failed: 'where',
          ids: [refusal.id],
        },
      )
    case 'unless':
      return refuse(
        'condition-failed',
        `${entity}: ${refusal.ids.length} or more rows match "unless" (${refusal.ids.join(', ')}); nothing was written`,
        {
          entity,
          failed: 'unless',
          ids: [...refusal.ids],
        },
      )
    case 'overlap':
      return refuse('overlap', `${entity}: the interval overlaps that of row ${refusal.id} (rule ${refusal.rule})`, {
        entity,
        rule: refusal.rule,
        id: refusal.id,
      })
    case 'out-of-range':
      return refuse(
        'invalid-value',
        `${entity} ${refusal.id}: the increment would take ${refusal.field} out of the range of numbers kept exactly`,
        {
          entity,
          field: refusal.field,
        },
      )
    case 'invalid': {
      const { set = {} } = asked
      const rule = model.stored.rules.find(
        ({ from, until }) => (set[from] === undefined) !== (set[until] === undefined),
      )
      return refuse(
        'invalid-value',
        `${entity} ${refusal.id}: the patch would leave ${rule?.from} at or after ${rule?.until}`,
        {
          entity,
          field: rule?.until ?? '',
        },
      )
    }
    case 'changed':
      return refuse('transaction-conflict', `${entity}: the row was changed by another commit`, { attempts: 1 })
  }
}
