import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startContainer } from '../docker.ts'
import type { Engine } from '../engine.ts'
import { findProgram } from '../program.ts'
import { startProgramEngine } from '../program-engine.ts'
import type { Way } from '../search.ts'
import { newPassword } from '../secret.ts'
import { installSystemPackages } from '../system-packages.ts'
import type { Address } from '../test-server.ts'
import { mariadbVersionAt } from './connection.ts'

const execute = promisify(execFile)

const settings = [
  '--character-set-server=utf8mb4',
  '--skip-name-resolve',
  '--max-connections=300',
  '--innodb-print-all-deadlocks=ON',
]

const urlWith =
  (password: string) =>
  ({ host, port }: Address): string =>
    `mysql://root:${password}@${host}:${port}`

const findMariadb = () => ({
  server: findProgram(['/usr/sbin/mariadbd', '/usr/libexec/mariadbd'], ['mariadbd']),
  install: findProgram([], ['mariadb-install-db']),
})

export const mariadbWays: readonly Way<Engine>[] = [
  { name: 'Docker', go: startMariadbContainer },
  { name: 'on this machine', go: async () => startMariadb('no mariadbd and mariadb-install-db on the PATH') },
  {
    name: 'system package',
    go: async () =>
      (await installSystemPackages(['mariadb-server-core', 'mariadb-client-core'])) ??
      startMariadb('installed, and not on the PATH'),
  },
]

async function startMariadb(otherwise: string): Promise<Engine | string> {
  const { server, install } = findMariadb()
  if (server === undefined || install === undefined) return otherwise
  const password = newPassword()
  // Root must say that it means to be root; anybody else is refused the option's change of account.
  const account = process.getuid?.() === 0 ? ['--user=root'] : []
  return startProgramEngine({
    kind: 'mariadb',
    prepare: async (folder, { host, port }) => {
      const [data, first, log] = [join(folder, 'data'), join(folder, 'first.sql'), join(folder, 'error.log')]
      mkdirSync(data, { mode: 0o700 })
      await execute(install, [
        ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
        ...account,
      ])
      writeFileSync(first, firstStatements(password), { mode: 0o600 })
      return {
        program: server,
        args: [
          ...['--no-defaults', `--datadir=${data}`, `--bind-address=${host}`, `--port=${port}`],
          ...[`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`, `--log-error=${log}`],
          ...[`--init-file=${first}`, ...settings, ...account],
        ],
        logFile: log,
      }
    },
    urlAt: urlWith(password),
    ping: mariadbVersionAt,
    stopSignal: 'SIGTERM',
  })
}

/** One statement a line, run at each start. Without them anybody could enter without a password. */
function firstStatements(password: string): string {
  return [
    "delete from mysql.global_priv where user in ('', 'PUBLIC') or (user = 'root' and host <> '%');",
    'flush privileges;',
    `create or replace user root@'%' identified by '${password}';`,
    "grant all on *.* to root@'%' with grant option;",
    '',
  ].join('\n')
}

function startMariadbContainer(): Promise<Engine | string> {
  const password = newPassword()
  return startContainer({
    image: 'mariadb:10.11',
    port: 3306,
    env: { MARIADB_ROOT_PASSWORD: password, MARIADB_ROOT_HOST: '%' },
    command: () => ['mariadbd', ...settings],
    urlAt: urlWith(password),
    ping: mariadbVersionAt,
  })
}
