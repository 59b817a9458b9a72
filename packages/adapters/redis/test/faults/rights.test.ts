import { readdir } from 'node:fs/promises'
import type { Storage } from '@portolan/ports'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RedisClient, redisStorage } from '../../src/index.ts'
import { commandsWithKeys } from '../../src/scripts/rights.ts'
import type { Fragment, Script } from '../../src/scripts/script.ts'
import { openPlace, type Place } from '../place.ts'
import { entities } from '../race/entities.ts'
import {
  codeOf,
  everyCall,
  everything,
  expectDone,
  expectRefused,
  prepareCalls,
  reads,
  removals,
  writes,
} from './calls.ts'

let place: Place
let storage: Storage
const clients: { disconnect(): void }[] = []
beforeAll(async () => {
  place = await openPlace({ own: true })
}, 60_000)
beforeEach(async () => {
  await place.client.flushdb()
  storage = redisStorage(place.client as RedisClient, { entities })
  await prepareCalls(storage)
})
afterAll(async () => {
  for (const client of clients) client.disconnect()
  await place.close()
})

type Connect = (url: string) => { on(event: 'error', listener: () => void): unknown; disconnect(): void }

const retryStrategy = (): number => 20
const by6: Connect = (url) => new Redis(url, { retryStrategy })
const by5: Connect = (url) => new Redis5(url, { retryStrategy })

function openAs(username: string, password: string, connect: Connect = by6): Storage {
  const url = new URL(place.url)
  Object.assign(url, { username, password })
  const client = connect(url.href)
  client.on('error', () => undefined)
  clients.push(client)
  return redisStorage(client as unknown as RedisClient, { entities })
}

async function userWith(...rules: string[]): Promise<Storage> {
  const name = `user-${clients.length}`
  await place.client.call('ACL', 'SETUSER', name, 'on', '>word', ...rules)
  return openAs(name, 'word')
}

test.each([
  ['ioredis 6', by6],
  ['ioredis 5.4', by5],
])('%s: who is not let in is told so at once, however long the client goes on trying', async (_, connect) => {
  const began = performance.now()
  const admin = place.client
  await expectRefused(openAs('', 'wrong', connect), everyCall, {
    code: 'access-denied',
    words: /user name or password|asks for a password/,
    admin,
  })
  await expectRefused(openAs('', '', connect), reads, { code: 'access-denied', words: /asks for a password/, admin })
  await expectRefused(openAs('nobody', 'x', connect), writes, {
    code: 'access-denied',
    words: /user name or password|asks for a password/,
    admin,
  })
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('a user of other keys, or without scripts, is refused', async () => {
  const refusal = { code: 'access-denied', words: /the Redis user may not/, admin: place.client }
  await expectRefused(await userWith('~other:*', '+@all'), everyCall, refusal)
  await expectRefused(await userWith('~*', '+@all', '-evalsha'), { ...writes, ...removals }, refusal)
})

test('a user who may only read reads, and is refused every write', async () => {
  const reader = await userWith('~*', '+@read', '+@connection', '+evalsha', '+eval', '+info', '+time')
  await expectDone(reader, reads)
  const refusal = {
    code: 'access-denied',
    words: /may not run .*HSET.* so nothing is written|the Redis user may not do this/,
    admin: place.client,
  }
  await expectRefused(reader, { ...writes, ...removals }, refusal)
  expect((await reader.schema.verify()).map(({ name }) => name)).toContain('rights')
})

test('a user who lacks one command of those that scripts call leaves nothing half-written, and may write once he has it', async () => {
  const answers: Record<string, string> = {}
  for (const command of [...commandsWithKeys, 'TIME']) {
    const limited = await userWith('~*', '+@all', `-${command.toLowerCase()}`)
    for (const [name, call] of Object.entries({ ...writes, ...removals })) {
      const before = await everything(place.client)
      const code = await codeOf(call(limited))
      if (code !== 'access-denied') answers[`${command}: ${name}`] = code
      expect(await everything(place.client), `${command}: ${name}`).toEqual(before)
    }
    await place.client.call('ACL', 'SETUSER', `user-${clients.length - 1}`, '+@all')
    await expectDone(limited, { 'key-value set': writes['key-value set'] as (typeof writes)[string] })
  }
  expect(answers).toEqual({})
})

test('the commands that are looked at are those that scripts call', async () => {
  const folder = new URL('../../src/scripts/', import.meta.url)
  const modules = await Promise.all(
    (await readdir(folder)).map(
      (file) => import(new URL(file, folder).href) as Promise<Record<string, Partial<Fragment & Script>>>,
    ),
  )
  const sources = modules.flatMap((module) => Object.values(module)).map(({ lua, source }) => lua ?? source ?? '')
  const called = sources.flatMap((source) => [...source.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name]) => name))
  expect([...new Set(called)].sort()).toEqual([...commandsWithKeys, 'INFO', 'TIME'].sort())
})
