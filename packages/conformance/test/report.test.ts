import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import schema from '../report.schema.json' with { type: 'json' }
import { defineCase } from '../src/case.ts'
import { makeReport, type RunFacts, reportTable, writeReport } from '../src/report.ts'
import type { CaseResult, CaseStatus } from '../src/result.ts'
import { runConformance } from '../src/run.ts'
import { misfits } from './json-schema.ts'
import { tinyTarget } from './targets/tiny.ts'

function result(
  id: string,
  status: CaseStatus,
  reason: string | null = null,
  skippedBy: CaseResult['skippedBy'] = status === 'not-applicable' ? 'capability' : null,
): CaseResult {
  return { skippedBy, id, clause: id.slice(0, 2), title: 'a case', race: false, status, reason, durationMs: 5 }
}

function report(results: readonly CaseResult[], more: Partial<RunFacts> = {}) {
  const canaries = { errors: 3, events: 2, lines: 1, found: [] }
  const facts: RunFacts = {
    results,
    planned: results.length,
    server: 's 1',
    client: 'c 2',
    startedAt: Date.now(),
    seed: 7,
    capabilities: null,
    canaries,
    ...more,
  }
  return makeReport(tinyTarget(), facts)
}

const levelOf = (results: readonly CaseResult[], id: string) =>
  report(results).clauses.find((clause) => clause.id === id)?.level

describe('a report', () => {
  test('passes only when something passed, nothing failed, all ran and no value was shown', () => {
    expect(report([result('V1.a', 'passed')])).toMatchObject({ status: 'passed', reason: null })
    expect(report([result('V1.a', 'passed'), result('V1.b', 'failed', 'no')]).status).toBe('failed')
    expect(report([]).status).toBe('failed')
    expect(report([result('V1.a', 'not-applicable', 'no')]).status).toBe('failed')
    expect(report([result('V1.a', 'passed')], { planned: 2 })).toMatchObject({
      status: 'failed',
      reason: 'only 1 of 2 cases ran',
    })
    const canaries = { errors: 1, events: 0, lines: 0, found: ['V1.a: the message shows a value'] }
    expect(report([result('V1.a', 'passed')], { canaries }).status).toBe('failed')
  })

  test('gives each clause a level', () => {
    expect(levelOf([result('V1.a', 'passed'), result('V1.b', 'passed')], 'V1')).toBe('proven')
    expect(levelOf([result('V1.a', 'passed'), result('V1.b', 'not-applicable')], 'V1')).toBe('proven')
    const withheld = result('V1.b', 'not-applicable', 'the target offers no processes', 'offer')
    expect(levelOf([result('V1.a', 'passed'), withheld], 'V1')).toBe('partly')
    expect(levelOf([result('V1.a', 'passed'), result('V1.b', 'failed')], 'V1')).toBe('failed')
    expect(levelOf([result('V1.a', 'not-applicable')], 'V1')).toBe('not-applicable')
    expect(levelOf([], 'V1')).toBe('not-run')
    expect(levelOf([], 'O7')).toBe('later')
  })

  test('names fewer racers than usual', () => {
    const facts = { ...report([result('V1.a', 'passed')]) }
    expect(facts.racing).toEqual({ racers: 16, rounds: 20, asUsual: true })
    const slow = { ...tinyTarget(), racing: { racers: 4, rounds: 3 } }
    const canaries = { errors: 0, events: 0, lines: 0, found: [] }
    const made = makeReport(slow, {
      results: [],
      planned: 0,
      server: '',
      client: '',
      startedAt: 0,
      seed: 1,
      capabilities: null,
      canaries,
    })
    expect(made.racing).toEqual({ racers: 4, rounds: 3, asUsual: false })
    expect(reportTable(made)).toContain('4 racers, 3 rounds (fewer than the usual 16 and 20)')
  })

  test('as a table names what failed and what does not apply, with reasons, and the versions', () => {
    const text = reportTable(
      report([
        result('V1.a', 'passed'),
        result('V2.b', 'failed', 'lost a digit'),
        result('T7.c', 'not-applicable', 'has no join'),
      ]),
    )
    for (const part of [
      'tiny',
      's 1',
      'c 2',
      'V2.b: lost a digit',
      'T7.c: has no join',
      'FAILED: 1 passed, 1 failed, 1 not applicable',
      'seed 7',
      'later',
    ])
      expect(text).toContain(part)
  })
})

describe('the JSON of a report', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-report-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('fits its schema, whatever came out, also in a folder that was not there', async () => {
    const cases = [
      defineCase('V1.passes', 'passes', async () => undefined),
      defineCase('V2.fails', 'fails', () => Promise.reject(new Error('no'))),
      defineCase('V3.skips', 'skips', async () => undefined, { skip: () => 'no need' }),
    ]
    for (const chosen of [cases, cases.slice(0, 1), []]) {
      const file = join(folder, `deep-${chosen.length}`, 'report.json')
      await writeReport(await runConformance(tinyTarget(), { cases: chosen }), file)
      expect(misfits(JSON.parse(await readFile(file, 'utf8')), schema)).toEqual([])
    }
  })

  test('that does not fit is noticed', () => {
    const sound = JSON.parse(JSON.stringify(report([result('V1.a', 'passed')])))
    expect(misfits(sound, schema)).toEqual([])
    expect(misfits({ ...sound, status: 'fine' }, schema)).not.toEqual([])
    expect(misfits({ ...sound, extra: 1 }, schema)).not.toEqual([])
    expect(misfits({ ...sound, cases: [{ ...sound.cases[0], id: 'x' }] }, schema)).not.toEqual([])
    const { counts: _, ...without } = sound
    expect(misfits(without, schema)).not.toEqual([])
  })
})
