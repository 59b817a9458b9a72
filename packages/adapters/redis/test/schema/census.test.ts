import { afterAll, beforeEach, expect, test } from 'vitest'
import { openPlace, type Place } from '../place.ts'
import { context, definitionIn, failureOf, keys, newer, type Process, processOn, visits } from './visits.ts'
import { expectWhole } from './whole.ts'

let place: Place
let one: Process
beforeEach(async () => {
  one?.stop()
  await place?.close()
  place = await openPlace()
  one = processOn(place.url, newer)
  await one.apply()
  await one.put(...visits(1_200))
})
afterAll(async () => {
  one.stop()
  await place.close()
})

const keyNamed = async (name: string): Promise<string> => {
  const names = ['definition', 'rows', 'by id', 'byRoom', 'byCode', 'perRoom']
  return keys.entity(await definitionIn(place.client))[names.indexOf(name)] ?? ''
}
const problems = async () =>
  (await one.schema.verify([newer], context())).map(({ kind, name, message }) => {
    expect(message).toMatch(/visit/)
    return `${kind} ${name}`
  })

test.each([
  ['by id', 'index by id'],
  ['byRoom', 'index byRoom'],
  ['byCode', 'key byCode'],
])('%s that was removed is found by verify() and filled anew by apply()', async (name, problem) => {
  await place.client.del(await keyNamed(name))
  expect(await problems()).toEqual([problem])
  await one.apply()
  expect(await problems()).toEqual([])
  await expectWhole(place.client)
})

test.each([
  ['by id', 'index by id'],
  ['byRoom', 'index byRoom'],
  ['perRoom', 'rule perRoom'],
])('%s with members of no row is found, and holds the rows alone after apply()', async (name, problem) => {
  const key = await keyNamed(name)
  for (let count = 0; count < 1_300; count++) await place.client.zadd(key, 0, `\u0002a\u0000\u0002gone-${count}\u0000`)
  expect(await problems()).toEqual([problem])
  await one.apply()
  expect(await problems()).toEqual([])
  await expectWhole(place.client)
})

test('rows that were removed past the scripts leave nothing behind', async () => {
  await place.client.del(await keyNamed('rows'))
  expect(await problems()).toEqual(['index by id', 'index byRoom', 'key byCode', 'rule perRoom'])
  await one.apply()
  expect(await problems()).toEqual([])
  await expectWhole(place.client)
  expect(await one.put(...visits(10))).toBe('written')
  await expectWhole(place.client)
})

test.each(['rows', 'by id', 'byRoom', 'byCode', 'perRoom'])(
  '%s of a wrong type is told, and nothing is done',
  async (name) => {
    const key = await keyNamed(name)
    await place.client.del(key)
    await place.client.set(key, 'x')
    const before = await place.client.hgetall(await keyNamed('definition'))
    expect(await problems()).toHaveLength(1)
    for (const work of [() => one.apply(), () => one.put(...visits(1))])
      expect(await failureOf(work())).toMatchObject({
        code: 'schema-mismatch',
        problems: [{ entity: 'visit', kind: 'type' }],
      })
    expect(await place.client.get(key)).toBe('x')
    expect(await place.client.hgetall(await keyNamed('definition'))).toEqual(before)
  },
)

test('a store that evicts may lose a key; apply() mends it beside writers', async () => {
  const other = processOn(place.url, newer)
  await place.client.del(await keyNamed('by id'), await keyNamed('byCode'))
  let applying = true
  const writing = (async () => {
    for (let step = 0; applying; step++) {
      const [visit] = visits(step + 1).slice(-1)
      try {
        if (visit) await other.put({ ...visit, id: `new-${step}`, code: `new-${step}`, hour: 50_000 + step })
      } catch (error) {
        // A key that is being filled anew is one that this writer declares.
        expect(error).toMatchObject({ portolanFailure: { code: 'schema-mismatch' } })
      }
    }
  })()
  await one.apply().finally(() => {
    applying = false
  })
  await writing
  other.stop()
  await expectWhole(place.client)
})
