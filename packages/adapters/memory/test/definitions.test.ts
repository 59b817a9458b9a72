import { type AnyEntity, defineEntity, instant, integer, isStorageError, text } from '@portolan/ports'
import { expect, it } from 'vitest'
import { type MemoryDatabase, memoryDatabase, memoryStorage } from '../src/index.ts'
import { hour } from './entities.ts'

const fields = { email: text().nullable(), count: integer(), from: instant(), until: instant() }
const Plain = defineEntity({ name: 'thing', fields })
const Keyed = defineEntity({
  name: 'thing',
  fields: { ...fields, note: text().nullable() },
  unique: { email: ['email'] },
  indexes: { byCount: ['count'] },
  noOverlap: { always: { within: ['count'], from: 'from', until: 'until' } },
})
const values = { email: 'e', count: 1, from: hour(0), until: hour(1) }

function open(database: MemoryDatabase, entity: AnyEntity) {
  return memoryStorage({ entities: [entity], database })
}

function refusal(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    if (isStorageError(error, 'schema-mismatch')) return { message: error.message, problems: error.data.problems }
    throw error
  }
  return null
}

it('lets older and newer definitions work side by side, each writer maintaining all keys and rules', async () => {
  const database = memoryDatabase()
  const older = open(database, Plain)
  const { id } = await older.repository(Plain).insert(values)
  const newer = open(database, Keyed)
  expect(await newer.repository(Keyed).getBy('email', { email: 'e' })).toMatchObject({ id, note: null })
  await expect(older.repository(Plain).insert(values)).rejects.toMatchObject({
    code: 'duplicate',
    data: { unique: 'email', id },
  })
  await expect(older.repository(Plain).insert({ ...values, email: 'f' })).rejects.toMatchObject({
    code: 'overlap',
    data: { id },
  })
  await newer.repository(Keyed).update(id, { note: 'kept' })
  await older.repository(Plain).update(id, { count: 2 })
  expect(await newer.repository(Keyed).get(id)).toMatchObject({ note: 'kept', count: 2 })
})

it('refuses a new key or rule that stored rows violate, naming it and the rows, and stays as it was', async () => {
  const database = memoryDatabase()
  const older = open(database, Plain)
  const [first, second] = await older.repository(Plain).insertMany([values, values])
  expect(refusal(() => open(database, Keyed))).toMatchObject({
    message: expect.stringContaining(`${first?.id} and ${second?.id}`),
    problems: [{ entity: 'thing', kind: 'key', name: 'email' }],
  })
  await older.repository(Plain).insert(values)
  expect(await older.repository(Plain).count()).toBe(3)
})

it('holds transactions that began under an older definition to the keys of the newer one', async () => {
  const database = memoryDatabase()
  const older = open(database, Plain)
  let runs = 0
  const work = older.transaction(async (tx) => {
    if (runs++ > 0) throw new RangeError('ran again')
    await tx.repository(Plain).insertMany([values, values])
    open(database, Keyed)
  })
  await expect(work).rejects.toThrow('ran again')
})

it.each([
  ['field count', defineEntity({ name: 'thing', fields: { ...fields, count: text() } })],
  ['field email', defineEntity({ name: 'thing', fields: { ...fields, email: text() } })],
  ['field extra', defineEntity({ name: 'thing', fields: { ...fields, extra: text() } })],
  ['field version', defineEntity({ name: 'thing', fields, versioned: true })],
  ['scope tenant', defineEntity({ name: 'thing', scope: 'tenant', fields })],
])('refuses a definition that contradicts the stored one: %s', (problem, entity) => {
  const database = memoryDatabase()
  open(database, Plain)
  expect(refusal(() => open(database, entity))).toMatchObject({ message: expect.stringContaining(problem) })
  open(database, Plain)
})

it('refuses another key, index or rule of a name that is taken', () => {
  const database = memoryDatabase()
  open(database, Keyed)
  const other = defineEntity({
    name: 'thing',
    fields: { ...fields, note: text().nullable() },
    unique: { email: ['email', 'count'] },
    indexes: { byCount: ['email'] },
    noOverlap: { always: { within: [], from: 'from', until: 'until' } },
  })
  expect(refusal(() => open(database, other))).toMatchObject({
    problems: [{ kind: 'key' }, { kind: 'index' }, { kind: 'rule' }],
  })
})

it('has nothing to apply and nothing to verify', async () => {
  const storage = open(memoryDatabase(), Keyed)
  expect(storage.schema.statements()).toEqual([])
  await storage.schema.apply()
  expect(await storage.schema.verify()).toEqual([])
})
