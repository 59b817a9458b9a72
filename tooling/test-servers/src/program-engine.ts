import { readFileSync } from 'node:fs'
import type { Account } from './account.ts'
import { dataFolder } from './data-folder.ts'
import type { Engine } from './engine.ts'
import { freePort } from './ports.ts'
import { outputFile, type Program, startProgram } from './program.ts'
import type { Address } from './test-server.ts'

export interface ProgramEngineOptions {
  /** Part of the name of its folder. */
  readonly kind: string
  /** Makes what the program needs in the folder, once; answers how to start it there. */
  readonly prepare: (
    folder: string,
    address: Address,
  ) => Promise<{
    readonly program: string
    readonly args: readonly string[]
    readonly env?: NodeJS.ProcessEnv
    readonly account?: Account | undefined
    /** Where it logs. Default: what it prints. */
    readonly logFile?: string
  }>
  readonly urlAt: (address: Address) => string
  /** Rejects while it does not answer. */
  readonly ping: (url: string) => Promise<unknown>
  readonly stopSignal: NodeJS.Signals
  readonly haltSignal?: NodeJS.Signals
}

const attempts = 3

/** One server as a program of this machine, on a free port of loopback, with its data in a temporary folder. */
export async function startProgramEngine(options: ProgramEngineOptions): Promise<Engine> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options)
    } catch (error) {
      // Another process may have taken the port between our look and the start.
      if (attempt === attempts || !/in use|EADDRINUSE/i.test(String(error))) throw error
    }
  }
}

async function startOnce(options: ProgramEngineOptions): Promise<Engine> {
  const { kind, prepare, urlAt, ping, stopSignal, haltSignal = 'SIGKILL' } = options
  const address = { host: '127.0.0.1', port: await freePort() }
  const url = urlAt(address)
  const { path: folder, remove } = dataFolder(kind)
  try {
    const { logFile = outputFile(folder), ...program } = await prepare(folder, address)
    const start = (): Promise<Program> => startProgram({ ...program, folder, stopSignal, ping: () => ping(url) })
    let running = await start()
    return {
      url,
      nodes: [address],
      log: async () => readFileSync(logFile, 'utf8'),
      halt: () => running.end(haltSignal),
      resume: async () => {
        running = await start()
      },
      stop: async () => {
        await running.end(stopSignal)
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
