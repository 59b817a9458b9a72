/** The server's clock beside that of this process, as far as answers have told. */
export interface ServerClock {
  /** In epoch milliseconds, at a moment on the scale of `performance.now()`; false while nothing is known of it. */
  at(moment: number): number | false
  /** The server said `now`, in epoch milliseconds, after it was asked at `askedAt` and before this moment. */
  learn(now: number, askedAt: number): void
}

/**
 * An answer tells between which two figures the server's clock is ahead of this one. The estimate moves to the nearer of them, and
 * only if it must: so it is never further off than the last answer was under way, and follows clocks that drift apart or are set.
 */
export function serverClock(moment: () => number = () => performance.now()): ServerClock {
  let ahead: number | null = null
  return {
    at: (moment) => (ahead === null ? false : Math.round(moment + ahead)),
    learn(now, askedAt) {
      const [least, most] = [now - moment(), now - askedAt]
      // Of the first answer the least: a write that is taken for late too early is sent once more.
      ahead = Math.min(most, Math.max(least, ahead ?? least))
    },
  }
}
