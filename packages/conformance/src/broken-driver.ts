import type { Driver } from '@portolan/adapter-kit'
import type { Storage } from '@portolan/ports'

export type AnyDriver = Driver<unknown, unknown>

/**
 * A driver, or a storage, that breaks one promise on purpose: it proves that the cases of the clause bite. It is wrapped around a
 * sound one, client by client; what its clients share lies in the module. Racers meet at a barrier between its read and its
 * write, so that it fails every time and not by luck.
 */
export interface BrokenDriver {
  readonly name: string
  /** What it does wrong, in a sentence. */
  readonly wrong: string
  /** The clause that it breaks. */
  readonly breaks: string
  /** Cases of that clause that fail on every run. */
  readonly cases: readonly string[]
  /** Other clauses, or cases of them, that may fail because they rest on the broken promise. */
  readonly alsoBreaks: readonly string[]
  readonly driver?: ((driver: AnyDriver) => AnyDriver) | undefined
  readonly storage?: ((storage: Storage<unknown>) => Storage<unknown>) | undefined
}

/** Between a read and a write: waits until every call that has begun has read. A call alone goes straight on. */
export interface ReadBarrier {
  run<Seen, Done>(read: () => Promise<Seen>, write: (seen: Seen) => Promise<Done>): Promise<Done>
}

export function readBarrier(): ReadBarrier {
  let reading = 0
  const waiting: (() => void)[] = []
  const leave = (): void => {
    reading--
    if (reading > 0) return
    for (const go of waiting.splice(0)) go()
  }
  return {
    async run(read, write) {
      reading++
      let seen: Awaited<ReturnType<typeof read>>
      try {
        seen = await read()
        // Racers that were started together have all begun by now.
        await new Promise<void>((resolve) => setImmediate(resolve))
      } catch (error) {
        leave()
        throw error
      }
      const met = new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
      leave()
      await met
      return write(seen)
    },
  }
}
