import { storedEntity } from '@portolan/adapter-kit'
import { defineEntity, text } from '@portolan/ports'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { classify } from '../src/errors.ts'
import { keyspace } from '../src/keys.ts'
import { schemaOn } from '../src/schema.ts'
import { openPlace, type Place } from './place.ts'

const Visit = storedEntity(
  defineEntity({ name: 'visit', fields: { code: text(), room: text() }, indexes: { byRoom: ['room'] } }),
)
const keys = keyspace('p', null)

let place: Place
beforeEach(async () => {
  await place?.close()
  place = await openPlace()
})
afterAll(() => place.close())

function opened() {
  const schema = schemaOn(place.connection, keys, {})
  schema.prepare([Visit])
  return schema
}
const context = () => ({ session: null, deadline: performance.now() + 10_000 })
const thrownBy = async (work: Promise<unknown>) =>
  classify(
    await work.then(
      () => null,
      (error: unknown) => error,
    ),
  )

test('on an empty place nothing works until the schema was applied, from then on everything does, in one read', async () => {
  const schema = opened()
  const failure = await thrownBy(schema.definitions.of(['visit'], 'read', context().deadline))
  expect([failure?.code, failure?.problems?.[0]?.entity]).toEqual(['schema-mismatch', 'visit'])
  expect(await schema.verify([Visit], context())).toHaveLength(1)
  await schema.apply([Visit], context())
  expect(await schema.verify([Visit], context())).toEqual([])
  const [known] = await schema.definitions.of(['visit'], 'write', context().deadline)
  const stored = await place.client.hgetall(keys.definition('visit'))
  expect(stored.revision).toBe(known?.revision)
  expect(Math.abs(Number(stored.writes) / 1_000 - Date.now())).toBeLessThan(60_000)
  const other = opened()
  expect(await other.definitions.of(['visit'], 'write', context().deadline)).toEqual([known])
})
