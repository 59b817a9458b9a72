/** Waits a random while that grows with the attempts, so that callers in conflict come apart; never beyond the deadline. */
export function pause(attempt: number, deadline: number): Promise<void> {
  const longest = Math.min(2 ** Math.min(attempt, 6), 50)
  const milliseconds = Math.max(0, Math.min(Math.random() * longest, deadline - performance.now()))
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Runs of one call at most, whatever the time allows. */
export const maximumRuns = 100
