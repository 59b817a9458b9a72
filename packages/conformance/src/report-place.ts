import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Where bindings write a target's report: below `PORTOLAN_REPORTS` where that is set, else in reports/conformance at the root
 * of the workspace that the working folder belongs to, or in the working folder itself.
 */
export function reportPlace(target: string): string {
  const named = process.env.PORTOLAN_REPORTS
  return join(named ?? join(workspaceRoot(process.cwd()), 'reports', 'conformance'), `${target}.json`)
}

function workspaceRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
    if (dirname(folder) === folder) return from
  }
}
