/** Milliseconds between two tries of what others hold: random, so that those who wait come apart. */
const pauses = { shortest: 2, longest: 20 }

/** Waits before another try; false at once where there is no time left for one until `deadline`. */
export async function paused(deadline: number): Promise<boolean> {
  const wanted = pauses.shortest + Math.random() * (pauses.longest - pauses.shortest)
  if (deadline - performance.now() <= wanted) return false
  await new Promise((resolve) => setTimeout(resolve, wanted))
  return true
}

/** Milliseconds; not to know the outcome of what is sent just before the deadline is worse than to wait for it. */
const grace = 500

/** Until when the answer is waited for of what ends a call. */
export function patientDeadline(deadline: number): number {
  return Math.max(deadline, performance.now() + grace)
}
