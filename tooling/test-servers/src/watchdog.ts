import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * A process of its own that outlives the one it watches for a moment. Its input is a pipe whose other end only the watched
 * process holds: however that one ends, SIGKILL included, the pipe closes, and everything still in charge is ended and removed.
 */

/** What must not outlive the watched process: a program and its group, and what it wrote. */
export interface Charge {
  readonly pid?: number
  /** How the program is asked to end; after a grace it is killed. */
  readonly signal?: NodeJS.Signals
  readonly folder?: string
}

export type Message = { readonly keep: string; readonly charge: Charge } | { readonly drop: string }

const graceMs = 5_000

function watch(): void {
  const charges = new Map<string, Charge>()
  let ending = false
  const end = async (): Promise<void> => {
    if (ending) return
    ending = true
    await Promise.all([...charges.values()].map(endProgram))
    for (const { folder } of charges.values()) removeFolder(folder)
    process.exit(0)
  }
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const message = read(line)
      if (message === undefined) return
      if ('drop' in message) charges.delete(message.drop)
      else charges.set(message.keep, message.charge)
    })
    .once('close', end)
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end)
}

/** A process that is killed may leave half a line. */
function read(line: string): Message | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

async function endProgram({ pid, signal = 'SIGKILL' }: Charge): Promise<void> {
  if (pid === undefined || !send(pid, signal)) return
  const deadline = Date.now() + graceMs
  while (Date.now() < deadline) {
    if (!send(pid, 0)) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  send(-pid, 'SIGKILL')
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

function removeFolder(folder: string | undefined): void {
  if (folder === undefined) return
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  } catch {
    // What a dying program still writes to cannot be removed; there is nobody left to tell.
  }
}

watch()
