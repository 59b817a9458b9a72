import type { InsertPlan, Operand, OverlapRule, Predicate, Refusal } from '@portolan/adapter-kit'

type Row = InsertPlan['rows'][number]

/** Rows that must not be there when another one is written, and what is answered where they are. */
export interface Rivals {
  readonly where: Predicate
  refusal(ids: readonly string[]): Refusal
}

const valueIn = (row: Row, field: string): Exclude<Operand, null> => row[field] ?? ''
const equal = (row: Row, fields: readonly string[]): Predicate[] =>
  fields.map((field) => ({ op: 'eq', field, value: valueIn(row, field) }))

function meeting(row: Row, { within, from, until, where }: OverlapRule): Predicate[] {
  return [
    ...equal(row, within),
    { op: 'lt', field: from, value: valueIn(row, until) },
    { op: 'gt', field: until, value: valueIn(row, from) },
    where,
  ]
}

/** By natural key, by `unless`, and by rules that the row falls under, as all rows do that these cases insert; null: none. */
export function rivalsOf({ entity, rows: [row = {}], unless, onDuplicate }: InsertPlan): Rivals[] | null {
  if (onDuplicate.kind !== 'report') return null
  const scope = entity.scope === null ? [] : equal(row, [entity.scope])
  const among = (parts: readonly Predicate[]): Predicate => ({ op: 'all', parts: [...scope, ...parts] })
  const keys = Object.entries(entity.unique).filter(([, fields]) => fields.every((field) => row[field] !== null))
  const rivals = [
    ...keys.map(
      ([unique, fields]): Rivals => ({
        where: among(equal(row, fields)),
        refusal: ([id = null]) => ({ kind: 'duplicate', unique, id }),
      }),
    ),
    ...(unless ? [{ where: among([unless]), refusal: (ids) => ({ kind: 'unless', ids }) } satisfies Rivals] : []),
    ...entity.rules.map(
      (rule): Rivals => ({
        where: among(meeting(row, rule)),
        refusal: ([id = '']) => ({ kind: 'overlap', rule: rule.name, id }),
      }),
    ),
  ]
  return rivals.length === 0 ? null : rivals
}
