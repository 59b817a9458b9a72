import { isStorageError, type Storage } from '@portolan/ports'
import type { Watch } from './canary.ts'
import { NotApplicable, type World } from './case.ts'
import { type SecondProcess, startProcess } from './process.ts'
import { type FaultProxy, startProxy } from './proxy.ts'
import { standardEntities } from './standard-entities.ts'
import type { Client, OpenOptions, Target } from './target.ts'
import { watchedStorage } from './watched-storage.ts'

export interface WorldOptions {
  readonly overlap: boolean
  readonly seed: number
  readonly watch: Watch
  /** The case stops the server. */
  readonly stopsServer?: boolean | undefined
  /** Wrapped around every client's driver and storage: how broken drivers get in. */
  readonly wrapDriver?: OpenOptions['wrapDriver']
  readonly wrapStorage?: ((storage: Storage<unknown>) => Storage<unknown>) | undefined
}

export interface OpenWorld {
  readonly world: World
  close(): Promise<void>
}

/** The moment at which every world's clock stands at first. */
export const worldStart: number = Date.UTC(2026, 5, 1, 12)

/** Makes a place, applies the schema, and opens two clients of it. What was opened is closed when it fails on the way. */
export async function openWorld(target: Target, options: WorldOptions): Promise<OpenWorld> {
  const { proxy: offeredProxy, restart } = target.offers
  const place = options.stopsServer && restart?.createPlace ? await restart.createPlace() : await target.createPlace()
  options.watch.remember(target.secrets?.(place) ?? [])
  const undo: (() => Promise<void>)[] = [() => target.removePlace(place)]
  const proxies: FaultProxy[] = []
  let stopped = false
  const close = async (): Promise<void> => {
    const failures: unknown[] = []
    if (stopped) await restart?.start(place).catch((error: unknown) => failures.push(error))
    // A client that waits for an answer would wait with its end as well.
    for (const proxy of proxies) proxy.cut()
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    const clock = standingClock()
    const own = target.entities !== undefined
    const entities = target.entities ?? standardEntities(options.overlap)
    const open = async (more: Partial<OpenOptions> = {}): Promise<Client> => {
      const client = await openClient(
        target,
        place,
        { entities, clock: clock.now, callerClock: clock.now, ...more },
        options,
      )
      undo.push(() => client.close())
      return client
    }
    const first = await open()
    if (!own || (await first.storage.schema.verify()).length > 0) await first.storage.schema.apply()
    const second = await open()
    const world: World = {
      target,
      place,
      capabilities: first.storage.capabilities,
      first,
      second,
      a: first.storage,
      b: second.storage,
      clock,
      open,
      seed: options.seed,
      racers: target.racing?.racers ?? 16,
      rounds: target.racing?.rounds ?? 20,
      race: (racers, run) => race(racers, (index) => run(index % 2 === 0 ? first.storage : second.storage, index)),
      async process(host): Promise<SecondProcess> {
        const process = await startProcess(target, place, host ? null : clock.now(), options.overlap, host?.aheadMs)
        undo.push(() => process.close())
        return process
      },
      async proxy() {
        if (!offeredProxy) throw new Error(`the target ${target.name} offers no proxy`)
        const proxy = await startProxy(await offeredProxy.upstream(place))
        proxies.push(proxy)
        undo.push(() => proxy.close())
        return proxy
      },
      server: {
        async stop() {
          if (!restart || !options.stopsServer) throw new Error('the server of this case is not to be stopped')
          stopped = true
          await restart.stop(place)
        },
        async start() {
          await restart?.start(place)
          stopped = false
        },
      },
    }
    return { world, close }
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

async function openClient(target: Target, place: string, given: OpenOptions, options: WorldOptions): Promise<Client> {
  const { watch, wrapDriver, wrapStorage } = options
  const own = given.wrapDriver
  let wrapped = false
  const both: OpenOptions['wrapDriver'] = (driver) => {
    wrapped = true
    const broken = wrapDriver ? wrapDriver(driver) : driver
    return own ? own(broken) : broken
  }
  const { onOperation } = given
  const client = await target
    .open(place, {
      ...given,
      ...((own || wrapDriver) && { wrapDriver: both }),
      onOperation(event) {
        watch.search('an event', textOf(event))
        onOperation?.(event)
      },
    })
    .catch((error: unknown) => {
      watch.inspect(error)
      throw error
    })
  if (!wrapped && (own || wrapDriver)) {
    await client.close()
    throw new NotApplicable('the target opens its clients without wrapDriver, so faults of a driver cannot be played')
  }
  const storage = wrapStorage ? wrapStorage(client.storage) : client.storage
  return {
    storage: watchedStorage(storage, watch, options.overlap),
    ...(client.transact && { transact: client.transact }),
    // A case may have closed its storage itself; a second time is then refused as misuse.
    close: () =>
      client.close().catch((error: unknown) => (isStorageError(error, 'misuse') ? undefined : Promise.reject(error))),
  }
}

function textOf(event: unknown): string {
  try {
    return JSON.stringify(event) ?? ''
  } catch {
    return String(event)
  }
}

/** Stands still unless advanced, so that what a case sees does not hang on how fast the machine is. */
function standingClock(): World['clock'] {
  let now = worldStart
  return {
    now: () => now,
    advance(milliseconds) {
      now += milliseconds
    },
  }
}

/** Starts every racer behind one barrier and awaits them all. */
export async function race<R>(racers: number, run: (index: number) => Promise<R>): Promise<PromiseSettledResult<R>[]> {
  let start = (): void => undefined
  const barrier = new Promise<void>((resolve) => {
    start = resolve
  })
  const running = Array.from({ length: racers }, async (_, index) => {
    await barrier
    return run(index)
  })
  start()
  return Promise.allSettled(running)
}
