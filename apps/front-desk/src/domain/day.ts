const dayMs = 86_400_000

/** One day of UTC, half-open. */
export interface Day {
  /** 2026-02-28 */
  readonly name: string
  readonly startsAt: string
  readonly endsAt: string
}

/** null when the text names no day of the calendar. */
export function parseDay(name: string): Day | null {
  const start = new Date(`${name}T00:00:00.000Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(name) || Number.isNaN(start.getTime()) || !start.toISOString().startsWith(name))
    return null
  return dayFrom(start)
}

export function dayOf(moment: string): Day {
  return dayFrom(new Date(`${moment.slice(0, 10)}T00:00:00.000Z`))
}

export function dayAfter(day: Day, days: number): Day {
  return dayFrom(new Date(Date.parse(day.startsAt) + days * dayMs))
}

function dayFrom(start: Date): Day {
  const startsAt = start.toISOString()
  return { name: startsAt.slice(0, 10), startsAt, endsAt: new Date(start.getTime() + dayMs).toISOString() }
}
