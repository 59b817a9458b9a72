import { type AnyEntity, defineEntity, integer, isStorageError, type SchemaProblem, text } from '@portolan/ports'
import { equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { offered } from '../needs.ts'
import { Account, Note, Task } from '../standard-entities.ts'

const owner = { ownerId: 'owner' }

const older = defineEntity({ name: 'visit', fields: { code: text(), room: text() } })
const newer = defineEntity({
  name: 'visit',
  fields: { code: text(), room: text() },
  unique: { byCode: ['code'] },
  indexes: { byRoom: ['room', 'code'] },
})
const contradicting = defineEntity({ name: 'visit', fields: { code: integer(), room: text() } })

/** What a definition meets when a client is opened with it and the schema applied: problems as found or as refused. */
async function problemsOf(world: World, entity: AnyEntity, apply: boolean): Promise<readonly SchemaProblem[]> {
  try {
    const { storage } = await world.open({ entities: [entity] })
    if (apply) await storage.schema.apply()
    return await storage.schema.verify()
  } catch (error) {
    if (isStorageError(error, 'schema-mismatch')) return error.data.problems
    throw error
  }
}

function checkSentences(problems: readonly SchemaProblem[]): void {
  for (const { kind, name, message } of problems) {
    ok(kind.length > 0 && name.length > 0, 'a problem tells neither what it is nor its name')
    ok(message.length >= 15 && !/undefined|\[object/.test(message), `a problem's message is no sentence: ${message}`)
  }
}

/** M1 as far as it can be shown from outside, and what schema promises. */
export const schemaCases: readonly Case[] = [
  defineCase(
    'M1.fits-after-apply',
    'after apply() verify() finds nothing, for every client and also after writes',
    async ({ a, b }) => {
      same(await a.schema.verify(), [], 'what the first client finds')
      await a.repository(Account).insert({ email: 'row' })
      await a.outbox('topic').enqueue([{ payload: 1 }])
      await a.keyValue('space').set('key', 'value')
      same(await b.schema.verify(), [], 'what the second client finds')
    },
  ),

  defineCase(
    'M1.apply-again',
    'apply() may come again, at any time and from several clients at once: it changes nothing that is there',
    async ({ a, b, race, racers }) => {
      const row = await a.repository(Account).insert({ email: 'row', balance: 5 })
      await a.repository(Note, owner).insert({ title: 'note' })
      await a.schema.apply()
      await b.schema.apply()
      for (const result of await race(racers, (storage) => storage.schema.apply()))
        ok(result.status === 'fulfilled', `an apply failed: ${result.status === 'rejected' ? result.reason : ''}`)
      same(await b.repository(Account).get(row.id), row, 'the row that was there')
      equal(await b.repository(Note, owner).count(), 1, 'the notes that were there')
      same(await a.schema.verify(), [], 'what verify() finds')
    },
    { race: true },
  ),

  defineCase(
    'M1.racing-first-applies',
    'several clients that apply to an empty place at once all succeed',
    async ({ target, racers }) => {
      const place = await target.createPlace()
      const clients = await Promise.all([1, 2, 3].map(() => target.open(place, { entities: [Account, Task] })))
      try {
        const applying = Array.from({ length: racers }, (_, index) => clients[index % 3]?.storage.schema.apply())
        for (const result of await Promise.allSettled(applying))
          ok(result.status === 'fulfilled', `an apply failed: ${result.status === 'rejected' ? result.reason : ''}`)
        same(await clients[0]?.storage.schema.verify(), [], 'what verify() finds')
        await clients[1]?.storage.repository(Account).insert({ email: 'row' })
        equal(await clients[2]?.storage.repository(Account).count(), 1, 'rows')
      } finally {
        for (const client of clients) await client.close()
        await target.removePlace(place)
      }
    },
    { race: true },
  ),

  defineCase(
    'M1.statements-create',
    'statements() is the same text for every client, creates, and never alters, drops or removes; apply() needs no more',
    async ({ a, b }) => {
      const statements = a.schema.statements()
      same(b.schema.statements(), statements, 'the statements of the second client')
      for (const statement of statements) {
        ok(typeof statement === 'string' && statement.trim() !== '', 'a statement is empty')
        ok(!/^\s*(drop|alter|truncate|delete|update)\b/i.test(statement), `a statement does not create: ${statement}`)
      }
      const some = a.schema.statements([Account])
      ok(
        some.every((statement) => statements.includes(statement)),
        'the statements of one entity are none of all',
      )
      ok(statements.length === 0 || some.length < statements.length, 'the statements of one entity are those of all')
      ok(
        some.every((statement) => !statement.includes('note')),
        'the statements of one entity speak of another',
      )
    },
  ),

  defineCase(
    'M1.names-what-is-missing',
    'verify() names a missing entity, every call on it is schema-mismatch and says so, and apply() brings it back',
    async ({ a, b, target, place }) => {
      await a.repository(Account).insert({ email: 'stays' })
      await target.offers.dropEntity?.(place, 'note')
      const problems = await b.schema.verify()
      ok(problems.length > 0, 'verify() finds nothing')
      ok(
        problems.some(({ entity, message }) => entity === 'note' && message.includes('note')),
        'no problem names the entity',
      )
      ok(
        problems.every(({ entity }) => entity === 'note'),
        'a problem names an entity that is there',
      )
      checkSentences(problems)
      const notes = b.repository(Note, owner)
      const calls: readonly (() => Promise<unknown>)[] = [
        () => notes.get('id'),
        () => notes.getMany(['id']),
        () => notes.find(),
        () => notes.count(),
        () => notes.insert({ title: 'x' }),
        () => notes.update('id', { title: 'x' }),
        () => notes.updateMany({ where: {}, patch: { title: 'x' } }),
        () => notes.delete('id'),
        () => notes.deleteMany({ where: {} }),
      ]
      for (const call of calls) {
        const error = await refused(call, 'schema-mismatch', { says: ['note'] })
        equal(error.retryable, false, 'retryable')
      }
      await b.schema.apply()
      same(await a.schema.verify(), [], 'what verify() finds after apply()')
      equal(await notes.count(), 0, 'notes')
      equal(await a.repository(Account).count(), 1, 'rows that had nothing to do with it')
    },
    { skip: offered('dropEntity') },
  ),

  defineCase(
    'M1.before-the-first-apply',
    'on an empty place verify() names every entity, those of the ports included, and calls say what is missing',
    async ({ target }) => {
      const place = await target.createPlace()
      try {
        const { storage, close } = await target.open(place, { entities: [Account, Task] })
        try {
          const problems = await storage.schema.verify()
          const missing = [...new Set(problems.map(({ entity }) => entity))].sort()
          const own = ['portolan_idempotency_record', 'portolan_key_value_entry', 'portolan_outbox_message']
          same(missing, ['account', ...own, 'task'], 'the entities named')
          checkSentences(problems)
          await refused(storage.repository(Account).find(), 'schema-mismatch', { says: ['account'] })
          await refused(storage.keyValue('space').get('key'), 'schema-mismatch')
          await refused(storage.outbox('topic').claim({ limit: 1, leaseMs: 1 }), 'schema-mismatch')
        } finally {
          await close()
        }
      } finally {
        await target.removePlace(place)
      }
    },
    { skip: offered('dropEntity') },
  ),

  defineCase(
    'M1.a-key-that-rows-violate',
    'apply() of a key that stored rows violate is schema-mismatch and says which; once they are corrected it is done',
    async (world) => {
      equal((await problemsOf(world, older, true)).length, 0, 'problems of the older definition')
      const old = (await world.open({ entities: [older] })).storage.repository(older)
      await old.insertMany([
        { id: 'one', code: 'same', room: 'r' },
        { id: 'two', code: 'same', room: 'r' },
      ])
      const problems = await problemsOf(world, newer, true)
      ok(
        problems.some(({ entity, message }) => entity === 'visit' && /byCode|code/.test(message)),
        'no problem names the entity and the key',
      )
      checkSentences(problems)
      await old.update('two', { code: 'other' })
      same(await problemsOf(world, newer, true), [], 'problems after the correction')
    },
  ),

  defineCase(
    'M1.old-and-new-side-by-side',
    'a process of an older definition goes on beside one of a newer one, and its writes keep the keys that the newer one added',
    async (world) => {
      await problemsOf(world, older, true)
      const old = (await world.open({ entities: [older] })).storage
      await old.repository(older).insert({ id: 'old', code: 'a', room: 'r' })
      same(await problemsOf(world, newer, true), [], 'problems of the newer definition after apply()')
      const young = (await world.open({ entities: [newer] })).storage
      await young.repository(newer).insert({ id: 'new', code: 'b', room: 'r' })
      await old.repository(older).insert({ id: 'older', code: 'c', room: 'r' })
      await refused(young.repository(newer).insert({ code: 'c', room: 'r' }), 'duplicate', {
        data: { entity: 'visit', unique: 'byCode', id: 'older' },
      })
      for (const write of [
        () => old.repository(older).insert({ id: 'escaped', code: 'b', room: 'r' }),
        () => old.repository(older).update('old', { code: 'b' }),
        () =>
          old.repository(older).insertMany([
            { code: 'd', room: 'r' },
            { code: 'b', room: 'r' },
          ]),
      ]) {
        const thrown = await write().then(
          () => null,
          (error: unknown) => error,
        )
        ok(isStorageError(thrown), 'a writer of the older definition broke a key that the newer one added')
        ok(['duplicate', 'schema-mismatch'].includes(thrown.code), `it was refused as ${thrown.code}`)
      }
      const codes = (await young.repository(newer).find({ orderBy: { code: 'asc' } })).map(({ code }) => code)
      same(codes, ['a', 'b', 'c'], 'the codes stored')
      same(await old.schema.verify(), [], 'what the older definition finds')
    },
  ),

  defineCase(
    'M1.contradictions',
    'a definition that contradicts what is stored is refused as schema-mismatch, or found by verify(), naming the field',
    async (world) => {
      await problemsOf(world, older, true)
      const old = (await world.open({ entities: [older] })).storage
      await old.repository(older).insert({ id: 'old', code: 'a', room: 'r' })
      const problems = await problemsOf(world, contradicting, false)
      ok(
        problems.some(({ entity, name, message }) => entity === 'visit' && `${name} ${message}`.includes('code')),
        'nothing says that the field is stored as another kind',
      )
      checkSentences(problems)
      equal((await old.repository(older).get('old'))?.code, 'a', 'what is stored')
    },
  ),
]
