import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { isFound, sqlite } from '../src/index.ts'

test('gives fresh files that two connections open, and leaves nothing behind', async () => {
  const server = await sqlite()
  if (!isFound(server)) throw new Error(server.missing)
  expect(server.version).toMatch(/^SQLite 3\.\d+/)
  const [one, two] = [await server.createPlace(), await server.createPlace()]
  expect(one).not.toBe(two)
  const writer = new Database(one)
  writer.exec('pragma journal_mode = wal; create table t (x); insert into t values (1)')
  const reader = new Database(one)
  expect(reader.prepare('select count(*) from t').pluck().get()).toBe(1)
  reader.close()
  writer.close()
  await server.removePlace(one)
  expect(existsSync(one)).toBe(false)
  await server.stop()
  expect(existsSync(dirname(two))).toBe(false)
})

test('a process that ends without stopping it leaves nothing behind', () => {
  const module = new URL('../src/index.ts', import.meta.url).href
  const program = `
    import { writeFileSync } from 'node:fs'
    import { sqlite } from ${JSON.stringify(module)}
    const place = await (await sqlite()).createPlace()
    writeFileSync(place, '')
    console.log(place)
    process.exit(1)`
  let place = ''
  try {
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    place = String((error as { stdout: string }).stdout).trim()
  }
  expect(place).toMatch(/\.sqlite$/)
  expect(existsSync(dirname(place))).toBe(false)
})
