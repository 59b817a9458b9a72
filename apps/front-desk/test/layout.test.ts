import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../src/', import.meta.url))

interface Import {
  readonly file: string
  readonly from: string
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8')
  return [...text.matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, given = '']) => ({
    file,
    from: given.startsWith('.') ? relative(source, join(source, dirname(file), given)) : given,
  }))
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = files.flatMap(importsOf)

test('only src/storages knows adapters and clients', () => {
  const adapters = imports.filter(({ from }) =>
    /^(@portolan\/(?!(ports|roomkit)$)|kysely|better-sqlite3|pg$|ioredis)/.test(from),
  )
  expect(adapters.map(({ file }) => dirname(file))).toEqual(adapters.map(() => 'storages'))
  expect(adapters.map(({ from }) => from)).toEqual(
    expect.arrayContaining(['@portolan/memory', '@portolan/kysely', '@portolan/redis']),
  )
})

test('the domain knows the ports, RoomKit on the ports, and itself', () => {
  const domain = imports.filter(({ file }) => file.startsWith('domain/'))
  expect(domain.length).toBeGreaterThan(10)
  expect(domain.filter(({ from }) => !/^(@portolan\/(ports|roomkit)$|domain\/)/.test(from))).toEqual([])
})

test('the relay loop knows the ports alone', () => {
  const relay = imports.filter(({ file }) => file === 'relay/relay.ts')
  expect(relay.map(({ from }) => from)).toContain('@portolan/ports')
  expect(relay.filter(({ from }) => from !== '@portolan/ports' && !from.startsWith('node:'))).toEqual([])
})
