import { setTimeout as wait } from 'node:timers/promises'
import { isStorageError, type Storage } from '@portolan/ports'
import { Counter, Stay, Step } from './entities.ts'

/** What became of a call whose outcome counts, by the name that it was made under. */
export interface Calls {
  readonly done: Set<string>
  /** `commit-unknown`: may be there, at most once. */
  readonly unknown: Set<string>
  /** Another one was first. */
  readonly refused: Set<string>
}

/** What racers were told. `verdict` compares it with what is stored. */
export interface Ledger {
  readonly stays: Calls
  readonly steps: Calls
  readonly additions: Calls
  readonly firsts: Calls
  readonly exchanges: Calls
  /** Each id as often as it was claimed. */
  readonly claimed: string[]
  readonly acknowledged: Calls
  readonly claims: Calls
  /** How often which code was met. */
  readonly codes: Map<string, number>
}

export interface Race {
  /** Ends when everybody has finished what he was at. Rejects with the first thing that no clause allows. */
  stop(): Promise<Ledger>
  /**
   * Ends when so many more calls have ended well, and not before `atLeastMs`: what disturbs a race waits for the race, since on a
   * busy machine no span of time promises that anybody was at work in it. Rejects with what `stop` would reject with, and after a
   * minute without them.
   */
  further(calls: number, atLeastMs: number): Promise<void>
}

export const racers = 16
/** Disturbances of one race. */
export const rounds = process.env.REQUIRE_ALL === '1' ? 20 : 5

const hourMs = 3_600_000
const slotAt = (hour: number): string => new Date(Date.UTC(2026, 0, 1) + hour * hourMs).toISOString()
/** Outlasts every test, so that nothing may be claimed twice. */
const leaseMs = 3_600_000
/** A retryable error that goes on for so long is not what one may call a passing one, in milliseconds. */
const patience = 60_000

const noCalls = (): Calls => ({ done: new Set(), unknown: new Set(), refused: new Set() })

function emptyLedger(): Ledger {
  return {
    stays: noCalls(),
    steps: noCalls(),
    additions: noCalls(),
    firsts: noCalls(),
    exchanges: noCalls(),
    claimed: [],
    acknowledged: noCalls(),
    claims: noCalls(),
    codes: new Map(),
  }
}

/** What racers find: counters at 0. */
export async function prepareRace(storage: Storage): Promise<void> {
  await storage.schema.apply()
  await storage.repository(Counter).insertMany([
    { id: 'counted', value: 0 },
    { id: 'added', value: 0 },
  ])
}

/** Racers over all ports, on these storages in turn, until told to stop. */
export function startRace(storages: readonly Storage[]): Race {
  const ledger = emptyLedger()
  let running = true

  /** Repeats what is retryable, as a caller does. undefined where the outcome stays unknown or somebody else was first. */
  const attempt = async <R>(calls: Calls, name: string, call: () => Promise<R>, refusals: readonly string[] = []) => {
    const began = performance.now()
    for (;;) {
      try {
        const result = await call()
        calls.done.add(name)
        return result
      } catch (error) {
        if (!isStorageError(error)) throw error
        ledger.codes.set(error.code, (ledger.codes.get(error.code) ?? 0) + 1)
        if (error.code === 'commit-unknown') calls.unknown.add(name)
        else if (refusals.includes(error.code)) calls.refused.add(name)
        else if (!error.retryable || performance.now() - began > patience) throw error
        else continue
        return undefined
      }
    }
  }
  const reading = noCalls()
  const read = async <R>(call: () => Promise<R>): Promise<R> => (await attempt(reading, '', call)) as R

  /** All of a kind want the same slots, one after the other. */
  const takeSlot = async (storage: Storage, racer: number, turn: number) => {
    const stay = { id: `${turn} ${racer}`, room: 'blue', from: slotAt(turn), till: slotAt(turn + 1) }
    await attempt(ledger.stays, stay.id, () => storage.repository(Stay).insert(stay), ['overlap'])
  }
  /** Reads, then writes what follows from it; an entry and a message go with it. Every second one holds a guard. */
  const count = async (storage: Storage, racer: number, turn: number) => {
    const id = `${turn} ${racer}`
    const options = racer % 2 === 0 ? { guards: ['counted'] } : {}
    await attempt(ledger.steps, id, () =>
      storage.transaction(async (tx) => {
        const value = ((await tx.repository(Counter).get('counted'))?.value ?? 0) + 1
        await tx.repository(Counter).update('counted', { value })
        await tx.repository(Step).insert({ id, number: value })
        await tx.keyValue('race').set('last', id)
        await tx.outbox('steps').enqueue([{ id, payload: value }])
      }, options),
    )
    await attempt(ledger.additions, id, () => storage.repository(Counter).update('added', { value: { increment: 1 } }))
  }
  const deliver = async (storage: Storage, racer: number, turn: number) => {
    const outbox = storage.outbox('steps')
    const claim = () => outbox.claim({ limit: 2, leaseMs })
    const claimed = (await attempt(ledger.claims, `${turn} ${racer}`, claim)) ?? []
    ledger.claimed.push(...claimed.map(({ id }) => id))
    if (claimed.length === 0) return
    const names = claimed.map(({ id }) => id).join()
    const result = await attempt(ledger.acknowledged, names, () => outbox.acknowledge(claimed))
    if (result && result.succeeded.length < claimed.length)
      throw new Error(`of ${names} only ${result.succeeded.length} were acknowledged, though nobody else can hold them`)
  }
  /** Of a key of one's own the last value is read, of a key of all one is the first, and an exchange loses no other one. */
  const own = new Map<number, string[]>()
  const keep = async (storage: Storage, racer: number, turn: number) => {
    const entries = storage.keyValue('race')
    const name = `${turn} ${racer}`
    const written = noCalls()
    await attempt(written, name, () => entries.set(`own ${racer}`, name))
    const possible = written.unknown.has(name) ? [...(own.get(racer) ?? []), name] : [name]
    own.set(racer, possible)
    const found = await read(() => entries.get(`own ${racer}`))
    if (!possible.includes(found ?? '')) throw new Error(`${found} was read where ${possible.join(' or ')} was written`)

    const first = await attempt(ledger.firsts, name, () => entries.set(`first ${turn}`, name, { absent: true }))
    if (first === null) {
      ledger.firsts.done.delete(name)
      ledger.firsts.refused.add(name)
    }
    const entry = await read(() => entries.getEntry('exchanged'))
    const condition = entry ? { revision: entry.revision } : ({ absent: true } as const)
    const value = String(Number(entry?.value ?? 0) + 1)
    const exchanged = await attempt(ledger.exchanges, name, () => entries.set('exchanged', value, condition))
    if (exchanged === null) {
      ledger.exchanges.done.delete(name)
      ledger.exchanges.refused.add(name)
    }
  }

  const kinds = [takeSlot, count, deliver, keep]
  const run = async (racer: number): Promise<void> => {
    const storage = storages[racer % storages.length] as Storage
    // Of each kind four, two on each of two storages.
    const work = kinds[(racer >> 1) % kinds.length] as (typeof kinds)[number]
    for (let turn = 0; running; turn++) await work(storage, racer, turn)
  }
  const done = (): number => {
    if (failed) throw failed
    return [ledger.stays, ledger.steps, ledger.exchanges].reduce((sum, calls) => sum + calls.done.size, 0)
  }
  let failed: unknown
  const finished = Promise.all(
    Array.from({ length: racers }, (_, racer) =>
      run(racer).catch((error: unknown) => {
        running = false
        failed ??= error
      }),
    ),
  )
  return {
    async further(calls, atLeastMs) {
      const wanted = done() + calls
      const began = performance.now()
      await wait(atLeastMs)
      while (done() < wanted) {
        if (performance.now() - began > patience)
          throw new Error(`the race has not come ${calls} calls further for a minute`)
        await wait(5)
      }
    },
    async stop() {
      running = false
      await finished
      if (failed) throw failed
      return ledger
    },
  }
}
