import { execFile } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
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
  const allow = root ? keepServicesDown() : () => {}
  try {
    const install = ['install', '--yes', '--no-install-recommends', ...names]
    await apt(root, install).catch(async () => {
      await apt(root, ['update'])
      await apt(root, install)
    })
    return undefined
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr ?? error).trim()
    return `apt-get install ${names.join(' ')} failed: ${lines.split('\n').at(-1)}`
  } finally {
    allow()
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
