import { isStorageError } from '@portolan/ports'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { classify } from '../../src/errors.ts'
import { openPlace, type Place } from '../place.ts'
import { keys, type Opened, openKeyValue, outside } from './engine.ts'

let place: Place
let opened: Opened
beforeEach(async () => {
  await place?.close()
  place = await openPlace()
  opened = openKeyValue(place.connection)
  await opened.apply()
})
afterAll(() => place.close())

const set = (key: string, value: string, more: object = {}, namespace = 'space') =>
  opened.keyValue.set({ namespace, key, value, ttlMs: null, condition: null, ...more }, outside())
const getMany = (wanted: readonly string[], namespace = 'space') =>
  opened.keyValue.getMany(namespace, wanted, outside())
const values = async (wanted: readonly string[], namespace = 'space') =>
  (await getMany(wanted, namespace)).map((item) => item?.value ?? null)
const remove = (key: string, revision: string | null = null) =>
  opened.keyValue.delete({ namespace: 'space', key, revision }, outside())
const page = (more: object = {}) =>
  opened.keyValue.keys({ namespace: 'space', prefix: '', after: null, limit: 3, ...more }, outside())
const time = async () => (await place.client.time()).map(Number)
const codeOf = async (running: Promise<unknown>) =>
  running.then(
    () => 'done',
    (error: unknown) => classify(error)?.code ?? (isStorageError(error) ? error.code : String(error)),
  )

test('what is set is read, and keys are aligned', async () => {
  const revision = await set('a', 'value é\u{1f9ed} \n')
  await set('b', '')
  expect(await getMany(['b', 'none', 'a', 'b'])).toEqual([
    { value: '', revision: expect.any(String), expiresAt: null },
    null,
    { value: 'value é\u{1f9ed} \n', revision, expiresAt: null },
    { value: '', revision: expect.any(String), expiresAt: null },
  ])
  expect(await values(['a'], 'other')).toEqual([null])
})

test('calls of one turn are one command, or two where they are many, and each gets its own answer', async () => {
  const commands: string[] = []
  const { run, read } = place.connection
  opened = openKeyValue({
    ...place.connection,
    run(script, ...rest) {
      commands.push(script.name)
      return run(script, ...rest)
    },
    read(command, ...rest) {
      commands.push(command)
      return read(command, ...rest)
    },
  })
  await set('first', 'x')
  await set('first', 'x', {}, 'other')
  commands.length = 0
  await Promise.all([set('few', 'x'), set('few', 'y'), getMany(['few'])])
  expect(commands.splice(0)).toEqual(['setEntries', 'mget'])
  const revisions = await Promise.all(Array.from({ length: 40 }, (_, index) => set(`key-${index}`, `${index}`)))
  expect(new Set(revisions).size).toBe(40)
  const found = await Promise.all(
    Array.from({ length: 40 }, (_, index) => getMany([`key-${index}`], index % 2 ? 'space' : 'other')),
  )
  expect(found.map(([item]) => item?.value ?? null)).toEqual(
    Array.from({ length: 40 }, (_, index) => (index % 2 ? `${index}` : null)),
  )
  expect(commands).toEqual(['setEntries', 'setEntries', 'mget', 'mget'])
})

test('conditions', async () => {
  const first = await set('a', '1', { condition: 'absent' })
  expect(await set('a', '2', { condition: 'absent' })).toBeNull()
  const second = await set('a', '2', { condition: { revision: first } })
  expect(second).not.toBe(first)
  for (const revision of [first, '', 'x y', `${second} `])
    expect(await set('a', '3', { condition: { revision } })).toBeNull()
  expect(await set('none', '3', { condition: { revision: second } })).toBeNull()
  expect(await remove('a', first)).toBe(false)
  expect(await remove('a', second)).toBe(true)
  expect(await remove('a')).toBe(false)
  expect(await values(['a', 'none'])).toEqual([null, null])
})

test('of sets that travel together under one condition one is done, whichever was first', async () => {
  const results = await Promise.all(
    Array.from({ length: 16 }, (_, index) => set('a', `${index}`, { condition: 'absent' })),
  )
  expect(results.filter((result) => result !== null)).toHaveLength(1)
  expect(await values(['a'])).toEqual(['0'])
})

test('deleteMany counts each entry once, also of very many keys', async () => {
  await Promise.all(['a', 'b', 'c'].map((key) => set(key, 'x')))
  const many = Array.from({ length: 6_000 }, (_, index) => `none-${index}`)
  expect(await opened.keyValue.deleteMany('space', ['a', 'a', ...many, 'c', 'd'], outside())).toBe(2)
  expect(await values(['a', 'b', 'c'])).toEqual([null, 'x', null])
})

test('pages of keys, by prefix, in order of code points', async () => {
  for (const key of ['b', 'a', '\u{1f9ed}', 'ab', '\ufffd', 'a\u00ff', 'aa']) await set(key, 'x')
  await set('a', 'x', {}, 'other')
  const first = await page()
  expect(first).toEqual({ keys: ['a', 'aa', 'ab'], next: 'ab' })
  const second = await page({ after: first.next })
  expect(second.keys).toEqual(['a\u00ff', 'b', '\ufffd'])
  expect(await page({ after: second.next })).toEqual({ keys: ['\u{1f9ed}'], next: null })
  expect(await page({ prefix: 'a', limit: 9 })).toEqual({ keys: ['a', 'aa', 'ab', 'a\u00ff'], next: null })
  expect(await page({ prefix: 'a\u00ff' })).toEqual({ keys: ['a\u00ff'], next: null })
})

test('an entry is there until its last millisecond, by the clock of the server', async () => {
  await set('stays', 'x', { ttlMs: 500 })
  await set('stays', 'y')
  await set('goes', 'x', { ttlMs: 500 })
  const [, item] = await getMany(['stays', 'goes'])
  const endsAt = Date.parse(item?.expiresAt ?? '')
  // Redis counts a key as expired only after its moment.
  expect(await place.client.pexpiretime(keys.entry('space', 'goes'))).toBe(endsAt - 1)
  let last = 0
  for (;;) {
    const [seconds = 0, microseconds = 0] = await time()
    const [there] = await values(['goes'])
    if (there === null) break
    last = seconds * 1_000 + Math.floor(microseconds / 1_000)
  }
  expect(last).toBeLessThanOrEqual(endsAt)
  const [seconds = 0] = await time()
  expect(seconds * 1_000 + 1_000).toBeGreaterThan(endsAt)
  expect((await page()).keys).toEqual(['stays'])
  expect(await values(['stays'])).toEqual(['y'])
  expect(await opened.keyValue.sweep(10, outside())).toBe(1)
  expect(await place.client.zrange(keys.entries('space'), '0', '-1')).toEqual(['stays'])
  expect(await place.client.exists(keys.expiries())).toBe(0)
})

test('with the option clock that clock alone decides', async () => {
  let now = 1_000_000
  opened = openKeyValue(place.connection, () => now)
  await set('a', 'x', { ttlMs: 1_000 })
  expect((await getMany(['a']))[0]?.expiresAt).toBe(new Date(1_001_000).toISOString())
  now += 999
  expect(await values(['a'])).toEqual(['x'])
  expect((await page()).keys).toEqual(['a'])
  now += 1
  expect(await values(['a'])).toEqual([null])
  expect((await page()).keys).toEqual([])
  expect(await remove('a')).toBe(false)
  expect(await set('a', 'heir', { condition: 'absent', ttlMs: 1_000 })).not.toBeNull()
  now += 1_000
  expect(await opened.keyValue.sweep(10, outside())).toBe(1)
  expect(await place.client.exists(keys.entry('space', 'a'))).toBe(0)
})

test('a clear is one script however many there are, touches its namespace alone, and is swept by later sets', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `key-${index}`)
  await Promise.all(many.map((key) => set(key, 'x', { ttlMs: key.endsWith('7') ? 60_000 : null })))
  await set('a', 'x', {}, 'spac')
  const [before] = await getMany(['key-1'])
  await opened.keyValue.clear('space', outside())
  expect(await values(many)).toEqual(many.map(() => null))
  expect(await values(['a'], 'spac')).toEqual(['x'])
  expect((await page()).keys).toEqual([])
  expect(await set('key-1', 'y', { condition: { revision: before?.revision } })).toBeNull()
  await set('key-7', 'new')
  await set('key-8', 'new', { ttlMs: 60_000 })
  expect(await place.client.exists(many.map((key) => keys.entry('space', key)))).toBeGreaterThan(150)
  for (let turn = 0; turn < 120; turn++) await set('other', `${turn}`)
  expect(await place.client.exists(many.map((key) => keys.entry('space', key)))).toBe(2)
  expect(await place.client.exists(keys.cleared())).toBe(0)
  expect(await place.client.keys(`${keys.tag}:t:*`)).toEqual([])
  expect(await place.client.zrange(keys.expiries(), '0', '-1')).toHaveLength(1)
  expect(await values(['key-7', 'key-8', 'key-1'])).toEqual(['new', 'new', null])
})

test('sets alone sweep what has ended, one by one and many at once', async () => {
  let now = Date.now()
  opened = openKeyValue(place.connection, () => now)
  const left = () => place.client.zcard(keys.expiries())
  for (let turn = 0; turn < 100; turn++) await set(`one-${turn}`, 'x', { ttlMs: 1_000 })
  await Promise.all(Array.from({ length: 300 }, (_, turn) => set(`many-${turn}`, 'x', { ttlMs: 1_000 })))
  expect(await left()).toBe(400)
  now += 1_000
  for (let turn = 0; turn < 100; turn++) await set(`later-${turn}`, 'x')
  const some = await left()
  expect(some).toBeLessThan(300)
  await Promise.all(Array.from({ length: 1_200 }, (_, turn) => set(`later-${turn}`, 'x')))
  expect(await left()).toBeLessThan(some)
  for (let turn = 0; turn < 120; turn++) await set('later', 'x')
  expect(await left()).toBe(0)
})

test('sweep removes up to its limit, in portions', async () => {
  let now = Date.now()
  opened = openKeyValue(place.connection, () => now)
  const many = Array.from({ length: 1_300 }, (_, index) => `key-${index}`)
  await Promise.all(many.map((key) => set(key, 'x', { ttlMs: 1_000 })))
  await Promise.all(many.map((key) => set(key, 'x', {}, 'cleared')))
  expect(await opened.keyValue.sweep(9_999, outside())).toBe(0)
  await opened.keyValue.clear('cleared', outside())
  await opened.keyValue.clear('never used', outside())
  now += 1_000
  expect(await opened.keyValue.sweep(700, outside())).toBe(700)
  expect(await opened.keyValue.sweep(9_999, outside())).toBe(1_900)
  expect(await opened.keyValue.sweep(9_999, outside())).toBe(0)
  const left = (await place.client.keys('*')).filter((key) => !key.startsWith(`${keys.tag}:w:`))
  expect(left.sort()).toEqual([
    keys.definition('portolan_key_value_entry'),
    keys.namespace('cleared'),
    keys.namespace('space'),
  ])
})

test('after FLUSHALL nothing is taken for an empty store, and no revision comes again', async () => {
  const revision = await set('a', 'x')
  await place.client.flushdb()
  expect(await codeOf(getMany(['a']))).toBe('schema-mismatch')
  expect(await codeOf(set('a', 'y'))).toBe('schema-mismatch')
  expect(await codeOf(remove('a'))).toBe('schema-mismatch')
  expect(await codeOf(page())).toBe('schema-mismatch')
  expect(await codeOf(opened.keyValue.clear('space', outside()))).toBe('schema-mismatch')
  await opened.apply()
  expect(await values(['a'])).toEqual([null])
  const again = await set('a', 'x')
  expect(again).not.toBe(revision)
  expect(await set('a', 'z', { condition: { revision } })).toBeNull()
})

test('keys that hold something else are told before anything is written, or count as nothing', async () => {
  await place.client.lpush(keys.entry('space', 'list'), 'x')
  await place.client.set(keys.entry('space', 'foreign'), 'x')
  expect(await values(['list', 'foreign'])).toEqual([null, null])
  expect(await set('list', 'x', { condition: 'absent' })).not.toBeNull()
  expect(await values(['list'])).toEqual(['x'])
  await set('a', 'x')
  const operations = await place.client.keys(keys.operation('*'))
  for (const key of [keys.entries('space'), keys.expiries(), keys.namespace('space'), keys.cleared()]) {
    const kept = await place.client.exists(key).then((there) => (there ? place.client.rename(key, 'aside') : null))
    await place.client.lpush(key, 'x')
    // A set whatever is there has nothing to do with what was cleared.
    if (key !== keys.cleared())
      for (const ttlMs of [null, 60_000]) expect(await codeOf(set('a', 'y', { ttlMs })), key).toBe('schema-mismatch')
    expect(await codeOf(set('b', 'y', { condition: 'absent' })), key).toBe('schema-mismatch')
    await place.client.del(key)
    if (kept) await place.client.rename('aside', key)
  }
  // What was refused is remembered as done by nobody.
  expect((await place.client.keys(keys.operation('*'))).sort()).toEqual(operations.sort())
  expect(await values(['a'])).toEqual(['x'])
})
