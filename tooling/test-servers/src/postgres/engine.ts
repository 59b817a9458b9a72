import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, accountForServers, giveTo } from '../account.ts'
import { startContainer } from '../docker.ts'
import type { Engine } from '../engine.ts'
import { startProgramEngine } from '../program-engine.ts'
import { newPassword } from '../secret.ts'
import type { Address } from '../test-server.ts'
import { reachablePrograms } from './programs.ts'
import { versionAt } from './server.ts'

const execute = promisify(execFile)

/**
 * As a server is in earnest, but that nothing waits for the disk: `halt` ends processes and never the machine, so what was
 * committed is there when it resumes, and a place is made in a tenth of the time. The log is where superusers can read it by SQL.
 */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_connections: '300',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'server.log',
  log_rotation_age: '0',
  log_rotation_size: '0',
}

const settingArguments = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])

const urlWith =
  (password: string) =>
  ({ host, port }: Address): string =>
    `postgres://postgres:${password}@${host}:${port}/postgres`

/** A new cluster whose superuser is `postgres`, reached over TCP with a scram password. */
export function startPostgres(installed: string): Promise<Engine> {
  const account = accountForServers()
  const password = newPassword()
  return startProgramEngine({
    kind: 'postgres',
    prepare: async (folder, { host, port }) => {
      const programs = reachablePrograms(installed, account, folder)
      const data = join(folder, 'data')
      mkdirSync(data, { mode: 0o700 })
      giveTo(account, data)
      await createCluster({ programs, data, folder, password, account })
      return {
        program: join(programs, 'postgres'),
        args: ['-D', data, '-p', `${port}`, '-h', host, '-c', 'unix_socket_directories=', ...settingArguments],
        account,
        logFile: join(data, 'log', 'server.log'),
      }
    },
    urlAt: urlWith(password),
    ping: versionAt,
    // Fast and immediate shutdown: the postmaster's children end with it, which SIGKILL would leave to themselves.
    stopSignal: 'SIGINT',
    haltSignal: 'SIGQUIT',
  })
}

interface NewCluster {
  readonly programs: string
  readonly data: string
  readonly folder: string
  readonly password: string
  readonly account: Account | undefined
}

async function createCluster({ programs, data, folder, password, account }: NewCluster): Promise<void> {
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

export function startPostgresContainer(major: number): Promise<Engine | string> {
  const password = newPassword()
  return startContainer({
    image: `postgres:${major}`,
    port: 5432,
    env: { POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: '--auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8' },
    command: () => ['postgres', ...settingArguments],
    urlAt: urlWith(password),
    ping: versionAt,
  })
}
