import { type ChildProcess, fork } from 'node:child_process'
import type { Target } from './target.ts'

/** What goes over to the second process. All of it is plain data. */
export type ToProcess =
  | {
      readonly kind: 'open'
      readonly module: string
      readonly place: string
      /** Where it stands; null: the store's own. */
      readonly clock: number | null
      readonly hostAheadMs: number
      readonly overlap: boolean
    }
  | { readonly kind: 'run'; readonly call: number; readonly body: string; readonly inputs: readonly unknown[] }
  | { readonly kind: 'resume'; readonly point: string }

export type FromProcess =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'reached'; readonly point: string }
  | { readonly kind: 'done'; readonly call: number; readonly outcomes: readonly ProcessOutcome[] }

/** How one racer in the other process ended. */
export type ProcessOutcome =
  | { readonly status: 'fulfilled'; readonly value: unknown }
  | { readonly status: 'rejected'; readonly code: string | null; readonly message: string }

/** Another process with one client of the place. */
export interface SecondProcess {
  readonly pid: number
  /** Runs the registered body once per input, all at the same time, and awaits them. */
  run(body: string, inputs: readonly unknown[]): Promise<readonly ProcessOutcome[]>
  /** Resolves when a body awaits `pause(point)`. */
  reached(point: string): Promise<void>
  resume(point: string): void
  /** Ends it at once, with nothing tidied up (SIGKILL), and resolves when it is gone. */
  kill(): Promise<void>
  close(): Promise<void>
}

/**
 * Loads the target's module in a second process, which opens the place with the standard entities and a clock that stands at
 * `clock`; with null it has the store's own, and `hostAheadMs` is how far the clock of its host is ahead of this one.
 */
export async function startProcess(
  target: Target,
  place: string,
  clock: number | null,
  overlap = true,
  hostAheadMs = 0,
): Promise<SecondProcess> {
  const module = target.offers.processes?.module
  if (module === undefined) throw new Error(`the target ${target.name} offers no second process`)
  const child = fork(new URL(`./process-child.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url), [], {
    // A worker of a test runner carries flags that a plain process does not understand.
    execArgv: process.features.typescript ? [] : ['--experimental-strip-types', '--no-warnings'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const conversation = converse(child)
  conversation.send({ kind: 'open', module, place, clock, overlap, hostAheadMs })
  try {
    await conversation.opened
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return conversation.process
}

/** Starts racers here and in the other process together, and awaits them all; one that fails here fails the race. */
export async function raceProcesses<R>(
  other: SecondProcess,
  body: string,
  inputs: readonly unknown[],
  here: readonly (() => Promise<R>)[],
): Promise<{ readonly local: R[]; readonly remote: readonly ProcessOutcome[] }> {
  const remote = other.run(body, inputs)
  const settled = await Promise.allSettled(here.map((run) => run()))
  const outcomes = await remote
  const local = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
  return { local, remote: outcomes }
}

interface Waiting {
  resolve(outcomes: readonly ProcessOutcome[]): void
  reject(error: Error): void
}

function converse(child: ChildProcess): {
  readonly opened: Promise<void>
  readonly process: SecondProcess
  send(message: ToProcess): void
} {
  let calls = 0
  let goneWith: string | null = null
  const waiting = new Map<number, Waiting>()
  const points = new Map<string, { promise: Promise<void>; arrive: () => void; lose: (error: Error) => void }>()
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const send = (message: ToProcess): void => {
    if (child.connected) child.send(message)
  }
  const point = (name: string): { promise: Promise<void>; arrive: () => void; lose: (error: Error) => void } => {
    const known = points.get(name)
    if (known) return known
    let arrive = (): void => undefined
    let lose = (_: Error): void => undefined
    const promise = new Promise<void>((resolve, reject) => {
      arrive = resolve
      lose = reject
    })
    promise.catch(() => undefined)
    if (goneWith !== null) lose(new Error(goneWith))
    const made = { promise, arrive, lose }
    points.set(name, made)
    return made
  }
  const opened = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromProcess) => {
      if (message.kind === 'opened') resolve()
      else if (message.kind === 'failed')
        reject(new Error(`the second process could not open the place: ${message.message}`))
      else if (message.kind === 'reached') point(message.point).arrive()
      else {
        waiting.get(message.call)?.resolve(message.outcomes)
        waiting.delete(message.call)
      }
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      goneWith = `the second process has ended (${signal ?? `exit code ${code}`})`
      const error = new Error(goneWith)
      reject(error)
      for (const { reject: refuse } of waiting.values()) refuse(error)
      for (const { lose } of points.values()) lose(error)
      waiting.clear()
    })
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    if (goneWith === null) await gone
  }
  return {
    opened,
    send,
    process: {
      pid: child.pid ?? 0,
      run(body, inputs) {
        const call = ++calls
        return new Promise((resolve, reject) => {
          if (goneWith !== null) return reject(new Error(goneWith))
          waiting.set(call, { resolve, reject })
          send({ kind: 'run', call, body, inputs })
        })
      },
      reached: (name) => point(name).promise,
      resume: (name) => send({ kind: 'resume', point: name }),
      kill,
      async close() {
        if (child.connected) child.disconnect()
        const late = setTimeout(() => child.kill('SIGKILL'), 2000)
        if (goneWith === null) await gone
        clearTimeout(late)
      },
    },
  }
}
