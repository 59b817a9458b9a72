import { afterAll, beforeEach, expect, test } from 'vitest'
import { openPlace, type Place } from '../place.ts'
import { context, failureOf, keys, newer, older, type Process, processOn, visits } from './visits.ts'

let place: Place
let processes: Process[] = []
beforeEach(async () => {
  for (const one of processes) one.stop()
  processes = []
  await place?.close()
  place = await openPlace()
})
afterAll(async () => {
  for (const one of processes) one.stop()
  await place.close()
})

function opened(...given: Parameters<typeof processOn> extends [string, ...infer Rest] ? Rest : never): Process {
  const one = processOn(place.url, ...given)
  processes.push(one)
  return one
}

const reading = ({ schema }: Process) => schema.definitions.of(['visit'], 'read', context().deadline)

test('on an empty place nothing works until the schema was applied; from then on everything does, after one read', async () => {
  const one = opened(older)
  const failure = await failureOf(reading(one))
  expect([failure?.code, failure?.problems?.[0]?.entity]).toEqual(['schema-mismatch', 'visit'])
  expect(await one.schema.verify([older], context())).toMatchObject([{ entity: 'visit', kind: 'definition' }])
  await one.apply()
  expect(await one.schema.verify([older], context())).toEqual([])
  const stored = await place.client.hgetall(keys.definition('visit'))
  expect(Math.abs(Number(stored.writes) / 1_000 - Date.now())).toBeLessThan(60_000)
  const other = opened(older)
  await Promise.all([reading(other), reading(other), reading(other)])
  expect(other.runs()).toBe(1)
  expect((await reading(other))[0]?.revision).toBe(stored.revision)
})

test('definitions that came, went and came again are never taken for one another', async () => {
  const one = opened(older)
  const seen = new Set<string>()
  for (let round = 0; round < 3; round++) {
    await one.apply()
    await one.put(...visits(round))
    const { revision, writes } = await place.client.hgetall(keys.definition('visit'))
    seen.add(`${revision}`).add(`${writes}`)
    await place.client.flushdb()
  }
  expect(seen.size).toBe(6)
})

test('after FLUSHALL every call is refused, also of processes that have long known the definition', async () => {
  const one = opened(older)
  await one.apply()
  expect(await one.put(...visits(3))).toBe('written')
  await place.client.flushdb()
  for (let count = 0; count < 2; count++) {
    expect(await failureOf(one.put(...visits(3)))).toMatchObject({
      code: 'schema-mismatch',
      problems: [{ entity: 'visit' }],
    })
    expect((await failureOf(reading(one)))?.code).toBe('schema-mismatch')
  }
  expect(await place.client.dbsize()).toBe(0)
  await one.apply()
  expect(await one.put(...visits(3))).toBe('written')
})

test('a writer that declares what is not there is refused, a reader only where a field is', async () => {
  await opened(older).apply()
  const young = opened(newer)
  const failure = await failureOf(young.put(...visits(1)))
  expect(failure?.code).toBe('schema-mismatch')
  expect(failure?.problems?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'field note',
    'index byRoom',
    'key byCode',
    'rule perRoom',
  ])
  expect(await failureOf(reading(young))).toMatchObject({ problems: [{ kind: 'field', name: 'note' }] })
  const withoutNote = opened({ ...newer, fields: older.fields })
  expect(await reading(withoutNote)).toHaveLength(1)
  expect((await failureOf(withoutNote.put(...visits(1))))?.code).toBe('schema-mismatch')
  await young.apply()
  expect(await withoutNote.put(...visits(1))).toBe('written')
})

test.each([
  [
    'a field of another kind',
    { fields: { ...older.fields, code: { kind: 'integer', nullable: false, values: null } } },
    'field code',
  ],
  ['no scope', { scope: null }, 'scope none'],
  [
    'a field that may not be null',
    { fields: { ...older.fields, more: { kind: 'text', nullable: false, values: null } } },
    'field more',
  ],
] as const)('%s contradicts what is stored: told, and nothing is changed', async (_, change, problem) => {
  const one = opened(older)
  await one.apply()
  await one.put(...visits(3))
  const before = await place.client.hgetall(keys.definition('visit'))
  const other = opened({ ...older, ...change })
  const [first, second, third] = [
    (await failureOf(other.put(...visits(1))))?.problems,
    (await failureOf(other.apply()))?.problems,
    await other.schema.verify([{ ...older, ...change }], context()),
  ].map((problems) => problems?.map(({ kind, name }) => `${kind} ${name}`))
  expect([first, second, third]).toEqual([[problem], [problem], [problem]])
  expect(await place.client.hgetall(keys.definition('visit'))).toEqual(before)
})

test('a key or rule of the same name that says something else contradicts', async () => {
  await opened(newer).apply()
  const other = opened({
    ...newer,
    unique: { byCode: ['room'] },
    rules: newer.rules.map((rule) => ({ ...rule, within: ['code'] })),
  })
  const failure = await failureOf(other.apply())
  expect(failure?.problems?.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['key byCode', 'rule perRoom'])
})

test('many processes that apply at once all succeed, and agree', async () => {
  const all = Array.from({ length: 16 }, (_, index) => opened(index % 2 === 0 ? older : newer))
  await Promise.all(all.map((one) => one.apply()))
  const revisions = (await Promise.all(all.map(reading))).map(([known]) => known?.revision)
  expect(new Set(revisions).size).toBe(1)
  const before = await place.client.hgetall(keys.definition('visit'))
  await Promise.all(all.map((one) => one.apply()))
  expect(await place.client.hgetall(keys.definition('visit'))).toEqual(before)
})

test('what stands at the key of a definition and is none is told, and rows without a definition are not touched', async () => {
  const one = opened(older)
  const key = keys.definition('visit')
  for (const put of [
    () => place.client.set(key, 'x'),
    () => place.client.hset(key, { revision: 'r', definition: '{' }),
    () => place.client.hset(key, { revision: 'r', definition: '{"name":"visit","layout":2}' }),
  ]) {
    await place.client.flushdb()
    await put()
    for (const work of [() => reading(one), one.apply, () => one.put(...visits(1))])
      expect(await failureOf(work())).toMatchObject({ code: 'schema-mismatch', problems: [{ entity: 'visit' }] })
    expect(await one.schema.verify([older], context())).toHaveLength(1)
    expect(await place.client.dbsize()).toBe(1)
  }
  await place.client.flushdb()
  await one.apply()
  await one.put(...visits(3))
  await place.client.del(key)
  expect((await failureOf(one.apply()))?.problems).toMatchObject([{ kind: 'definition', name: 'visit' }])
  expect(await place.client.exists(key)).toBe(0)
})
