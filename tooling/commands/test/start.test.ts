import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const command = fileURLToPath(new URL('../start.js', import.meta.url))

/** Windows has no signals to send: there, a child is ended with no word. */
const signals = test.skipIf(process.platform === 'win32')

signals(
  'npm start opens on what is embedded, and says good-bye once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portolan-start-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { DATABASE_URL, PORTOLAN_POSTGRES_URL, ...env } = process.env
    const start = spawn(process.execPath, [command], {
      env: { ...env, PORT: '0', FRONT_DESK_DATA: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void start.kill('SIGKILL'))
    let output = ''
    const opened = new Promise<string>((resolve, reject) => {
      start.stdout.on('data', (chunk) => {
        output += chunk
        const address = /^Front desk is open at (\S+)$/m.exec(output)?.[1]
        if (address) resolve(address)
      })
      start.once('exit', () => reject(new Error(`It ended before it opened: ${output}`)))
    })
    const page = await fetch(await opened)
    expect(await page.text()).toContain('<h1>Front desk</h1>')
    const ended = once(start, 'close')
    start.kill('SIGTERM')
    await ended
    expect(output.match(/is closed|Interrupted/g)).toEqual(['is closed'])
  },
  120_000,
)
