import { existsSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { node22Version, node24Version, provenPage, reportsFolder, root } from './places.js'
import { pageOf, provenTable } from './proven-page.js'
import { expectedOnNode22, expectedTargets, readServerRows } from './server-report.js'
import { say } from './terminal.js'

/** Writes docs/proven-versions.md from the reports that the last `npm test` left, or those of the folder that is named. */
function write() {
  const reports = process.argv[2] ?? reportsFolder
  const again = join(reports, 'node-22')
  if (!existsSync(again)) {
    throw new Error('Nothing was tested on Node 22: run PORTOLAN_NODE_22=1 npm test first, then this again.')
  }
  const tables = [tableOf(node24Version(), reports, expectedTargets), tableOf(node22Version(), again, expectedOnNode22)]
  writeFileSync(provenPage, pageOf(tables))
  for (const { node, rows } of tables) say(`Node ${node}: ${rows.map(({ target }) => target).join(', ')}`)
  say(`Written: ${relative(root, provenPage)}`)
}

/** @param {string} node @param {string} folder @param {readonly string[]} expected */
function tableOf(node, folder, expected) {
  const rows = readServerRows(folder, 0, expected)
  const failed = rows.filter(({ status }) => status === 'failed')
  if (failed.length > 0) {
    const list = failed.map(({ target, reason }) => (reason ? `${target} (${reason})` : target))
    throw new Error(`The page is not written: on Node ${node} conformance failed for ${list.join(', ')}.`)
  }
  for (const { target, status, reason } of rows) {
    if (status === 'not-run') say(`Left out, NOT RUN on Node ${node}: ${target}${reason ? `, ${reason}` : ''}`)
  }
  return provenTable(node, rows)
}

try {
  write()
} catch (error) {
  say(error instanceof Error ? error.message : `${error}`)
  process.exitCode = 1
}
