import { compareText } from '@portolan/adapter-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { component, components } from '../../src/encoding/members.ts'
import { decodeTexts, encodeMessage, type Message } from '../../src/encoding/message.ts'
import { decodeValue, encodeValue, type StoredText } from '../../src/encoding/values.ts'
import { clock } from '../../src/scripts/clock.ts'
import { members } from '../../src/scripts/members.ts'
import { numbers } from '../../src/scripts/numbers.ts'
import { once } from '../../src/scripts/once.ts'
import { text } from '../../src/scripts/text.ts'
import { openPlace, type Place, textOf } from '../place.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

const header = [false, false] as const
const samples = <T>(arbitrary: fc.Arbitrary<T>, count = 300): T[] => fc.sample(arbitrary, count)
const anyText = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\u0000'))
const bytes = (reply: unknown): Buffer[] => reply as Buffer[]

test('a call and a packed row come through Lua unchanged', async () => {
  const texts = samples(fc.option(anyText)).map((value) => value ?? false)
  const reply = await place.lua([], 'return cmsgpack.pack(call[3])', [header, [], texts])
  expect(decodeTexts(reply as Buffer)).toEqual(texts.map((value) => (value === false ? null : value)))
  const whole = samples(fc.maxSafeInteger())
  const said = await place.lua(
    [],
    "local s = {} for i, n in ipairs(call[3]) do s[i] = string.format('%.0f', n) end return s",
    [header, [], whole],
  )
  expect(bytes(said).map(Number)).toEqual(whole.map((value) => value + 0))
  expect(encodeMessage([new Uint8Array([1, 2])])).toHaveLength(8)
})

test('less compares by code point, fold folds A to Z alone', async () => {
  const texts = [...samples(anyText), 'a', 'ab', 'B', 'Ä', '\ufffd', '\u{1f600}', '']
  const pairs = texts.map((left, index): Message => [left, texts[(index * 7 + 1) % texts.length] ?? ''])
  const reply = await place.lua(
    [text],
    'local s = {} for i, p in ipairs(call[3]) do s[i] = less(p[1], p[2]) and 1 or 0 end return s',
    [header, [], pairs],
  )
  expect(reply).toEqual(pairs.map((pair) => (compareText(...(pair as [string, string])) < 0 ? 1 : 0)))
  expect(textOf(await place.lua([text], 'return fold(call[3])', [header, [], 'AZaz[`ÄK\u212a']))).toBe('azaz[`Äk\u212a')
})

test('integers are added exactly, and told where they leave their range', async () => {
  const largest = Number.MAX_SAFE_INTEGER
  const cases = [
    [0, 1],
    [-1, 1],
    [largest - 1, 1],
    [-largest, largest],
    [largest, 1],
    [-largest, -1],
    [-5, -7],
    [123_456_789_012_345, 1],
  ] as const
  const reply = await place.lua(
    [numbers],
    "local s = {} for i, c in ipairs(call[3]) do s[i] = added(c[1], c[2]) or 'out' end return s",
    [header, [], cases.map(([value, by]) => [encodeValue('integer', value), by])],
  )
  expect(bytes(reply).map((one) => decodeValue('integer', String(one)))).toEqual(
    cases.map(([value, by]) => (Number.isSafeInteger(value + by) ? value + by : 'out')),
  )
})

test('floats are added as JavaScript adds them', async () => {
  const amount = fc.double({ noNaN: true, noDefaultInfinity: true })
  const cases = [...samples(fc.tuple(amount, fc.integer())), [0.1, 2], [1e308, 1], [-0.5, 0], [-1, 1]] as [
    number,
    number,
  ][]
  const reply = await place.lua(
    [numbers],
    "local s = {} for i, c in ipairs(call[3]) do s[i] = added(c[1], c[2], true) or 'out' end return s",
    [header, [], cases.map(([value, by]) => [encodeValue('float', value + 0), by])],
  )
  expect(bytes(reply).map((one) => decodeValue('float', String(one)))).toEqual(
    cases.map(([value, by]) => value + by + 0),
  )
  const beyond = await place.lua([numbers], 'return added(call[3], 1.7e308, true) == false and 1 or 0', [
    header,
    [],
    encodeValue('float', 1.7e308),
  ])
  expect(beyond).toBe(1)
  for (const foreign of ['', '7', 'x'.repeat(16), 'x'.repeat(17)])
    expect(
      await place.lua([numbers], 'return added(call[3], 1) == nil and added(call[3], 1, true) == nil and 1 or 0', [
        header,
        [],
        foreign,
      ]),
    ).toBe(1)
})

test('instants are those of JavaScript, of the given clock or the server', async () => {
  const day = 86_400_000
  const moments = [
    ...samples(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
    0,
    -1,
    Date.parse('2000-02-29T23:59:59.999Z'),
    Date.parse('1900-03-01T00:00:00.000Z'),
  ]
  for (const moment of moments.slice(-24)) {
    const reply = await place.lua([clock], 'return { instant(0), instant(call[3]) }', [[moment, false], [], day])
    const later = Math.min(moment + day, 253_402_300_799_999)
    expect(bytes(reply).map(String)).toEqual([new Date(moment).toISOString(), new Date(later).toISOString()])
  }
  const own = Date.parse(textOf(await place.lua([clock], 'return instant(0)')))
  expect(Math.abs(own - Date.now())).toBeLessThan(60_000)
})

test('members are made and taken apart as on this side', async () => {
  const lists = samples(
    fc.tuple(
      fc.option(anyText),
      fc.option(anyText),
      fc.string({ unit: 'binary', minLength: 1 }).filter((id) => !id.includes('\u0000')),
    ),
    200,
  )
  const rows = lists.map(([a, b, id]): StoredText[] => [a ?? false, b ?? false, id])
  const body =
    "local s = {} for i, row in ipairs(call[3]) do local m = joined(row, {1, 2}, '') .. component(row[3]) s[i] = { m, idOf(m) } end return s"
  const reply = (await place.lua([members], body, [header, [], rows])) as unknown as Buffer[][]
  expect(reply.map((pair) => pair.map(String))).toEqual(
    rows.map(([a, b, id]) => [components([a ?? false, b ?? false, id ?? false]), id]),
  )
  const bounds = await place.lua([members], 'return { lower({ call[3], 0, 1 }), upper({ call[3], false, 0 }) }', [
    [0, false],
    [],
    component('x'),
  ])
  expect(bytes(bounds).map((one) => one.toString('latin1'))).toEqual([
    `[\u0002x\u00001970-01-01T00:00:00.000Z\u0000\u00ff`,
    '(\u0002x\u0000',
  ])
})

test('an operation that comes again is answered as before, and one that comes too late is refused', async () => {
  const body =
    "local known = answered() if known then return known end return remember({ 'ok', tostring(redis.call('INCR', KEYS[1])) })"
  const keys = ['{t}:count', '{t}:w:1']
  for (let turn = 0; turn < 3; turn++)
    expect(bytes(await place.lua([once], body, [header, []], keys)).map(String)).toEqual(['ok', '1'])
  expect(bytes(await place.lua([once], body, [header, []], ['{t}:count', '{t}:w:2'])).map(String)).toEqual(['ok', '2'])
  expect(
    (await place.lua([once], body, [[false, Date.now() - 60_000], []], ['{t}:count', '{t}:w:3'])) as unknown[],
  ).toEqual([Buffer.from('late'), expect.any(Number)])
  expect(await place.client.get('{t}:count')).toBe('2')
})
