import { storedEntity } from '@portolan/adapter-kit'
import { defineEntity, instant, integer, text } from '@portolan/ports'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addressed } from '../../src/calls.ts'
import type { Reply } from '../../src/client.ts'
import { definitionOf, placesOf } from '../../src/definition.ts'
import { component, components, rowKey } from '../../src/encoding/members.ts'
import { decodeTexts, type Message } from '../../src/encoding/message.ts'
import type { StoredText } from '../../src/encoding/values.ts'
import { keyspace } from '../../src/keys.ts'
import { rows } from '../../src/scripts/rows.ts'
import { openPlace, type Place } from '../place.ts'

const Stay = defineEntity({
  name: 'stay',
  scope: 'hotel',
  fields: {
    room: text(),
    from: instant(),
    till: instant(),
    state: text(),
    code: text().nullable(),
    size: integer(),
  },
  unique: { byCode: ['code'], bySize: ['size', 'room'] },
  indexes: { byFrom: ['room', 'from'], byState: ['state'] },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'till', where: { state: { in: ['on', 'held'] } } } },
})
const definition = definitionOf(storedEntity(Stay))
const known = { definition, revision: 'one', places: placesOf(definition) }
const { keys, layouts } = addressed(keyspace('rows', null), [known], [])
const [definitionKey = '', rowsKey = '', byId = '', byFrom = '', byState = '', byCode = '', bySize = '', perRoom = ''] =
  keys

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
beforeEach(async () => {
  await place.client.flushdb()
  await place.client.hset(definitionKey, { definition: '{}', revision: 'one', writes: '1700000000000000' })
})
afterAll(() => place.close())

/** scope, id, room, from, till, state, code, size. */
type Row = readonly [string, string, string, string, string, string, string | false, string]

const at = (hour: number): string => new Date(Date.UTC(2030, 0, 1, hour)).toISOString()

const anyRow: fc.Arbitrary<Row> = fc
  .tuple(
    fc.constantFrom('h', 'h2'),
    fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    fc.constantFrom('1', '2'),
    fc.integer({ min: 0, max: 9 }),
    fc.integer({ min: 1, max: 4 }),
    fc.constantFrom('on', 'held', 'off'),
    fc.constantFrom<(string | false)[]>(false, false, 'x', 'y', 'z', ''),
    fc.constantFrom('7', '8', '9'),
  )
  .map(([scope, id, room, hour, hours, state, code, size]) => [
    scope,
    id,
    room,
    at(hour),
    at(hour + hours),
    state,
    code,
    size,
  ])

interface Change {
  readonly key: string
  readonly before: Row | null
  readonly after: Row | null
}

/** Changes as Lua takes them: rows without their revision, which it makes. */
const asked = (changes: readonly Change[]): Message =>
  changes.map(({ key, before, after }) => [key, before ? [false, ...before] : false, after ? [false, ...after] : false])

const body = (then: string): string => `
  mismatch()
  local changes = {}
  for n, one in ipairs(call[3]) do
    changes[n] = { entity = entities[1], key = one[1], before = one[2] or nil, after = one[3] or nil }
  end
  ${then}
`

async function write(changes: readonly Change[]): Promise<Reply> {
  return place.lua(
    [rows],
    body("local refused = examine(changes) if refused then return refused end apply(changes) return 'ok'"),
    [[false, false], layouts, asked(changes)],
    keys,
  )
}

const codeOf = (row: Row): string | null => (row[6] === false ? null : component(row[0]) + component(row[6]))
const sizeOf = (row: Row): string => component(row[0]) + components([row[7], row[2]])
const ruled = (row: Row): boolean => row[5] !== 'off'
const meets = (one: Row, other: Row): boolean =>
  ruled(one) && ruled(other) && one[0] === other[0] && one[2] === other[2] && one[3] < other[4] && other[3] < one[4]

/** By comparing every row that the changes leave with every other. */
function verdict(after: ReadonlyMap<string, Row>, changes: readonly Change[]): string[] {
  const found: string[] = []
  const written = changes.flatMap(({ after: row }) => (row ? [row] : []))
  for (const row of written) {
    for (const other of after.values()) {
      if (other[0] === row[0] && other[1] === row[1]) continue
      if (codeOf(row) !== null && codeOf(row) === codeOf(other)) found.push(`duplicate 1 ${other[1]}`)
      if (sizeOf(row) === sizeOf(other)) found.push(`duplicate 2 ${other[1]}`)
    }
  }
  if (found.length > 0) return found
  for (const row of written)
    for (const other of after.values())
      if ((other[0] !== row[0] || other[1] !== row[1]) && meets(row, other)) found.push(`overlap 1 ${other[1]}`)
  return found
}

async function stored(): Promise<unknown> {
  const client = place.client
  const members = async (key: string): Promise<string[]> => (await client.zrange(key, '0', '-1')).sort()
  const blobs = await client.hgetallBuffer(rowsKey)
  return {
    rows: Object.fromEntries(Object.entries(blobs).map(([key, blob]) => [key, decodeTexts(blob).slice(1)])),
    byId: await members(byId),
    byFrom: await members(byFrom),
    byState: await members(byState),
    byCode: await client.hgetall(byCode),
    bySize: await client.hgetall(bySize),
    perRoom: await members(perRoom),
  }
}

function expected(model: ReadonlyMap<string, Row>): unknown {
  const all = [...model.values()]
  const keyed = (row: Row): string => rowKey(row[0], row[1])
  const members = (kept: readonly Row[], of: (row: Row) => StoredText[]): string[] =>
    kept.map((row) => components([row[0], ...of(row), row[1]])).sort()
  return {
    rows: Object.fromEntries(all.map((row) => [keyed(row), row.map((value) => (value === false ? null : value))])),
    byId: members(all, () => []),
    byFrom: members(all, (row) => [row[2], row[3]]),
    byState: members(all, (row) => [row[5]]),
    byCode: Object.fromEntries(all.flatMap((row) => (codeOf(row) === null ? [] : [[codeOf(row), keyed(row)]]))),
    bySize: Object.fromEntries(all.map((row) => [sizeOf(row), keyed(row)])),
    perRoom: members(all.filter(ruled), (row) => [row[2], row[3], row[4]]),
  }
}

test('random changes are judged as by comparing all rows, and leave exactly the keys, indexes and rules of the rows', async () => {
  const step = fc.array(fc.tuple(anyRow, fc.constantFrom('write', 'write', 'remove')), { minLength: 1, maxLength: 5 })
  const refusals = { duplicate: 0, overlap: 0, ok: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      await place.client.del(rowsKey, byId, byFrom, byState, byCode, bySize, perRoom)
      const model = new Map<string, Row>()
      for (const one of steps) {
        const changes = new Map<string, Change>()
        for (const [row, what] of one) {
          const key = rowKey(row[0], row[1])
          const before = model.get(key) ?? null
          if (what === 'write' || before) changes.set(key, { key, before, after: what === 'write' ? row : null })
        }
        if (changes.size === 0) continue
        const list = [...changes.values()]
        const after = new Map(model)
        for (const { key, after: row } of list)
          if (row) after.set(key, row)
          else after.delete(key)
        const wanted = verdict(after, list)
        const reply = await write(list)
        const said = Array.isArray(reply) ? reply.map(String).join(' ') : String(reply)
        if (wanted.length > 0) expect(wanted).toContain(said)
        else {
          expect(said).toBe('ok')
          model.clear()
          for (const [key, row] of after) model.set(key, row)
        }
        refusals[said.split(' ')[0] as keyof typeof refusals]++
      }
      expect(await stored()).toEqual(expected(model))
    }),
    { numRuns: 40 },
  )
  expect(Math.min(refusals.duplicate, refusals.overlap, refusals.ok)).toBeGreaterThan(20)
}, 60_000)

test('a key that is still being filled stays with the row that has it, when another row with the same key lets go', async () => {
  const one: Row = ['h', 'a', '1', at(1), at(2), 'on', 'x', '7']
  const two: Row = ['h', 'b', '2', at(1), at(2), 'on', 'x', '7']
  const [first, second] = [rowKey(one[0], one[1]), rowKey(two[0], two[1])]
  await write([{ key: first, before: null, after: one }])
  // As a filling meets it: the second row was there before the key was, and is not in it.
  const apart: Row = [two[0], two[1], two[2], two[3], two[4], two[5], 'y', two[7]]
  expect(String(await write([{ key: second, before: two, after: apart }]))).toBe('ok')
  expect(await place.client.hget(byCode, codeOf(one) ?? '')).toBe(first)
  expect(await place.client.hget(byCode, codeOf(apart) ?? '')).toBe(second)
  const back = await write([{ key: second, before: apart, after: two }])
  expect((back as Reply[]).map(String)).toEqual(['duplicate', '1', 'a'])
})
