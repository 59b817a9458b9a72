import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { isFound, mariadb, postgres15, postgres18, redis } from '../src/index.ts'
import { search } from '../src/search.ts'
import { shareServers } from '../src/share.ts'

const unusable = 'redis://:marked-secret@127.0.0.1:1'

test('the ways are gone in their order, up to the first that arrives', async () => {
  const gone: string[] = []
  const way = (name: string, result: () => string | { name: string }) => ({
    name,
    go: async () => {
      gone.push(name)
      return result()
    },
  })
  const fails = () => {
    throw new Error('broke')
  }
  const ways = [way('one', () => 'is not there'), way('two', fails), way('three', () => ({ name: 'here' }))]
  expect(await search('Thing', [...ways, way('four', () => 'never asked')])).toEqual({ name: 'here' })
  expect(gone).toEqual(['one', 'two', 'three'])
  expect(await search('Thing', ways.slice(0, 2))).toEqual({
    missing: 'Thing could not be had (one: is not there; two: broke)',
  })
})

test('a URL in the environment is final: nothing is started beside it, and its password is not told', async () => {
  vi.stubEnv('PORTOLAN_REDIS_URL', unusable)
  const found = await redis()
  expect(found).toEqual({
    missing: expect.stringMatching(/^Redis could not be had \(PORTOLAN_REDIS_URL: .*ECONNREFUSED/),
  })
  expect(JSON.stringify(found)).not.toContain('marked-secret')
})

test('a server of another version is refused', async () => {
  const shared = await postgres18()
  if (!isFound(shared)) throw new Error(shared.missing)
  vi.stubEnv('PORTOLAN_POSTGRES_15_URL', shared.adminUrl())
  expect(await postgres15()).toEqual({ missing: expect.stringContaining('PostgreSQL 18.') })
})

test('what a run has looked for in vain is not looked for again, and is forgotten at its end', async () => {
  vi.stubEnv('PORTOLAN_REDIS_URL', unusable)
  vi.stubEnv('PORTOLAN_SERVERS_NOT_FOUND', '')
  const tearDown = await shareServers('redis')()
  vi.stubEnv('PORTOLAN_REDIS_URL', '')
  expect(await redis()).toEqual({ missing: expect.stringContaining('ECONNREFUSED') })
  expect(await redis({ own: true })).toEqual({ missing: expect.stringContaining('ECONNREFUSED') })
  await tearDown()
  expect(process.env.PORTOLAN_SERVERS_NOT_FOUND).toBeUndefined()
})

test.for([
  { kind: 'that hangs', script: 'sleep 60' },
  { kind: 'without an engine', script: 'echo "Cannot connect to the Docker daemon" >&2; exit 1' },
])('a Docker client $kind is seen through within seconds, once', async ({ script }) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-docker-'))
  try {
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\necho asked >> ${join(folder, 'asked')}\n${script}\n`)
    chmodSync(join(folder, 'docker'), 0o755)
    const module = new URL('../src/docker.ts', import.meta.url).href
    const program = `
      const { hasDockerEngine } = await import(${JSON.stringify(module)})
      const startedAt = performance.now()
      const answers = [await hasDockerEngine(), await hasDockerEngine()]
      console.log(JSON.stringify({ answers, took: performance.now() - startedAt, left: process.env.PORTOLAN_DOCKER_ENGINE }))
      process.exit()`
    const { PORTOLAN_DOCKER_ENGINE: _, ...env } = process.env
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      env: { ...env, PATH: `${folder}${delimiter}${env.PATH}` },
    })
    const { answers, took, left } = JSON.parse(output)
    expect({ answers, left }).toEqual({ answers: [false, false], left: 'no' })
    expect(took).toBeLessThan(5_000)
    expect(execFileSync('cat', [join(folder, 'asked')], { encoding: 'utf8' })).toBe('asked\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('where nothing may be installed, the way to have it is told', async () => {
  vi.stubEnv('PORTOLAN_MARIADB_URL', '')
  vi.stubEnv('PORTOLAN_DOCKER_ENGINE', 'no')
  vi.stubEnv('PATH', '')
  vi.stubEnv('CI', '')
  const asRoot = process.getuid?.() === 0 ? vi.spyOn(process, 'getuid').mockReturnValue(1_000) : undefined
  const found = await mariadb().finally(() => asRoot?.mockRestore())
  if (isFound(found)) await found.stop()
  expect(found).toEqual({
    missing: expect.stringMatching(/Docker: no engine answers; .*(apt-get install mariadb|not a Debian)/),
  })
})
