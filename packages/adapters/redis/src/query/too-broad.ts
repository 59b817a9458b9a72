import { type CountPlan, type Order, type Predicate, type SelectPlan, storageError } from '@portolan/adapter-kit'
import type { StorageError } from '@portolan/ports'
import type { Definition } from '../definition.ts'
import { conditionsOf } from './bounds.ts'

/** What was refused: any plan with a condition, and an order where it has one. */
type Broad = Pick<SelectPlan | CountPlan, 'where'> & { readonly order?: readonly Order[] }

/** `query-too-broad`, naming the index that would help, if one would. */
export function tooBroad(definition: Definition, plan: Broad, bound: number): StorageError {
  const { name } = definition
  const fields = helpful(definition, plan)
  const advice = fields
    ? `an index on (${fields.join(', ')}) would lead to them; or narrow the query, or raise scanBound`
    : 'narrow the query, or give it a limit and an order by an index; or raise scanBound'
  return storageError(
    'query-too-broad',
    `${name}: this query would read more than ${bound} rows, the scan bound of the storage, to find those that match; ${advice}`,
    { entity: name, limit: bound },
  )
}

/** Equalities first, then the order, or a range; null where there is such an index already, or nothing to make one of. */
export function helpful({ scope, fields, indexes }: Definition, { where, order = [] }: Broad): string[] | null {
  const conditions = conditionsOf(where)
  const equal = fieldsOf(conditions, ['eq', 'isNull', 'in'])
  const between = fieldsOf(conditions, ['lt', 'lte', 'gt', 'gte', 'startsWith'])
  const sorting = order.map(({ field }) => field).filter((field) => field !== 'id' && !equal.includes(field))
  const rest = sorting.length > 0 ? sorting : between.slice(0, 1)
  const wanted = [...equal, ...rest].filter((field) => field !== scope)
  const known = indexes.some(
    (index) => index.state === 'ready' && wanted.every((field, place) => index.fields[place] === field),
  )
  const indexable = wanted.every((field) => fields.some(({ name, kind }) => name === field && kind !== 'json'))
  return wanted.length === 0 || known || !indexable ? null : wanted
}

function fieldsOf(conditions: readonly Predicate[], ops: readonly Predicate['op'][]): string[] {
  const found = conditions.flatMap((one) =>
    'field' in one && ops.includes(one.op) && !('negated' in one && one.negated) ? [one.field] : [],
  )
  return [...new Set(found)]
}
