/** What one committed transaction saw and left, per key. */
export interface Happened {
  readonly reads: ReadonlyMap<string, number>
  readonly writes: ReadonlyMap<string, number>
}

/**
 * Whether the transactions can be put in an order in which each saw exactly what those before it left, and which ends in `end`.
 * A search with memory of the states it has met: fine for some twenty transactions.
 */
export function hasSerialOrder(
  start: ReadonlyMap<string, number>,
  transactions: readonly Happened[],
  end: ReadonlyMap<string, number>,
): boolean {
  const dead = new Set<string>()
  const search = (state: ReadonlyMap<string, number>, done: number, left: number): boolean => {
    if (left === 0) return [...end].every(([key, value]) => state.get(key) === value)
    const known = `${done}|${[...state.values()].join()}`
    if (dead.has(known)) return false
    for (const [index, { reads, writes }] of transactions.entries()) {
      if (done & (1 << index) || ![...reads].every(([key, value]) => state.get(key) === value)) continue
      if (search(new Map([...state, ...writes]), done | (1 << index), left - 1)) return true
    }
    dead.add(known)
    return false
  }
  return search(start, 0, transactions.length)
}
