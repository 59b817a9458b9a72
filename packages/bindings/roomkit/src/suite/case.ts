import type { HostStorages, RoomKitTarget } from './target.ts'

/** What a case is given. */
export interface World {
  /** Two clients of one database, which holds nothing yet. */
  readonly a: HostStorages
  readonly b: HostStorages
  readonly racers: number
  readonly rounds: number
  /** All begin together, alternating between the two clients; all are awaited. */
  race<R>(
    run: (storages: HostStorages, racer: number) => Promise<R>,
    racers?: number,
  ): Promise<PromiseSettledResult<R>[]>
}

export interface RoomKitCase {
  /** Such as `booking.one-slot`. */
  readonly id: string
  /** The promise. */
  readonly title: string
  /** Numbers of the faults, as the README lists them, that this case would find. */
  readonly faults: readonly number[]
  readonly run: (world: World) => Promise<void>
}

/** Runs one case in a place of its own; rejects with the promise that was not kept. */
export async function runRoomKitCase(one: RoomKitCase, target: RoomKitTarget): Promise<void> {
  const { first, second, close } = await target.open()
  const { racers = 16, rounds = 5 } = target
  try {
    await one.run({
      a: first,
      b: second,
      racers,
      rounds,
      race: async (run, count = racers) => {
        let begin = () => {}
        const barrier = new Promise<void>((resolve) => {
          begin = resolve
        })
        const calls = Array.from({ length: count }, async (_, racer) => {
          await barrier
          return await run(racer % 2 === 0 ? first : second, racer)
        })
        begin()
        return await Promise.allSettled(calls)
      },
    })
  } finally {
    await close()
  }
}
