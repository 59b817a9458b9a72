import { after, describe, test } from 'node:test'
import { notRunReport, reportTable, writeReport } from './report.ts'
import { reportPlace } from './report-place.ts'
import { createRun, type RunOptions } from './run.ts'
import type { Target } from './target.ts'

export interface BindingOptions extends RunOptions {
  /** The file for the JSON report. Default: reports/conformance/<target>.json. */
  readonly report?: string | undefined
}

/** Registers one test per case, and a last one for the report as a whole. Skips carry their reason. */
export function conformance(target: Target, options: BindingOptions = {}): void {
  const run = createRun(target, options)
  describe(`conformance of ${target.name}`, { concurrency: 1 }, () => {
    for (const one of run.cases)
      test(`${one.id}: ${one.title}`, async (context) => {
        const { status, reason } = await run.runCase(one)
        if (status === 'not-applicable') context.skip(reason ?? 'does not apply')
        if (status === 'failed') throw new Error(reason ?? 'failed')
      })
    test('the report: cases ran and passed, and no value was shown', () => {
      const { reason } = run.report()
      if (reason !== null) throw new Error(reason)
    })
    after(async () => {
      const report = run.report()
      await writeReport(report, options.report ?? reportPlace(target.name))
      console.log(reportTable(report))
    })
  })
}

/** Registers a skipped test in the place of a run whose server could not be had, and writes a report that says so. */
export function conformanceNotRun(name: string, reason: string, options: Pick<BindingOptions, 'report'> = {}): void {
  test(`conformance of ${name}: the report that nothing ran`, async (context) => {
    await writeReport(notRunReport(name, reason), options.report ?? reportPlace(name))
    context.skip(`NOT RUN: ${reason}`)
  })
}
