import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPublished, type Manifest, readText, readWorkspace, root } from '../src/workspace.ts'

const execute = promisify(execFile)
const minutes = 60_000
const packages = readWorkspace().filter(isPublished)
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

/** A folder outside the workspace, as a stranger has it. */
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-stranger-'))
  const pnpm = join(root, 'node_modules', '.bin', 'pnpm')
  for (const one of packages)
    await execute(pnpm, ['pack', '--pack-destination', folder], { cwd: join(root, one.folder) })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  for (const file of ['target.js', 'consumer.ts'])
    await copyFile(join(import.meta.dirname, 'stranger', file), join(folder, file))
  const clients = ['kysely', 'better-sqlite3', '@types/better-sqlite3', 'ioredis', '@types/node'].map(
    (name) => `${name}@${versionOf(name)}`,
  )
  const npm = ['install', '--no-audit', '--no-fund', ...(await tarballs()), ...clients]
  await execute('npm', npm, { cwd: folder, env: withoutWorkspace() })
}, 5 * minutes)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('packed and installed with plain npm, in a folder of its own', () => {
  test('every package is there once, and its manifest names nothing of the workspace', async () => {
    for (const { manifest } of packages) {
      const text = await readFile(join(folder, 'node_modules', manifest.name, 'package.json'), 'utf8')
      const installed: Manifest = JSON.parse(text)
      const { devDependencies: _, ...shipped } = installed
      expect(JSON.stringify(shipped), manifest.name).not.toMatch(/workspace:|catalog:/)
      const nested = join(folder, 'node_modules', manifest.name, 'node_modules', '@portolan')
      await expect(readdir(nested), manifest.name).rejects.toThrow('ENOENT')
      expect(await readdir(join(folder, 'node_modules', manifest.name)), manifest.name).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']),
      )
    }
  })

  test('publint has nothing to say', async () => {
    for (const { manifest } of packages) {
      const pkgDir = join(folder, 'node_modules', manifest.name)
      const { messages, pkg } = await publint({ pkgDir, pack: false })
      expect(
        messages.map((message) => formatMessage(message, pkg)),
        manifest.name,
      ).toEqual([])
    }
  })

  test('a first program compiles with full checks, and runs', { timeout: 2 * minutes }, async () => {
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', 'consumer.ts']
    expect(await complaints([compiler, ...options])).toBe('')
    expect(await complaints(['consumer.js'])).toBe('')
  })

  test('the conformance passes by its command line', { timeout: 20 * minutes }, async () => {
    const only = requireAll ? [] : withoutRaces.flatMap((clause) => ['--only', clause])
    const command = ['--no-install', 'portolan-conformance', './target.js', '--report', 'report.json', ...only]
    const run = execute('npx', command, { cwd: folder, env: withoutWorkspace(), maxBuffer: 64 * 1024 * 1024 })
    const { stdout } = await run.catch((error: { stdout: string }) => error)
    const report = await readFile(join(folder, 'report.json'), 'utf8').catch(() => undefined)
    expect(report, stdout).toBeDefined()
    const { status, counts } = JSON.parse(report ?? '')
    expect({ status, failed: counts.failed }, stdout).toEqual({ status: 'passed', failed: 0 })
    expect(counts.passed).toBeGreaterThan(100)
  })
})

/** CI runs every clause; the fast path those that take little time, since the adapter's own suite has run them all. */
const requireAll = process.env.REQUIRE_ALL === '1'
const withoutRaces = [
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
  'V7',
  'I1',
  'I5',
  'N1',
  'Q1',
  'Q2',
  'Q3',
  'Q4',
  'Q5',
  'S1',
  'E1',
]

/** What a program of Node had to say before it failed; empty if it did not. */
async function complaints(args: readonly string[]) {
  return execute(process.execPath, args, { cwd: folder }).then(
    () => '',
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  )
}

async function tarballs() {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.tgz'))
  expect(files).toHaveLength(packages.length)
  return files.map((file) => `./${file}`)
}

function versionOf(name: string) {
  const catalog = readText('pnpm-workspace.yaml').split('\ncatalog:\n')[1] ?? ''
  const version = new RegExp(`^  ["']?${name}["']?: (.+)$`, 'm').exec(catalog)?.[1]
  if (version === undefined) throw new Error(`${name} is not in the catalog of pnpm-workspace.yaml`)
  return version
}

/** npm must see nothing of the run that started it. */
function withoutWorkspace() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name)))
}
