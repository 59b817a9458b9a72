import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NotFound } from '../src/test-server.ts'
import type { Kind } from '../src/variables.ts'

/**
 * A row for the table of the run, in the place and the form of the conformance reports: NOT RUN, and why. A server that was had
 * writes none, because what it answered is in the suites, and the page of proven versions is about conformance alone.
 */
export async function reportNotRun(kind: Kind, { missing }: NotFound): Promise<void> {
  const file = rowOf(kind)
  const row = { target: `test server ${kind}`, server: '', client: '', status: 'not-run', counts: {}, durationMs: 0 }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify({ ...row, reason: missing }, null, 2)}\n`)
}

export async function forgetNotRun(kind: Kind): Promise<void> {
  if (existsSync(rowOf(kind))) await rm(rowOf(kind), { force: true })
}

function rowOf(kind: Kind): string {
  const reports = fileURLToPath(new URL('../../../reports/conformance', import.meta.url))
  return join(process.env.PORTOLAN_REPORTS ?? reports, `test-server-${kind}.json`)
}
