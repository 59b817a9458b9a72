import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { send, until } from './client.ts'
import { at } from './moment.ts'

interface Child {
  readonly process: ChildProcess
  output(): string
  errors(): string
  ended(): Promise<{ code: number | null; signal: string | null }>
}

/** Windows has no signals to send: there, a child is ended with no word. */
const signals = test.skipIf(process.platform === 'win32')

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'front-desk-process-'))
  folders.push(folder)
  return folder
}

function start(folder: string, port: number | string = 0, more: NodeJS.ProcessEnv = {}): Child {
  const { DATABASE_URL, PORTOLAN_POSTGRES_URL, PORTOLAN_REDIS_URL, REDIS_URL, ...inherited } = process.env
  const env = { ...inherited, PORT: String(port), FRONT_DESK_DATA: folder, ...more }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const closed = once(child, 'close')
  return {
    process: child,
    output: () => output,
    errors: () => errors,
    ended: async () => {
      const [code, signal] = await closed
      return { code, signal }
    },
  }
}

async function opened(child: Child): Promise<string> {
  const pattern = /^Front desk is open at (http:\/\/127\.0\.0\.1:\d+)$/m
  await until(() => pattern.test(child.output()) || child.process.exitCode !== null, 'the address')
  const address = pattern.exec(child.output())?.[1]
  if (!address) throw new Error(`It did not open: ${child.output()}${child.errors()}`)
  return address
}

signals.each(['SIGINT', 'SIGTERM'] as const)('%s closes everything and ends with code 0', async (signal) => {
  const child = start(temporaryFolder())
  const address = await opened(child)
  expect((await fetch(address)).status).toBe(200)
  child.process.kill(signal)
  expect(await child.ended()).toEqual({ code: 0, signal: null })
  expect(child.output()).toMatch(/Front desk is closed\.\n$/)
  expect(child.errors()).toBe('')
  await expect(fetch(address)).rejects.toThrow()
})

signals('a second SIGINT changes nothing', async () => {
  const child = start(temporaryFolder())
  await opened(child)
  child.process.kill('SIGINT')
  child.process.kill('SIGINT')
  expect(await child.ended()).toEqual({ code: 0, signal: null })
})

signals(
  'requests at hand when SIGINT comes are answered, and what was answered is there after the next start',
  async () => {
    const folder = temporaryFolder()
    const first = start(folder)
    const address = await opened(first)
    const { items: rooms } = (await send(`${address}/sqlite/rooms`)).body
    const roomId: string = rooms[0].id
    const book = (hour: number) =>
      send(`${address}/sqlite/bookings`, {
        method: 'POST',
        headers: { 'Idempotency-Key': `hour-${hour}` },
        body: { roomId, guest: 'Ada', startsAt: at(hour), endsAt: at(hour + 1) },
      })
    await book(0)
    const pending = Array.from({ length: 12 }, (_, n) => book(n + 1).catch(() => null))
    first.process.kill('SIGINT')
    const answered = (await Promise.all(pending)).filter((reply) => reply !== null)
    expect(await first.ended()).toEqual({ code: 0, signal: null })
    for (const reply of answered) expect(reply.status).toBe(201)

    const second = start(folder)
    const next = await opened(second)
    const again = (await send(`${next}/sqlite/rooms`)).body.items
    expect(again).toEqual(rooms)
    const { items } = (await send(`${next}/sqlite/bookings?roomId=${roomId}&limit=100`)).body
    const ids = items.map(({ id }: { id: string }) => id)
    for (const reply of answered) expect(ids).toContain(reply.body.id)
    second.process.kill('SIGINT')
    expect((await second.ended()).code).toBe(0)
  },
)

signals('kill -9 loses no booking that was answered', async () => {
  const folder = temporaryFolder()
  const first = start(folder)
  const address = await opened(first)
  const roomId: string = (await send(`${address}/sqlite/rooms`)).body.items[0].id
  const created = await send(`${address}/sqlite/bookings`, {
    method: 'POST',
    headers: { 'Idempotency-Key': 'before-the-crash' },
    body: { roomId, guest: 'Ada', startsAt: at(9), endsAt: at(10) },
  })
  expect(created.status).toBe(201)
  first.process.kill('SIGKILL')
  await first.ended()
  const second = start(folder)
  const next = await opened(second)
  expect((await send(`${next}/sqlite/bookings/${created.body.id}`)).body).toEqual(created.body)
  second.process.kill('SIGINT')
  expect((await second.ended()).code).toBe(0)
})

signals('a taken port: the next free one, and a sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const child = start(temporaryFolder(), port)
  const address = await opened(child)
  expect(Number(new URL(address).port)).toBeGreaterThan(port)
  expect(child.output()).toMatch(new RegExp(`^Port ${port} is taken, so it is ${new URL(address).port}\\.$`, 'm'))
  child.process.kill('SIGINT')
  expect((await child.ended()).code).toBe(0)
  other.close()
})

test.each(['http', '-1', '65536', '1.5'])('PORT=%s ends with a sentence', async (port) => {
  const child = start(temporaryFolder(), port)
  expect((await child.ended()).code).toBe(1)
  expect(child.errors()).toBe('The front desk cannot open: PORT must be a whole number from 0 to 65535.\n')
})

test('a Postgres that does not answer ends with a sentence that says where, and not as whom', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  other.close()
  const child = start(temporaryFolder(), 0, { PORTOLAN_POSTGRES_URL: `postgres://ada:lovelace@127.0.0.1:${port}/desk` })
  expect((await child.ended()).code).toBe(1)
  expect(child.errors()).toMatch(/^The front desk cannot open: Postgres at 127\.0\.0\.1:\d+\/desk: .*\w\n$/)
  expect(child.output() + child.errors()).not.toMatch(/ada|lovelace/)
})

test('a Redis that does not answer ends with a sentence that says where, and not as whom', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  other.close()
  const child = start(temporaryFolder(), 0, { REDIS_URL: `redis://ada:lovelace@127.0.0.1:${port}/3` })
  expect((await child.ended()).code).toBe(1)
  expect(child.errors()).toMatch(/^The front desk cannot open: Redis at 127\.0\.0\.1:\d+\/3: .*\w\n$/)
  expect(child.output() + child.errors()).not.toMatch(/ada|lovelace/)
})

signals('a DATABASE_URL of another kind of database is not for the front desk', async () => {
  const child = start(temporaryFolder(), 0, { DATABASE_URL: 'mysql://127.0.0.1:1/other' })
  await opened(child)
  expect(child.output()).not.toContain('postgres')
  child.process.kill('SIGINT')
  expect((await child.ended()).code).toBe(0)
})

test.each([
  [
    'no database',
    (file: string) => writeFileSync(file, 'A letter, longer than the header of a database file. '.repeat(100)),
  ],
  ['a folder', (file: string) => mkdirSync(file)],
])('a file that is %s ends with a sentence that says which', async (_, spoil) => {
  const folder = temporaryFolder()
  const file = join(folder, 'front-desk.sqlite')
  spoil(file)
  const child = start(folder)
  expect((await child.ended()).code).toBe(1)
  expect(child.errors()).toMatch(/^The front desk cannot open: .*\w\n$/)
  expect(child.errors()).toContain(file)
})
