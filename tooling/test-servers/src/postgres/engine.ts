import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { accountForServers, giveTo } from '../account.ts'
import { startContainer } from '../docker.ts'
import type { Engine } from '../engine.ts'
import { freePort } from '../ports.ts'
import { dataFolder, type Program, startProgram } from '../program.ts'
import { reachablePrograms } from './programs.ts'

const execute = promisify(execFile)

/** As a server is in earnest, fsync included; the log is where superusers can read it through SQL. */
const settings = {
  shared_buffers: '128MB',
  max_connections: '300',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'server.log',
  log_rotation_age: '0',
  log_rotation_size: '0',
}

const settingArguments = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])

export type Ping = (engine: Pick<Engine, 'address'>) => Promise<unknown>

/** A new cluster whose superuser is `postgres`, reached over TCP with a scram password. */
export async function startPrograms(installed: string, password: string, ping: Ping): Promise<Engine> {
  const account = accountForServers()
  const { path: folder, remove } = dataFolder('postgres')
  try {
    const programs = reachablePrograms(installed, account, folder)
    const data = join(folder, 'data')
    mkdirSync(data, { mode: 0o700 })
    giveTo(account, data)
    await createCluster(programs, data, folder, password)
    const address = { host: '127.0.0.1', port: await freePort() }
    const start = (): Promise<Program> =>
      startProgram({
        program: join(programs, 'postgres'),
        args: [
          ...['-D', data, '-p', `${address.port}`, '-h', address.host],
          ...['-c', 'unix_socket_directories=', ...settingArguments],
        ],
        account,
        folder,
        stopSignal: 'SIGINT',
        ping: () => ping({ address }),
      })
    let running = await start()
    return {
      address,
      log: async () => readFileSync(join(data, 'log', 'server.log'), 'utf8'),
      halt: () => running.end('SIGQUIT'),
      resume: async () => {
        running = await start()
      },
      stop: async () => {
        await running.end('SIGINT')
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

async function createCluster(programs: string, data: string, folder: string, password: string): Promise<void> {
  const account = accountForServers()
  const secret = join(folder, 'password')
  writeFileSync(secret, password, { mode: 0o600 })
  giveTo(account, secret)
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C'
  await execute(
    join(programs, 'initdb'),
    [
      ...['-D', data, '--username=postgres', `--pwfile=${secret}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', `--locale=${locale}`, '--no-sync'],
    ],
    { cwd: folder, ...account },
  )
  rmSync(secret)
}

export function startPostgresContainer(major: number, password: string, ping: Ping): Promise<Engine | string> {
  const options = {
    image: `postgres:${major}`,
    port: 5432,
    env: { POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: '--auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8' },
    command: ['postgres', ...settingArguments],
  }
  return startContainer(options, ping)
}
