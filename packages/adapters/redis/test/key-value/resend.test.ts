import { type FaultProxy, startProxy } from '@portolan/conformance'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connectionOn, type RedisClient } from '../../src/client.ts'
import { openPlace, type Place } from '../place.ts'
import { keys, type Opened, openKeyValue, outside } from './engine.ts'

let place: Place
let proxy: FaultProxy
let client: Redis
/** Behind the proxy. */
let far: Opened
let near: Opened
beforeAll(async () => {
  place = await openPlace()
  const { hostname, port } = new URL(place.url)
  proxy = await startProxy({ host: hostname, port: Number(port) })
  const url = new URL(place.url)
  url.hostname = proxy.host
  url.port = String(proxy.port)
  client = new Redis(url.href, { retryStrategy: () => 50 })
  client.on('error', () => undefined)
  near = openKeyValue(place.connection)
  far = openKeyValue(connectionOn(client as RedisClient))
})
beforeEach(async () => {
  await proxy.restore()
  await place.client.flushdb()
  await near.apply()
  await far.apply()
  await far.keyValue.getMany('space', ['key'], outside())
})
afterAll(async () => {
  client.disconnect()
  await proxy.close()
  await place.close()
})

const set = ({ keyValue }: Opened, value: string, more: object = {}) =>
  keyValue.set({ namespace: 'space', key: 'key', value, ttlMs: null, condition: null, ...more }, outside())
const remove = ({ keyValue }: Opened) => keyValue.delete({ namespace: 'space', key: 'key', revision: null }, outside())
const read = async () => (await near.keyValue.getMany('space', ['key'], outside()))[0] ?? null
const operations = async () => (await place.client.keys(keys.operation('*'))).length

/** Resolves when the server has carried out one operation more, whose answer nobody has got. */
async function carriedOut(before: number): Promise<void> {
  while ((await operations()) === before) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Cuts the answer of this write; `meanwhile` runs before ioredis is connected again and sends it a second time. */
async function sentTwice<R>(write: () => Promise<R>, meanwhile: () => Promise<unknown>): Promise<R> {
  const before = await operations()
  const armed = proxy.failAt(1, 'cut-answer')
  const made = proxy.connections()
  const running = write()
  await carriedOut(before)
  expect(armed.fired).toBe(true)
  await meanwhile()
  expect(proxy.connections()).toBe(made)
  const answer = await running
  expect(proxy.connections()).toBe(made + 1)
  return answer
}

/** The script is known to the server, so that the lost answer is that of the write and of nothing before it. */
async function knownScripts(): Promise<void> {
  await set(near, 'known')
  await remove(near)
}

describe('a write whose answer is lost is sent again by ioredis, and changes nothing then', () => {
  beforeEach(knownScripts)

  test("a set doesn't undo a later one of another client", async () => {
    let later: string | null = null
    const revision = await sentTwice(
      () => set(far, 'first'),
      async () => {
        expect((await read())?.value).toBe('first')
        later = await set(near, 'second')
      },
    )
    expect(revision).not.toBeNull()
    expect(revision).not.toBe(later)
    expect(await read()).toEqual({ value: 'second', revision: later, expiresAt: null })
  })

  test('a set of an absent key has won, and tells its own revision', async () => {
    let revision: string | undefined
    const answer = await sentTwice(
      () => set(far, 'x', { condition: 'absent', ttlMs: 60_000 }),
      async () => {
        revision = (await read())?.revision
      },
    )
    expect(answer).toBe(revision)
  })

  test('a delete has removed the entry, and not the one that came after it', async () => {
    await set(near, 'x')
    expect(
      await sentTwice(
        () => remove(far),
        () => set(near, 'y'),
      ),
    ).toBe(true)
    expect((await read())?.value).toBe('y')
  })

  test('a clear leaves alone what was set after it', async () => {
    await set(near, 'x')
    await sentTwice(
      () => far.keyValue.clear('space', outside()),
      () => set(near, 'y'),
    )
    expect((await read())?.value).toBe('y')
    const page = { namespace: 'space', prefix: '', after: null, limit: 9 }
    expect((await near.keyValue.keys(page, outside())).keys).toEqual(['key'])
  })

  test('of many that travelled together each gets its own answer', async () => {
    const answers = await sentTwice(
      () => Promise.all(['a', 'b'].map((value) => set(far, value, { condition: 'absent' })).concat(set(far, 'c'))),
      async () => expect((await read())?.value).toBe('c'),
    )
    expect(answers.map((each) => each !== null)).toEqual([true, false, true])
    expect((await read())?.revision).toBe(answers[2])
  })
})
