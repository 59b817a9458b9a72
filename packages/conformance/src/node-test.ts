import { after, describe, test } from 'node:test'
import { reportTable, writeReport } from './report.ts'
import { reportPlace } from './report-place.ts'
import { createRun, type RunOptions } from './run.ts'
import type { Target } from './target.ts'

export interface BindingOptions extends RunOptions {
  /** The file for the JSON report. Default: reports/conformance/<target>.json. */
  readonly report?: string | undefined
}

/** Registers one test per case, and fails the suite when the report as a whole fails. Skips carry their reason. */
export function conformance(target: Target, options: BindingOptions = {}): void {
  const run = createRun(target, options)
  describe(`conformance of ${target.name}`, { concurrency: 1 }, () => {
    for (const one of run.cases)
      test(`${one.id}: ${one.title}`, async (context) => {
        const { status, reason } = await run.runCase(one)
        if (status === 'not-applicable') context.skip(reason ?? 'does not apply')
        if (status === 'failed') throw new Error(reason ?? 'failed')
      })
    after(async () => {
      const report = run.report()
      await writeReport(report, options.report ?? reportPlace(target.name))
      console.log(reportTable(report))
      if (report.status === 'failed' && report.counts.failed === 0)
        throw new Error(report.reason ?? 'the report failed')
    })
  })
}
