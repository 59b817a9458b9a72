import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Account } from './account.ts'
import { guard } from './guard.ts'

export interface ProgramOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly account?: Account | undefined
  /** A folder of the caller, where it runs and what it prints is kept. */
  readonly folder: string
  /** How it is asked to end; SIGKILL after ten seconds. */
  readonly stopSignal: NodeJS.Signals
  /** Resolves when it answers, rejects while it does not. Tried until it does or the program ends. */
  readonly ping: () => Promise<unknown>
}

/** A program that runs, and ends no later than this process. */
export interface Program {
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** What a program prints, in its folder. */
export const outputFile = (folder: string): string => join(folder, 'output.log')

const startMs = 60_000
const stopMs = 10_000

/** The first of the paths that exists, else the first of the names that the PATH leads to. */
export function findProgram(paths: readonly string[], names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const candidates = [...paths, ...names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)))]
  return candidates.find((path) => existsSync(path))
}

export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { program, args, account, folder, env = process.env, stopSignal, ping } = options
  const output = outputFile(folder)
  const file = openSync(output, 'a')
  const child = spawn(program, args, {
    cwd: folder,
    env,
    ...account,
    detached: true,
    stdio: ['ignore', file, file],
    windowsHide: true,
  })
  closeSync(file)
  let failure: string | undefined
  const ended = new Promise<void>((resolve) => {
    const ends = (why: string): void => {
      failure = why
      resolve()
    }
    child.once('error', ({ message }) => ends(message))
    child.once('exit', (code, signal) => ends(`it ended (${signal ?? `exit code ${code}`})`))
  })
  child.unref()
  const release = child.pid === undefined ? () => {} : guard({ pid: child.pid, signal: stopSignal })
  void ended.then(release)

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (failure !== undefined) return
    child.ref()
    child.kill(signal)
    const late = new AbortController()
    await Promise.race([ended, wait(stopMs, undefined, { signal: late.signal }).catch(() => {})])
    late.abort()
    if (failure === undefined) child.kill('SIGKILL')
    await ended
  }

  const deadline = Date.now() + startMs
  for (;;) {
    try {
      await ping()
      return { end }
    } catch (error) {
      if (failure === undefined && Date.now() < deadline) {
        await Promise.race([wait(25), ended])
        continue
      }
      await end('SIGKILL')
      const why = failure ?? `it did not answer within ${startMs / 1000} s`
      throw new Error(`${program} did not start: ${why}${lastWords(output)}`, { cause: error })
    }
  }
}

function lastWords(output: string): string {
  const lines = readFileSync(output, 'utf8').trim().split('\n').slice(-5).join(' | ')
  return lines === '' ? '' : `; its last words: ${lines}`
}
