import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import schema from '../report.schema.json' with { type: 'json' }
import { misfits } from './json-schema.ts'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const here = import.meta.dirname
const commands = {
  'node:test': ['--test', '--test-reporter=spec', join(here, 'bindings', 'node-test.ts')],
  vitest: [vitest, 'run', '--reporter=verbose', '--root', join(here, 'bindings')],
}

let reports: string
beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), 'portolan-bindings-'))
})
afterAll(() => rm(reports, { recursive: true, force: true }))

function start(
  args: readonly string[],
  environment: object,
): Promise<{ readonly code: number; readonly output: string }> {
  // Runners behave differently below another runner.
  const { NODE_TEST_CONTEXT: _, VITEST: __, ...inherited } = process.env
  const env = { ...inherited, PORTOLAN_REPORTS: reports, NO_COLOR: '1', ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    )
  })
}

const report = async () => JSON.parse(await readFile(join(reports, 'tiny.json'), 'utf8'))

describe.each(Object.entries(commands))('the binding for %s', (_, args) => {
  test('passes, tells each skip with its reason, and writes the report', { timeout: 60_000 }, async () => {
    const { code, output } = await start(args, {})
    expect(code, output).toBe(0)
    for (const part of [
      'V1.passes: passes',
      'V2.skips: skips',
      'a good reason',
      'PASSED: 1 passed, 0 failed, 1 not applicable',
    ])
      expect(output).toContain(part)
    expect(await report()).toMatchObject({
      target: 'tiny',
      status: 'passed',
      counts: { passed: 1, failed: 0, notApplicable: 1 },
    })
  })

  test('fails with a case that fails, and still writes the report', { timeout: 60_000 }, async () => {
    const { code, output } = await start(args, { WITH_FAILURE: '1' })
    expect(code).not.toBe(0)
    expect(output).toContain('not kept')
    expect(await report()).toMatchObject({ status: 'failed', counts: { passed: 1, failed: 1, notApplicable: 1 } })
  })

  test('fails when no case ran', { timeout: 60_000 }, async () => {
    const { code, output } = await start(args, { EMPTY: '1' })
    expect(code).not.toBe(0)
    expect(output).toContain('an empty report proves nothing')
    expect(await report()).toMatchObject({ status: 'failed', counts: { passed: 0, failed: 0, notApplicable: 0 } })
  })
  test('says loudly that a server could not be had', { timeout: 60_000 }, async () => {
    const { code, output } = await start(args, { NOT_RUN: '1' })
    expect(code, output).toBe(0)
    expect(output).toContain('NOT RUN: there is no server')
    expect(misfits(await report(), schema)).toEqual([])
    expect(await report()).toMatchObject({ target: 'tiny', status: 'not-run', reason: 'there is no server' })
  })
})
