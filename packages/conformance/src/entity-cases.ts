import type { AnyEntity } from '@portolan/ports'
import fc from 'fast-check'
import { allWon, checkRefusal, equal, ok, outcomes, refused, same } from './assert.ts'
import { type Case, defineCase, type World } from './case.ts'
import {
  type AnyRepository,
  generatedValues,
  notGenerated,
  type Row,
  repositoryOf,
  separableKeys,
  type Values,
  withKey,
} from './generated-rows.ts'
import { forAll } from './property.ts'
import { sorted } from './reference-order.ts'
import { pagesOf, upTo } from './sample-rows.ts'
import type { Target } from './target.ts'

/** One entity in one world: its repositories and values for its rows. */
interface Subject {
  readonly world: World
  readonly entity: AnyEntity
  readonly here: AnyRepository
  readonly there: AnyRepository
  /** Values for the row of this number, the same for the same seed. */
  draw(row: number): Values
}

/** The clauses that hold for any entity, on one of the user's own. */
export function entityCases(entity: AnyEntity, target: Pick<Target, 'values'>): readonly Case[] {
  const given = target.values?.[entity.name] ?? (() => ({}))
  const reason = notGenerated(entity, given(0))
  const own = (id: string, title: string, run: (subject: Subject) => Promise<void>, skip: string | null = null): Case =>
    defineCase(
      `${id} ${entity.name}`,
      `${entity.name}: ${title}`,
      (world) => {
        const drawn = generatedValues(entity, given)
        const draw = (row: number): Values => fc.sample(drawn(row), { seed: world.seed + row, numRuns: 1 })[0] ?? {}
        return run({ world, entity, here: repositoryOf(world.a, entity), there: repositoryOf(world.b, entity), draw })
      },
      { race: id.includes('racing'), skip: () => reason ?? skip },
    )
  const keys = separableKeys(entity)
  const noKey = keys.length > 0 ? null : `${entity.name} has no natural key whose values can be told apart`
  const noVersion = entity.versioned ? null : `${entity.name} is not versioned`
  const noRule = Object.keys(entity.noOverlap).length > 0 ? null : `${entity.name} has no overlap rule`
  const noScope = entity.scope === null ? `${entity.name} has no scope` : null
  return [
    own('V1.generated-rows', 'generated rows come back as they were written, and so do patches', roundTrip),
    own('V5.unknown-fields', 'unknown fields are refused by name', unknownFields),
    own('I1.duplicate-ids', 'an id that exists is a duplicate', duplicateIds),
    own(
      'I2.duplicates',
      'each natural key is kept, and the error names the row in the way',
      (subject) => duplicates(subject, keys),
      noKey,
    ),
    own(
      'I2.racing-inserts',
      'of racers with one natural key one inserts',
      (subject) => racingInserts(subject, keys),
      noKey,
    ),
    own('I3.racing-insert-or-get', 'racers agree on one row', (subject) => racingInsertOrGet(subject, keys), noKey),
    own('N1.versions', 'the version starts at 1 and grows by one with each update', versions, noVersion),
    own('N2.racing-updates', 'of racers with one expected version one succeeds', racingUpdates, noVersion),
    own('N3.racing-deletes', 'of racers that delete a row one gets it', racingDeletes),
    own('Q3.pages', 'pages by every index visit each row once, in order', pages),
    own('S1.scopes', 'no call reaches a row of another scope', scopes, noScope),
    own('B1.all-or-none', 'insertMany is all or none', allOrNone),
    own('G2.racing-intervals', 'of racers for one interval one writes', racingIntervals, noRule),
  ]
}

async function roundTrip({ world, entity, here, there, draw }: Subject): Promise<void> {
  let number = 0
  await forAll(world, 40, fc.nat(10_000), async () => {
    const values = draw(number++)
    const row = await here.insert(values)
    for (const [name, value] of Object.entries(values)) same(row[name], value, `the inserted ${entity.name}.${name}`)
    same(await there.get(row.id), row, `the ${entity.name} read by another client`)
    same((await there.find({ where: { id: row.id } }))[0], row, `the ${entity.name} found`)
    const patch = draw(number++)
    const patched = await there.update(row.id, patch)
    for (const [name, value] of Object.entries(patch))
      same(patched?.[name], value, `the patched ${entity.name}.${name}`)
    same(await here.get(row.id), patched, `the patched ${entity.name} read again`)
  })
}

async function unknownFields({ entity, here, draw }: Subject): Promise<void> {
  const expected = { says: [entity.name, 'noSuchField'] }
  await refused(here.insert({ ...draw(0), noSuchField: 1 }), 'invalid-value', expected)
  const { id } = await here.insert(draw(0))
  await refused(here.update(id, { noSuchField: 1 }), 'invalid-value', expected)
  await refused(here.deleteMany({ where: { noSuchField: 1 } }), 'invalid-query', expected)
  equal(await here.count(), 1, 'the number of rows')
}

async function duplicateIds({ entity, here, there, draw }: Subject): Promise<void> {
  await here.insert({ ...draw(0), id: 'taken' })
  await refused(there.insert({ ...draw(1), id: 'taken' }), 'duplicate', {
    data: { entity: entity.name, unique: 'id', id: 'taken' },
  })
  equal(await here.count(), 1, 'the number of rows')
}

async function duplicates({ entity, here, there, draw }: Subject, keys: readonly string[]): Promise<void> {
  for (const [index, unique] of keys.entries()) {
    const first = await here.insert(withKey(entity, unique, draw(index * 2), index * 2))
    const parts = Object.fromEntries((entity.unique[unique] ?? []).map((part) => [part, first[part]]))
    same(await there.getBy(unique, parts), first, `the row by its key ${unique}`)
    await refused(there.insert({ ...draw(index * 2 + 1), ...parts }), 'duplicate', {
      data: { entity: entity.name, unique, id: first.id },
      says: [entity.name, unique, first.id],
    })
  }
}

async function racingInserts({ world, entity, here, draw }: Subject, keys: readonly string[]): Promise<void> {
  for (const unique of keys)
    for (const round of upTo(world.rounds)) {
      await here.deleteMany({ where: {} })
      const parts = keyOf(entity, unique, withKey(entity, unique, draw(0), 0))
      const { won, lost } = outcomes(
        await world.race(world.racers, (storage, index) =>
          repositoryOf(storage, entity).insert({ ...draw(index + 1), ...parts }),
        ),
      )
      equal(won.length, 1, `racers that inserted with the key ${unique} in round ${round}`)
      for (const error of lost) checkRefusal(error, 'duplicate', { data: { entity: entity.name, unique } })
    }
}

async function racingInsertOrGet({ world, entity, here, draw }: Subject, keys: readonly string[]): Promise<void> {
  for (const unique of keys)
    for (const round of upTo(world.rounds)) {
      await here.deleteMany({ where: {} })
      const values = withKey(entity, unique, draw(0), 0)
      const all = allWon(
        await world.race(world.racers, (storage) => repositoryOf(storage, entity).insertOrGet(unique, values)),
      )
      equal(all.filter(({ inserted }) => inserted).length, 1, `racers that inserted in round ${round}`)
      equal(new Set(all.map(({ row }) => row.id)).size, 1, 'different ids that the racers got')
    }
}

async function versions({ entity, here, there, draw }: Subject): Promise<void> {
  const { id, version } = await here.insert(draw(0))
  equal(version, 1, 'the version of a new row')
  equal((await there.update(id, {}))?.version, 2, 'after an empty patch')
  equal((await here.update(id, {}, { version: 2 }))?.version, 3, 'after a patch with the right version')
  await refused(there.update(id, {}, { version: 2 }), 'stale-version', {
    data: { entity: entity.name, id, expected: 2, actual: 3 },
  })
}

async function racingUpdates({ world, entity, here, draw }: Subject): Promise<void> {
  for (const round of upTo(world.rounds)) {
    const { id } = await here.insert(draw(round))
    const { won, lost } = outcomes(
      await world.race(world.racers, (storage) => repositoryOf(storage, entity).update(id, {}, { version: 1 })),
    )
    equal(won.length, 1, 'racers that succeeded')
    for (const error of lost) checkRefusal(error, 'stale-version', { data: { id, expected: 1, actual: 2 } })
  }
}

async function racingDeletes({ world, entity, here, draw }: Subject): Promise<void> {
  for (const round of upTo(world.rounds)) {
    const row = await here.insert(draw(round))
    const got = allWon(await world.race(world.racers, (storage) => repositoryOf(storage, entity).delete(row.id)))
    same(
      got.filter((one) => one !== null),
      [row],
      'what the racers got',
    )
  }
}

async function pages({ entity, here, there, draw }: Subject): Promise<void> {
  const rows = await here.insertMany(upTo(25).map(draw))
  for (const fields of [[], ...Object.values(entity.indexes)])
    for (const direction of ['asc', 'desc'] as const) {
      const order = fields.map((field) => [field, direction] as const)
      const orderBy = fields.map((field) => ({ [field]: direction }))
      const found = await pagesOf((cursor) => there.page({ orderBy, limit: 4, cursor }))
      same(
        found.flat().map(({ id }) => id),
        sorted(rows, order).map(({ id }) => id),
        `the rows by ${fields.join(', ') || 'id'} ${direction}`,
      )
    }
}

async function scopes({ world, entity, here, draw }: Subject): Promise<void> {
  const theirs = await repositoryOf(world.b, entity, 'scope-2').insert(draw(0))
  equal(await here.get(theirs.id), null, 'get')
  same(await here.find(), [], 'find')
  equal(await here.count(), 0, 'count')
  equal(await here.update(theirs.id, {}), null, 'update')
  equal(await here.delete(theirs.id), null, 'delete')
  equal(await here.deleteMany({ where: {} }), 0, 'deleteMany')
  await here.insert(draw(0))
  same(await repositoryOf(world.a, entity, 'scope-2').find(), [theirs], 'the rows of the other scope')
}

async function allOrNone({ here, draw }: Subject): Promise<void> {
  const kept: Row = await here.insert({ ...draw(0), id: 'kept' })
  await refused(here.insertMany([draw(1), draw(2), { ...draw(3), id: 'kept' }]), 'duplicate')
  same(await here.find(), [kept], 'the rows after the refused call')
  const rows = await here.insertMany(upTo(20).map((index) => ({ ...draw(index + 1), id: `row-${index}` })))
  same(
    rows.map(({ id }) => id),
    upTo(20).map((index) => `row-${index}`),
    'the rows in the order given',
  )
}

async function racingIntervals({ world, entity, here, draw }: Subject): Promise<void> {
  for (const [rule, { within, from, until, where }] of Object.entries(entity.noOverlap)) {
    // Rows that the rule leaves out may lie anywhere: one that it binds is looked for among many.
    const candidates = upTo(200).map((row) => draw(row))
    const made: Row[] = []
    for (const values of candidates) made.push(await here.insert(values))
    const bound = where ? await here.find({ where }) : made
    const chosen = candidates[made.findIndex(({ id }) => id === bound[0]?.id)]
    ok(chosen, `none of 200 generated rows is bound by the rule ${rule}`)
    const names = [...within, from, until, ...fieldsIn(where)].filter((name) => name in entity.fields)
    const shared = Object.fromEntries(names.map((name) => [name, chosen[name]]))
    for (const round of upTo(world.rounds)) {
      await here.deleteMany({ where: {} })
      const results = await world.race(world.racers, (storage, index) =>
        repositoryOf(storage, entity).insert({ ...draw(index + round), ...shared }),
      )
      const { won, lost } = outcomes(results)
      equal(won.length, 1, `racers that took the interval of the rule ${rule}`)
      for (const error of lost)
        checkRefusal(error, 'overlap', { data: { entity: entity.name, rule, id: won[0]?.id ?? '' } })
    }
  }
}

/** Every name that a filter mentions, operators among them. */
function fieldsIn(filter: unknown): string[] {
  if (typeof filter !== 'object' || filter === null) return []
  return Object.entries(filter).flatMap(([name, part]) => [name, ...fieldsIn(part)])
}

function keyOf(entity: AnyEntity, unique: string, values: Values): Values {
  return Object.fromEntries((entity.unique[unique] ?? []).map((part) => [part, values[part]]))
}
