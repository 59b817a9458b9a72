import { storedEntity } from '@portolan/adapter-kit'
import { defineEntity, instant, text } from '@portolan/ports'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { callsOn } from '../src/call.ts'
import type { Definitions } from '../src/calls.ts'
import { type Definition, definitionOf, type KnownDefinition, placesOf } from '../src/definition.ts'
import { classify } from '../src/errors.ts'
import { keyspace } from '../src/keys.ts'
import { entities } from '../src/scripts/entities.ts'
import { once } from '../src/scripts/once.ts'
import { script } from '../src/scripts/script.ts'
import { openPlace, type Place } from './place.ts'

const Stay = defineEntity({
  name: 'stay',
  scope: 'hotel',
  fields: { room: text(), from: instant(), till: instant() },
  unique: { byRoom: ['room'] },
  indexes: { byFrom: ['from'] },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'till' } },
})
const definition = definitionOf(storedEntity(Stay))
const keys = keyspace('p', 'tenant')

/** Writes a row, whatever it is, in the places that the layout names. */
const writing = script({
  name: 'writing',
  kind: 'writes',
  uses: [entities, once],
  body: `
  local known = answered() or mismatch() or wrongType()
  if known then return known end
  local one = entities[1]
  redis.call('HSET', one.rows, call[3], 'row')
  redis.call('HINCRBY', one.definition, 'writes', 1)
  for _, index in ipairs(one.indexes) do redis.call('ZADD', index.key, 0, call[3]) end
  return remember({ 'ok', one.writes, #one.indexes, #one.unique, #one.rules })
  `,
})

let place: Place
beforeEach(async () => {
  await place?.close()
  place = await openPlace()
  await store('first', definition)
})
afterAll(() => place.close())

async function store(revision: string, stored: Definition): Promise<void> {
  await place.client.hset(keys.definition(Stay.name), { revision, definition: JSON.stringify(stored), writes: '0' })
}

function known(revision: string, stored: Definition): KnownDefinition {
  return { revision, definition: stored, places: placesOf(stored) }
}

function definitionsFrom(first: KnownDefinition): Definitions & { readonly learned: string[] } {
  let current = first
  const learned: string[] = []
  return {
    learned,
    of: async () => [current],
    learn(entity, revision, text) {
      learned.push(entity)
      current = known(revision, JSON.parse(text) as Definition)
    },
  }
}

const call = (definitions: Definitions) =>
  callsOn(
    place.connection,
    keys,
    definitions,
    null,
  )({
    script: writing,
    entities: [Stay.name],
    use: 'write',
    keys: [],
    operation: () => ['key'],
    deadline: performance.now() + 5_000,
  })

test('a call of the stored definition is answered at once, its keys all in one slot', async () => {
  const parts = (await call(definitionsFrom(known('first', definition)))) as unknown[]
  expect([String(parts[0]), ...parts.slice(1)]).toEqual(['0', 2, 1, 1])
  for (const key of keys.entity(definition)) expect(/\{[^}]+\}/.exec(key)?.[0]).toBe(keys.tag)
  expect(await place.client.hget(keys.entity(definition)[1] ?? '', 'key')).toBe('row')
})

test('where the stored definition is another one it is learned, and the call made anew, once', async () => {
  const more: Definition = {
    ...definition,
    indexes: [...definition.indexes, { name: 'byTill', number: 7, state: 'filling', fields: ['till'] }],
  }
  await store('second', more)
  const definitions = definitionsFrom(known('first', definition))
  const parts = (await call(definitions)) as unknown[]
  expect(parts[1]).toBe(3)
  expect(definitions.learned).toEqual([Stay.name])
  expect(await place.client.zcard(`${keys.tag}:i:${encodeURIComponent(Stay.name)}:7`)).toBe(1)
})

test.each(keys.entity(definition).map((key, index) => [index, key] as const))(
  'a wrong type at key %i is told before anything is written',
  async (_, key) => {
    if (key !== keys.definition(Stay.name)) await place.client.lpush(key, 'x')
    else {
      await place.client.del(key)
      await place.client.set(key, 'x')
    }
    const before = await place.client.dbsize()
    const error: unknown = await call(definitionsFrom(known('first', definition))).catch((thrown: unknown) => thrown)
    expect(classify(error)?.code).toBe('schema-mismatch')
    expect(await place.client.dbsize()).toBe(before)
  },
)
