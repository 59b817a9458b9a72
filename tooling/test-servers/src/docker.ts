import { execFile } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Engine } from './engine.ts'
import { freePort } from './ports.ts'
import type { Address } from './test-server.ts'

const execute = promisify(execFile)

/** A client without an engine is common, and testcontainers would look for one for a long time. */
const longestLookMs = 2_000
const startMs = 180_000

/** Workers inherit the answer, so that a run looks once; set to 'no', programs of the machine are preferred. */
const answerVariable = 'PORTOLAN_DOCKER_ENGINE'

export const noEngine = 'no engine answers'

let look: Promise<boolean> | undefined

/** Whether a Docker engine answers; known within two seconds, and asked once. */
export function hasDockerEngine(): Promise<boolean> {
  look ??= (async () => {
    const known = process.env[answerVariable]
    if (known === 'yes' || known === 'no') return known === 'yes'
    const { answered } = await execute('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeout: longestLookMs,
      killSignal: 'SIGKILL',
    }).then(
      ({ stdout }) => ({ answered: stdout.trim() !== '' }),
      () => ({ answered: false }),
    )
    process.env[answerVariable] = answered ? 'yes' : 'no'
    return answered
  })()
  return look
}

export interface ContainerOptions {
  readonly image: string
  /**
   * The server's port in the container; 'host' for servers that have to know the address under which they are reached: they
   * listen on a free port of the machine itself, which Docker offers on Linux.
   */
  readonly port: number | 'host'
  readonly env?: Record<string, string>
  /** Given the port to listen on. */
  readonly command?: (port: number) => readonly string[]
  /** Instead of the image's own. */
  readonly entrypoint?: readonly string[]
  readonly urlAt: (address: Address) => string
  readonly ping: (url: string) => Promise<unknown>
}

/**
 * A container whose port stays the same when it is halted and resumed. It ends with this process: testcontainers' reaper sees
 * to that. A text says that there is no engine.
 */
export async function startContainer(options: ContainerOptions): Promise<Engine | string> {
  if (!(await hasDockerEngine())) return noEngine
  const { image, port, env = {}, command, entrypoint, urlAt, ping } = options
  if (port === 'host' && process.platform !== 'linux') return 'it needs a network that Docker offers on Linux only'
  const { GenericContainer, Wait } = await import('testcontainers')
  const hostPort = await freePort()
  const definition = new GenericContainer(image).withEnvironment(env).withStartupTimeout(startMs)
  if (port === 'host') definition.withNetworkMode('host').withWaitStrategy(Wait.forSuccessfulCommand('true'))
  else definition.withExposedPorts({ container: port, host: hostPort }).withWaitStrategy(Wait.forListeningPorts())
  if (command) definition.withCommand([...command(port === 'host' ? hostPort : port)])
  if (entrypoint) definition.withEntrypoint([...entrypoint])
  const container = await definition.start()
  const id = container.getId()
  const address = { host: port === 'host' ? '127.0.0.1' : container.getHost(), port: hostPort }
  const url = urlAt(address)
  const stop = async (): Promise<void> => void (await container.stop({ remove: true, removeVolumes: true }))
  try {
    await untilAnswers(() => ping(url))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    nodes: [address],
    log: async () => {
      const { stdout, stderr } = await execute('docker', ['logs', id], { maxBuffer: 2 ** 30 })
      return stdout + stderr
    },
    halt: async () => void (await execute('docker', ['kill', id])),
    resume: async () => {
      await execute('docker', ['start', id])
      await untilAnswers(() => ping(url))
    },
    stop,
  }
}

/** An image's own set-up may open the port before it answers, or open it twice. */
async function untilAnswers(ping: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + startMs
  for (;;) {
    try {
      await ping()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await wait(100)
    }
  }
}
