import type { Partition, Version } from './table.ts'

/** Which moments running transactions look at, and what is kept for them alone. */
export interface Snapshots {
  open(commit: number): void
  close(commit: number): void
  /** Keeps a version that is being replaced, if a running snapshot sees it. */
  keep(partition: Partition, id: string, version: Version, until: number): void
  /** Remembers that a commit was made under a guard, for snapshots that take the guard later. */
  guarded(key: string, commit: number): void
  /** The last commit made under this guard, as far as a running snapshot could have missed it; else 0. */
  lastUnder(key: string): number
  /** How many superseded versions and guards are kept. */
  size(): number
}

export function snapshots(): Snapshots {
  /** How many transactions look at each moment. */
  const running = new Map<number, number>()
  const partitions = new Set<Partition>()
  const guards = new Map<string, number>()
  let versions = 0
  let sizeAfterPruning = 0

  const size = (): number => versions + guards.size

  const prune = (): void => {
    const moments = [...running.keys()]
    for (const partition of partitions) {
      for (const [id, superseded] of partition.history) {
        const seen = superseded.filter(({ version, until }) => moments.some((at) => version.commit <= at && at < until))
        versions += seen.length - superseded.length
        if (seen.length === 0) partition.history.delete(id)
        else partition.history.set(id, seen)
      }
      if (partition.history.size === 0) partitions.delete(partition)
    }
    for (const [key, commit] of guards) if (moments.every((at) => at >= commit)) guards.delete(key)
    sizeAfterPruning = size()
  }

  return {
    open(commit) {
      running.set(commit, (running.get(commit) ?? 0) + 1)
    },
    close(commit) {
      const others = (running.get(commit) ?? 1) - 1
      if (others === 0) running.delete(commit)
      else running.set(commit, others)
      // Not each time: under a long transaction the short ones would look through all that is kept for the long one.
      if (size() > 0 && (running.size === 0 || size() > 2 * sizeAfterPruning + 100)) prune()
    },
    keep(partition, id, version, until) {
      if (![...running.keys()].some((at) => version.commit <= at)) return
      const superseded = partition.history.get(id) ?? []
      superseded.push({ version, until })
      partition.history.set(id, superseded)
      partitions.add(partition)
      versions++
    },
    guarded(key, commit) {
      if (running.size > 0) guards.set(key, commit)
    },
    lastUnder: (key) => guards.get(key) ?? 0,
    size,
  }
}
