import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Charge, Message } from './watchdog.ts'

let watchdog: ChildProcess | undefined

/**
 * Sees to it that a program or a folder does not outlive this process, however it ends. The answer takes the charge back.
 * The first call starts one small process, which ends with this one.
 */
export function guard(charge: Charge): () => void {
  const keep = randomUUID()
  tell({ keep, charge })
  return () => tell({ drop: keep })
}

function tell(message: Message): void {
  if (watchdog === undefined || watchdog.exitCode !== null || watchdog.signalCode !== null) watchdog = start()
  watchdog.stdin?.write(`${JSON.stringify(message)}\n`)
}

/** In a session of its own: what interrupts this process must not interrupt the one that clears up. */
function start(): ChildProcess {
  const { NODE_OPTIONS: _, ...env } = process.env
  const program = fileURLToPath(new URL('./watchdog.ts', import.meta.url))
  const child = spawn(process.execPath, [program], {
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  })
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return child
}
