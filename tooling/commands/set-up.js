import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { manifestOf, node24, root, workspaceFolders } from './places.js'
import { run } from './processes.js'
import { say, step } from './terminal.js'

const stampFile = join(root, 'node_modules', '.portolan-set-up')

/** Installs what the lockfile names, unless this very state has been installed before. */
export async function setUp() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Error(
      `This is Node ${process.versions.node}. Node 20 or newer is needed to begin with; the rest is brought along.`,
    )
  }
  step('Set-up')
  const wanted = fingerprint()
  if (existsSync(node24) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) {
    say('Everything is installed already.')
    return
  }
  const packageManager = manifestOf(root).packageManager
  say(`Installing what pnpm-lock.yaml names, with ${packageManager}. The first time, this takes about half a minute.`)
  const { code } = await run('npx', ['--yes', `${packageManager}`, 'install', '--frozen-lockfile'])
  if (code !== 0) throw new Error(`The installation failed (exit code ${code}); its own words are above.`)
  if (!existsSync(node24)) throw new Error(`The installation ended without ${relative(root, node24)}.`)
  writeFileSync(stampFile, wanted)
}

function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  const manifests = [root, ...workspaceFolders()].map((folder) => join(folder, 'package.json'))
  for (const file of [join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), ...manifests]) {
    hash.update(`\n${relative(root, file)}\n`).update(readFileSync(file))
  }
  return hash.digest('hex')
}
