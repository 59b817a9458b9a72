import { isStorageError } from '@portolan/ports'
import type { FromProcess, ProcessOutcome, ToProcess } from './process.ts'
import { bodies } from './process-bodies.ts'
import { standardEntities } from './standard-entities.ts'
import type { Client, Target } from './target.ts'

const say = (message: FromProcess): void => {
  process.send?.(message)
}
const points = new Map<string, () => void>()
let client: Client | null = null

async function open(message: ToProcess & { kind: 'open' }): Promise<void> {
  try {
    // Before the target's module and its database client are loaded, so that they never see another clock.
    if (message.hostAheadMs !== 0) moveHostClock(message.hostAheadMs)
    const loaded = (await import(message.module)) as { readonly default: Target }
    const { clock } = message
    client = await loaded.default.open(message.place, {
      entities: standardEntities(message.overlap),
      ...(clock !== null && { clock: () => clock, callerClock: () => clock }),
    })
    say({ kind: 'opened' })
  } catch (error) {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}

function moveHostClock(aheadMs: number): void {
  const Host = Date
  const now = (): number => Host.now() + aheadMs
  globalThis.Date = class extends Host {
    constructor(...given: [] | [number | string | Date]) {
      super(...((given.length === 0 ? [now()] : given) as [number]))
    }
    static override now = now
  } as DateConstructor
}

async function run({ call, body, inputs }: ToProcess & { kind: 'run' }): Promise<void> {
  const pause = (point: string): Promise<void> =>
    new Promise((resolve) => {
      points.set(point, resolve)
      say({ kind: 'reached', point })
    })
  const settled = await Promise.allSettled(
    inputs.map(async (input) => {
      const work = bodies[body]
      if (!work || !client) throw new Error(`no body "${body}" is registered, or the place is not open`)
      return work({ storage: client.storage, client, input, pause })
    }),
  )
  say({ kind: 'done', call, outcomes: settled.map(outcome) })
}

function outcome(result: PromiseSettledResult<unknown>): ProcessOutcome {
  if (result.status === 'fulfilled') return { status: 'fulfilled', value: result.value ?? null }
  const { reason } = result as { reason: unknown }
  return {
    status: 'rejected',
    code: isStorageError(reason) ? reason.code : null,
    message: reason instanceof Error ? reason.message : String(reason),
  }
}

process.on('message', (message: ToProcess) => {
  if (message.kind === 'open') void open(message)
  else if (message.kind === 'run') void run(message)
  else {
    points.get(message.point)?.()
    points.delete(message.point)
  }
})
process.once('disconnect', () => {
  const ended = client ? client.close().catch(() => undefined) : Promise.resolve()
  void ended.then(() => process.exit(0))
})
