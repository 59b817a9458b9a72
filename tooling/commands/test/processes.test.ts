import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { run } from '../processes.js'

/** Windows has no signals to send: there, a child is ended with no word. */
const signals = test.skipIf(process.platform === 'win32')

const processesModule = new URL('../processes.js', import.meta.url).href

test('the exit code comes back', async () => {
  expect(await run(process.execPath, ['-e', 'process.exit(3)'])).toEqual({ code: 3, timedOut: false, output: '' })
})

test('output that is kept comes back, whole and from both of its streams', async () => {
  const program = 'console.log("a".repeat(300_000)); console.error("b"); process.exitCode = 2'
  const { code, output } = await run(process.execPath, ['-e', program], { keepOutput: true })
  expect(code).toBe(2)
  // The two come as they come, one in the middle of the other.
  expect([...output].sort().join('')).toBe(`\n\n${'a'.repeat(300_000)}b`)
})

signals('what runs too long is ended and says so', async () => {
  const result = await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 200 })
  expect(result).toEqual({ code: 143, timedOut: true, output: '' })
})

test('a program that does not exist is a sentence', async () => {
  await expect(run('no-such-program', [])).rejects.toThrow('no-such-program could not be started')
})

const grandchild = 'setInterval(() => {}, 1000); process.stdout.write("ready")'
const child = `
  require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' })
  setInterval(() => {}, 1000)
`

signals.each(['SIGINT', 'SIGTERM'] as const)('%s ends the child and what the child had started', async (name) => {
  const parent = `
    import { endWithChildren, run } from ${JSON.stringify(processesModule)}
    endWithChildren(() => 7)
    await run(process.execPath, ['-e', ${JSON.stringify(child)}])
  `
  const command = spawn(process.execPath, ['--input-type=module', '-e', parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(command.stdout, 'data')
  const exit = once(command, 'exit')
  // The stream closes when the last process that holds it has gone.
  const lastOneGone = once(command.stdout, 'close')
  command.kill(name)
  expect(await exit).toEqual([7, null])
  await lastOneGone
})
