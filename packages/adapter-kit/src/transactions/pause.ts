import { isStorageError } from '@portolan/ports'

/**
 * Waits a random while that grows with the attempts, up to an eighth of a second, so that callers in conflict come apart; never
 * beyond the deadline. Resolves to whether there is time for another run.
 */
export async function pause(attempt: number, deadline: number): Promise<boolean> {
  const left = deadline - performance.now()
  if (left <= 0) return false
  const longest = 2 ** Math.min(attempt, 7)
  await new Promise((resolve) => setTimeout(resolve, Math.min(Math.random() * longest, left)))
  return performance.now() < deadline
}

/**
 * Whether a run after a conflict has ended because the time was up while an answer was awaited. Nothing of it is stored, so what
 * the call has met is the conflict, and not an outage.
 */
export function ranOutOfTime(error: unknown, deadline: number): boolean {
  return isStorageError(error, 'unavailable') && performance.now() >= deadline
}

/** Runs of one call at most, whatever the time allows. */
export const maximumRuns = 100
