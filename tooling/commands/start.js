import { join } from 'node:path'
import { environment, manifestOf, node24, root, toolFile } from './places.js'
import { endWithChildren, run } from './processes.js'
import { setUp } from './set-up.js'
import { say, step } from './terminal.js'

const folder = join(root, 'apps', 'front-desk')
let open = false

/** Once it has begun, the front desk says good-bye itself. */
endWithChildren((name) => {
  if (open) return 0
  say('\nInterrupted.')
  return name === 'SIGINT' ? 130 : 143
})

try {
  await setUp()
  step('Build')
  const build = ['run', 'build', '--filter=front-desk...', '--ui=stream', '--output-logs=new-only']
  const { code } = await run(node24, [toolFile('turbo'), ...build], { env: environment(node24) })
  if (code !== 0) throw new Error('The build failed; its own words are above.')
  step('Front desk')
  const [program = '', ...args] = manifestOf(folder).scripts?.start?.split(' ') ?? []
  if (program !== 'node') throw new Error('apps/front-desk has no start script that begins with "node".')
  open = true
  process.exitCode = (await run(node24, args, { folder, env: environment(node24, folder) })).code
} catch (error) {
  say(`\n${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
