import type { Instant, InstantInput } from '@portolan/ports'
import type { Refuse } from './errors.ts'

const minuteMs = 60_000

/** null for what is no moment. */
function textOf(moment: unknown): Instant | null {
  const date = new Date(moment as string)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** Both ends as text, or `INVALID_TIME_RANGE`: an empty or reversed interval would overlap nothing. */
export function checkedRange(
  startsAt: InstantInput,
  endsAt: InstantInput,
  refuse: Refuse,
): { readonly startsAt: Instant; readonly endsAt: Instant } {
  const [from, until] = [textOf(startsAt), textOf(endsAt)]
  if (from === null || until === null || from >= until)
    return refuse('INVALID_TIME_RANGE', { startsAt: from, endsAt: until })
  return { startsAt: from, endsAt: until }
}

/** The rows whose half-open intervals meet this one. */
export function meeting(
  startsAt: InstantInput,
  endsAt: InstantInput,
): { startsAt: { lt: InstantInput }; endsAt: { gt: InstantInput } } {
  return { startsAt: { lt: endsAt }, endsAt: { gt: startsAt } }
}

export function shifted(moment: Instant, minutes: number): Instant {
  return new Date(Date.parse(moment) + minutes * minuteMs).toISOString()
}
