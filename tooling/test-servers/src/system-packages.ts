import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { guard } from './guard.ts'

const execute = promisify(execFile)
const longestMs = 300_000

/** Debian asks this program whether a package may start its service; 101 is no. */
const policy = '/usr/sbin/policy-rc.d'

/**
 * Installs Debian packages where that is allowed: as root, or in CI with sudo. Their services are not started.
 * Answers undefined when they are installed, else why not.
 */
export async function installSystemPackages(names: readonly string[]): Promise<string | undefined> {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return 'not a Debian'
  const root = process.getuid?.() === 0
  if (!root && !process.env.CI)
    return `may be had by "apt-get install ${names.join(' ')}", which only root or CI may do`
  return await alone(() => install(root, names))
}

async function install(root: boolean, names: readonly string[]): Promise<string | undefined> {
  const allow = root ? keepServicesDown() : () => {}
  try {
    const command = ['install', '--yes', '--no-install-recommends', ...names]
    await apt(root, command).catch(async () => {
      await apt(root, ['update'])
      await apt(root, command)
    })
    return undefined
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr ?? error).trim()
    return `apt-get install ${names.join(' ')} failed: ${lines.split('\n').at(-1)}`
  } finally {
    allow()
  }
}

/**
 * One process at a time, since another one's end would let the services of this one start. The lock goes with its holder's stdin,
 * so with this process as well; where there is no flock, there is none.
 */
async function alone<R>(work: () => Promise<R>): Promise<R> {
  const lock = join(tmpdir(), 'portolan-packages.lock')
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
  holder.stdin.on('error', () => {})
  try {
    await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]).catch(() => undefined)
    return await work()
  } finally {
    holder.stdin.end()
  }
}

function apt(root: boolean, args: readonly string[]): Promise<unknown> {
  const command = [...(root ? [] : ['sudo', '-n']), 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args]
  const [program = '', ...rest] = command
  return execute(program, rest, { timeout: longestMs, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

function keepServicesDown(): () => void {
  if (existsSync(policy)) return () => {}
  const release = guard({ folder: policy })
  writeFileSync(policy, '#!/bin/sh\nexit 101\n')
  chmodSync(policy, 0o755)
  return () => {
    rmSync(policy, { force: true })
    release()
  }
}
