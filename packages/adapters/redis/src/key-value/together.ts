interface Waiting<Item, Answer> {
  readonly item: Item
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Calls that wait for one round trip at most, and what they bring along, in code units. */
const maximumCalls = 128
const maximumSize = 65_536
/** From so many calls on it pays to send them in two halves, if nothing is under way: the server works on one while the client works on the other. */
const worthHalving = 12
/** So much earlier than it had to, in milliseconds, a call may be given up because of another one that it travels with. */
const tolerance = 10

/**
 * Calls that are made before the event loop turns share one round trip: a command costs client and server several times what
 * its work does. A call alone waits for nothing. `send` answers each item, in their order; when it rejects, all of them have failed.
 */
export function together<Item, Answer>(
  send: (items: readonly Item[], deadline: number) => Promise<readonly Answer[]>,
  sizeOf: (item: Item) => number,
): (item: Item, deadline: number) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = []
  let size = 0
  let earliest = 0
  let latest = 0
  let underWay = 0
  const travel = (leaving: readonly Waiting<Item, Answer>[]): void => {
    underWay++
    send(
      leaving.map(({ item }) => item),
      earliest,
    ).then(
      (answers) => {
        underWay--
        for (let index = 0; index < leaving.length; index++) leaving[index]?.resolve(answers[index] as Answer)
      },
      (error: unknown) => {
        underWay--
        for (const { reject } of leaving) reject(error)
      },
    )
  }
  const leave = (): void => {
    const leaving = waiting
    if (leaving.length === 0) return
    waiting = []
    size = 0
    const halved = underWay === 0 && leaving.length >= worthHalving ? Math.ceil(leaving.length / 2) : leaving.length
    travel(leaving.slice(0, halved))
    if (halved < leaving.length) travel(leaving.slice(halved))
  }
  return (item, deadline) =>
    new Promise((resolve, reject) => {
      const more = sizeOf(item)
      const apart = Math.max(latest, deadline) - Math.min(earliest, deadline)
      if (waiting.length === maximumCalls || size + more > maximumSize || apart > tolerance) leave()
      if (waiting.length === 0) {
        earliest = deadline
        latest = deadline
        // After whatever the answers that have just come make others ask.
        process.nextTick(leave)
      }
      earliest = Math.min(earliest, deadline)
      latest = Math.max(latest, deadline)
      size += more
      waiting.push({ item, resolve, reject })
    })
}
