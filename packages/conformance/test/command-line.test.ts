import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { standardCases } from '../src/cases/index.ts'
import { main } from '../src/cli.ts'

const target = (name: string) => join(import.meta.dirname, 'targets', `${name}.ts`)

async function run(...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const lines: string[] = []
  const code = await main(args, (text) => lines.push(text))
  return { code, said: lines.join('\n') }
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-command-line-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('portolan-conformance', () => {
  test('ends with 0 when all that was selected passed, and prints each case and the table', async () => {
    const file = join(folder, 'deep', 'report.json')
    const { code, said } = await run(
      target('memory'),
      '--only',
      'V1',
      '--only',
      'I2.racing-inserts',
      '--report',
      file,
      '--seed',
      '42',
    )
    expect(code, said).toBe(0)
    for (const part of [
      'ok     V1.round-trip',
      'ok     I2.racing-inserts',
      'Conformance of memory',
      'seed 42',
      'PASSED',
    ])
      expect(said).toContain(part)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      target: 'memory',
      status: 'passed',
      seed: 42,
      counts: { failed: 0 },
    })
  })

  test('ends with 1 when a case failed, and says which and why', async () => {
    const file = join(folder, 'failing.json')
    const { code, said } = await run(target('failing'), '--only', 'I2', '--report', file)
    expect(code).toBe(1)
    expect(said).toContain('FAILED I2.names-the-row')
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ target: 'failing', status: 'failed' })
  })

  test('ends with 1 when nothing passed', async () => {
    const { code, said } = await run(target('failing'), '--only', 'Q4.too-broad')
    expect(code).toBe(1)
    expect(said).toContain('no case passed')
  })

  test('lists the cases, also without a target, and runs none', async () => {
    const { code, said } = await run('--list')
    expect(code).toBe(0)
    expect(said).toContain('I2.racing-inserts (race): ')
    expect(said).toContain(`${standardCases.length} cases`)
    expect((await run(target('failing'), '--list')).code).toBe(0)
  })

  test('runs the clauses of any entity on those of a module', async () => {
    const { code, said } = await run(target('memory'), '--entities', target('notebook'), '--only', 'V1')
    expect(code, said).toBe(0)
    expect(said).toContain('V1.generated-rows page: page: generated rows come back')
    expect((await run('--list', '--entities', target('notebook'))).said).toContain('I2.racing-inserts page (race)')
  })

  test.each([
    ['no target', []],
    ['two targets', ['a.js', 'b.js']],
    ['a module that is not there', ['nowhere.js']],
    ['a module without a target', [target('notebook')]],
    ['an unknown option', [target('memory'), '--all']],
    ['an unknown case', [target('memory'), '--only', 'V9.nothing']],
    ['a seed that is none', [target('memory'), '--seed', 'x']],
    ['entities that are none', [target('memory'), '--entities', target('memory')]],
  ])('ends with 2 for %s, says what is wrong and how it is used', async (_, args) => {
    const { code, said } = await run(...args)
    expect(code).toBe(2)
    expect(said).toContain('portolan-conformance: ')
    expect(said).toContain('--only <id>')
  })

  test('shows its use', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, said: expect.stringContaining('--entities <module>') })
  })

  test('as a process of its own ends with the code, on a target in TypeScript', { timeout: 60_000 }, async () => {
    const program = `import { main } from ${JSON.stringify(join(import.meta.dirname, '..', 'src', 'cli.ts'))}; process.exit(await main(process.argv.slice(1)))`
    const ended = (...args: string[]) =>
      new Promise<number>((resolve) => {
        execFile(process.execPath, ['--input-type=module', '-e', program, ...args], (error) =>
          resolve(error ? Number(error.code) : 0),
        )
      })
    expect(await ended(target('memory'), '--only', 'V5')).toBe(0)
    expect(await ended(target('failing'), '--only', 'V5')).toBe(1)
    expect(await ended('nowhere.js')).toBe(2)
  })
})
