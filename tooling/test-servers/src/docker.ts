import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Engine } from './engine.ts'
import { freePort } from './ports.ts'

const execute = promisify(execFile)

/** A client without an engine is common, and testcontainers would look for one for a long time. */
const longestLookMs = 2_000
const startMs = 180_000

/** Workers inherit the answer, so that a run looks once. */
const answerVariable = 'PORTOLAN_DOCKER_ENGINE'

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
  readonly port: number
  readonly env?: Record<string, string>
  readonly command?: readonly string[]
}

/** A container on a port that stays the same when it is halted and resumed. It ends with this process: testcontainers' reaper sees to that. */
export async function startContainer(
  { image, port, env = {}, command }: ContainerOptions,
  ping: (engine: Engine) => Promise<unknown>,
): Promise<Engine | string> {
  if (!(await hasDockerEngine())) return 'no engine answers'
  const { GenericContainer, Wait } = await import('testcontainers')
  const hostPort = await freePort()
  const definition = new GenericContainer(image)
    .withExposedPorts({ container: port, host: hostPort })
    .withEnvironment(env)
    .withWaitStrategy(Wait.forListeningPorts())
    .withStartupTimeout(startMs)
  const container = await (command ? definition.withCommand([...command]) : definition).start()
  const id = container.getId()
  const engine: Engine = {
    address: { host: container.getHost(), port: hostPort },
    log: async () => {
      const { stdout, stderr } = await execute('docker', ['logs', id], { maxBuffer: 2 ** 30 })
      return stdout + stderr
    },
    halt: async () => void (await execute('docker', ['kill', id])),
    resume: async () => {
      await execute('docker', ['start', id])
      await untilAnswers(() => ping(engine))
    },
    stop: async () => void (await container.stop({ remove: true, removeVolumes: true })),
  }
  try {
    await untilAnswers(() => ping(engine))
    return engine
  } catch (error) {
    await engine.stop()
    throw error
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
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
