import { type RowTest, rowTest } from '../queries/row-test.ts'
import type { OverlapRule } from '../spi/index.ts'
import { fieldOf, idOf, type Row } from './row.ts'

/** The rows under one overlap rule, grouped by `within` and sorted by `from`. */
export interface Intervals {
  put(row: Row): void
  remove(row: Row): void
  /** Ids of rows whose interval meets the row's, itself included; all of them when the stored ones are free of overlaps. */
  meeting(row: Row): Iterable<string>
}

interface Interval {
  readonly id: string
  readonly from: string
  readonly until: string
}

/** A rule holds no clock: its condition depends on the row alone. */
export function ruleTest(rule: OverlapRule): RowTest {
  return rowTest(rule.where, () => '')
}

/** Whether both are under the rule, in one group, with half-open intervals that meet. */
export function collides(rule: OverlapRule, applies: RowTest, left: Row, right: Row): boolean {
  const a = intervalOf(rule, left)
  const b = intervalOf(rule, right)
  return (
    a.from < b.until &&
    b.from < a.until &&
    rule.within.every((field) => fieldOf(left, field) === fieldOf(right, field)) &&
    applies(left) &&
    applies(right)
  )
}

export function intervals(rule: OverlapRule): Intervals {
  const applies = ruleTest(rule)
  const groups = new Map<string, Interval[]>()
  const groupOf = (row: Row): string => JSON.stringify(rule.within.map((field) => fieldOf(row, field)))
  return {
    put(row) {
      if (!applies(row)) return
      const group = groups.get(groupOf(row)) ?? []
      groups.set(groupOf(row), group)
      const interval = intervalOf(rule, row)
      group.splice(firstFrom(group, interval.from), 0, interval)
    },
    remove(row) {
      const group = groups.get(groupOf(row))
      const position = group?.findIndex(({ id }) => id === row.id) ?? -1
      if (!group || position === -1) return
      group.splice(position, 1)
      if (group.length === 0) groups.delete(groupOf(row))
    },
    // Without overlaps among them, intervals sorted by `from` are sorted by `until` as well: the walk can stop early. While a
    // statement has written rows that overlap, neighbours in this order overlap too, and one of them finds the other.
    *meeting(row) {
      const group = groups.get(groupOf(row)) ?? []
      const { from, until } = intervalOf(rule, row)
      for (let position = firstFrom(group, until) - 1; position >= 0; position--) {
        const interval = group[position]
        if (!interval || interval.until <= from) return
        yield interval.id
      }
    },
  }
}

function intervalOf(rule: OverlapRule, row: Row): Interval {
  return { id: idOf(row), from: String(row[rule.from]), until: String(row[rule.until]) }
}

/** The position of the first interval that begins at `from` or later. */
function firstFrom(group: readonly Interval[], from: string): number {
  let low = 0
  let high = group.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((group[middle]?.from ?? '') < from) low = middle + 1
    else high = middle
  }
  return low
}
