import type { Order } from '@portolan/adapter-kit'
import type { Bound, Position, Range, Walk } from '../calls.ts'
import { component } from '../encoding/members.ts'
import type { StoredText } from '../encoding/values.ts'
import { compareStored, type Interval } from './bounds.ts'

/** The value of a field that is the same in all rows concerned; undefined where rows may differ. */
export type Constant = (field: string) => StoredText | undefined

/** A component of a member after those that a range begins with; `entry`: what of the order it is, or null for a constant. */
interface Step {
  readonly field: string
  readonly entry: number | null
  readonly endsRun: boolean
}

/** How an index gives the order within each of its ranges. */
export interface Course {
  readonly walk: Walk
  readonly steps: readonly Step[]
}

/**
 * `fields` are an index's own with the id, `leading` so many of them begin each range. null: the index gives another order.
 * What is the same in all rows of a range has no part in their order.
 */
export function courseOf(
  fields: readonly string[],
  leading: number,
  isConstant: (field: string) => boolean,
  order: readonly Order[],
  scoped: boolean,
): Course | null {
  const passed: { field: string; entry: number | null; descending: 0 | 1 | null }[] = []
  let at = leading
  for (const [entry, { field, direction }] of order.entries()) {
    if (isConstant(field)) continue
    for (let next = fields[at]; next !== undefined && next !== field && isConstant(next); next = fields[++at])
      passed.push({ field: next, entry: null, descending: null })
    if (fields[at++] !== field) return null
    passed.push({ field, entry, descending: direction === 'desc' ? 1 : 0 })
  }
  // Constants belong to the run of what follows them.
  for (let index = passed.length - 2; index >= 0; index--) {
    const [one, next] = [passed[index], passed[index + 1]]
    if (one && next) one.descending ??= next.descending
  }
  const walk: [number, 0 | 1][] = []
  const steps = passed.map(({ field, entry, descending }, index): Step => {
    const endsRun = passed[index + 1]?.descending !== descending
    if (endsRun) walk.push([(scoped ? 1 : 0) + leading + index + 1, descending ?? 0])
    return { field, entry, endsRun }
  })
  return steps.length === 0 ? null : { walk, steps }
}

/**
 * Where in a range a position of the order is: false before all of it, null behind it. A field that is the same in the whole
 * range decides as soon as it differs from the position's.
 */
function positionIn(
  prefix: string,
  constant: Constant,
  { steps }: Course,
  order: readonly Order[],
  after: readonly StoredText[],
): Position | false | null {
  const texts: string[] = []
  let text = prefix
  let open = false
  let next = 0
  const cut = (comesAfter: boolean): Position | false | null => {
    if (open) texts.push(text)
    if (texts.length === 0) return comesAfter ? false : null
    return [comesAfter ? 1 : 0, ...texts]
  }
  for (const [entry, { field, direction }] of order.entries()) {
    const value = after[entry] ?? false
    const known = constant(field)
    if (known !== undefined) {
      const difference = compareStored(known, value) * (direction === 'desc' ? -1 : 1)
      if (difference !== 0) return cut(difference > 0)
      continue
    }
    for (let step = steps[next++]; step; step = steps[next++]) {
      text += component(step.entry === null ? (constant(step.field) ?? false) : value)
      open = !step.endsRun
      if (step.endsRun) texts.push(text)
      if (step.entry !== null) break
    }
  }
  return cut(false)
}

export interface Pointed {
  readonly course: Course
  readonly order: readonly Order[]
  readonly after: readonly StoredText[]
}

/** null: nothing of it comes after the position. */
export function rangeOf(
  prefix: string,
  interval: Interval | undefined,
  constant: Constant,
  pointed: Pointed | null,
): Range | null {
  const bound = (edge: Bound | null, beyond: 0 | 1): Bound =>
    edge ? [prefix + edge[0], edge[1], edge[2]] : [prefix, false, beyond]
  const after = pointed ? positionIn(prefix, constant, pointed.course, pointed.order, pointed.after) : false
  return after === null ? null : [bound(interval?.from ?? null, 0), bound(interval?.to ?? null, 1), after]
}
