import {
  accessOf,
  afterPosition,
  all,
  type ClaimPlan,
  type CountPlan,
  compareRows,
  copy,
  idOf,
  type Row,
  rowTest,
  type SelectPlan,
  type StoredRow,
} from '@portolan/adapter-kit'
import { rely, type Statement } from './transaction.ts'
import { visible } from './view.ts'

export function select(at: Statement, plan: SelectPlan): StoredRow[] {
  const where = plan.after === null ? plan.where : all(plan.where, afterPosition(plan.order, plan.after))
  const access = accessOf(at.partition.table.definition, where)
  const found = sorted([...visible(at, access, rowTest(where, at.clock), plan.lock)], plan.order)
  const end = plan.limit === null ? undefined : plan.offset + plan.limit
  const rows = found.slice(plan.offset, end)
  if (plan.lock) for (const row of rows) rely(at, idOf(row))
  return rows.map((row) => copy(row, plan.fields))
}

export function count(at: Statement, { where }: CountPlan): number {
  const access = accessOf(at.partition.table.definition, where)
  let rows = 0
  for (const _ of visible(at, access, rowTest(where, at.clock))) rows++
  return rows
}

export function sorted(rows: Row[], order: ClaimPlan['order']): Row[] {
  return rows.sort((left, right) => compareRows(order, left, right))
}
