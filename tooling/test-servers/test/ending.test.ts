import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { dataFolder } from '../src/data-folder.ts'

const stay = 'setInterval(() => {}, 1e6)'

interface Ending {
  readonly how: string
  /** PostgreSQL is many processes and starts slowly; Redis is one and quick. */
  readonly server: 'postgres18' | 'redis'
  readonly last: string
  readonly signal?: NodeJS.Signals
}

const endings: readonly Ending[] = [
  { how: 'stops it and ends', server: 'postgres18', last: 'await server.stop()' },
  { how: 'ends without stopping it', server: 'redis', last: '' },
  { how: 'calls process.exit', server: 'redis', last: 'process.exit(3)' },
  { how: 'fails', server: 'redis', last: "setTimeout(() => { throw new Error('on purpose') })" },
  { how: 'is interrupted', server: 'postgres18', last: stay, signal: 'SIGINT' },
  { how: 'is asked to end', server: 'redis', last: stay, signal: 'SIGTERM' },
  { how: 'loses its terminal', server: 'redis', last: stay, signal: 'SIGHUP' },
  { how: 'is killed', server: 'postgres18', last: stay, signal: 'SIGKILL' },
]

/** Windows has neither these signals nor process groups. */
const possible = endings.filter(({ signal }) => signal === undefined || process.platform !== 'win32')

test.for(possible)('no program, port or folder is left when a process $how', async (ending) => {
  const { path: folder, remove } = dataFolder('ending')
  try {
    const port = await startAndEnd(ending, folder)
    const deadline = Date.now() + 10_000
    while (left(folder).length > 0 && Date.now() < deadline) await wait(50)
    expect(left(folder)).toEqual([])
    expect(await accepts(port)).toBe(false)
  } finally {
    remove()
  }
})

async function startAndEnd({ server, last, signal }: Ending, folder: string): Promise<number> {
  const program = `
    const servers = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)})
    const wanted = await servers.${server}({ own: true })
    const server = 'missing' in wanted ? await servers.postgres18({ own: true }) : wanted
    if ('missing' in server) throw new Error(server.missing)
    await server.createPlace()
    console.log(server.address.port)
    ${last}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // Containers are the business of testcontainers, which has a reaper for them.
    env: { ...process.env, PORTOLAN_TEST_DATA: folder, PORTOLAN_DOCKER_ENGINE: 'no' },
    detached: true,
  })
  const ended = once(child, 'exit')
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  const port = Number(line)
  expect(port).toBeGreaterThan(1_000)
  if (signal) {
    expect(await accepts(port)).toBe(true)
    expect(left(folder)).not.toEqual([])
    // The whole group, as a terminal's Ctrl-C or the end of a job does it: the one that clears up must not be in it.
    process.kill(-(child.pid ?? 0), signal)
  }
  await ended
  return port
}

/** What is in the folder, and the processes that work in it. */
function left(folder: string): readonly string[] {
  const processes = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  return [...readdirSync(folder), ...processes.filter((pid) => workingFolder(pid)?.startsWith(folder))]
}

function workingFolder(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
