// Taken once: a test that replaces timers later must not stop the database.
const { setTimeout } = globalThis

/** How many calls may follow one another before timers and input get their turn. */
const callsPerTurn = 256

/**
 * What every call awaits before it touches the database, as if it had travelled there: calls in flight interleave. Mostly a
 * microtask; now and then a turn of the event loop, without which a loop of calls would starve timers and sockets.
 */
export function turns(): () => Promise<void> {
  let calls = 0
  return () => (++calls % callsPerTurn === 0 ? new Promise((resolve) => setTimeout(resolve, 0)) : Promise.resolve())
}

/** Runs `late` at the deadline, a moment of `performance.now()`; returns what calls that off. */
export function atDeadline(deadline: number, late: () => void): () => void {
  const longest = 2 ** 31 - 1
  const timer = setTimeout(late, Math.min(Math.max(0, deadline - performance.now()), longest))
  return () => clearTimeout(timer)
}
