import { allWon, equal, ok, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { aBooking, idsOf, otherOwner, otherTenant, owner, tenant, upTo } from '../sample-rows.ts'
import { Booking, Note } from '../standard-entities.ts'

/** A note of another owner, which no call in `owner`'s scope may reach. */
async function foreign({ a }: Pick<World, 'a'>): Promise<Note> {
  return await a.repository(Note, otherOwner).insert({ id: 'theirs', slug: 'theirs', title: 'theirs', views: 7 })
}

const scopesThatLookAlike: readonly string[] = [
  'a',
  'A',
  'a ',
  ' a',
  'a:b',
  'a%',
  '_',
  'á',
  'a\u0301',
  '\u{1f600}',
  '0',
  'null',
  "a'",
  'x'.repeat(512),
]

export const scopeCases: readonly Case[] = [
  defineCase('S1.reads', 'no reading call finds or counts a row of another scope', async (world) => {
    const theirs = await foreign(world)
    const mine = await world.a.repository(Note, owner).insert({ slug: 'mine', title: 'mine' })
    const notes = world.b.repository(Note, owner)
    equal(await notes.get(theirs.id), null, 'get')
    equal(await notes.getBy('slug', { slug: 'theirs' }), null, 'getBy')
    same(await notes.getMany([theirs.id, mine.id]), [mine], 'getMany')
    for (const where of [
      undefined,
      {},
      { id: theirs.id },
      { title: 'theirs' },
      { or: [{ views: 7 }, { id: theirs.id }] },
      { not: { title: 'x' } },
    ]) {
      const expected = where && !('not' in where) && Object.keys(where).length > 0 ? [] : [mine.id]
      const given = where && { where }
      same(await idsOf(notes.find(given)), expected, `find ${JSON.stringify(where)}`)
      equal(await notes.count(given), expected.length, `count ${JSON.stringify(where)}`)
      same(
        (await notes.page({ ...given, limit: 10 })).items.map(({ id }) => id),
        expected,
        `page ${JSON.stringify(where)}`,
      )
      const walked: string[] = []
      for await (const { id } of notes.each(given ?? {})) walked.push(id)
      same(walked, expected, `each ${JSON.stringify(where)}`)
    }
  }),
  defineCase('S1.writes', 'no writing call changes or deletes a row of another scope', async (world) => {
    const theirs = await foreign(world)
    const notes = world.b.repository(Note, owner)
    equal(await notes.update(theirs.id, { title: 'changed' }), null, 'update')
    equal(await notes.delete(theirs.id), null, 'delete')
    equal(await notes.updateMany({ where: {}, patch: { title: 'changed' } }), 0, 'updateMany')
    equal(
      await notes.updateMany({ where: { or: [{ id: theirs.id }, { slug: 'theirs' }] }, patch: { title: 'changed' } }),
      0,
      'updateMany by id',
    )
    equal(await notes.deleteMany({ where: {} }), 0, 'deleteMany')
    equal(await notes.deleteMany({ where: { not: { title: 'x' } } }), 0, 'deleteMany with not')
    same(await world.a.repository(Note, otherOwner).find(), [theirs], 'the note of the other scope')
  }),
  defineCase(
    'S1.keys',
    'natural keys of another scope neither collide nor are found by insertOrGet and upsert',
    async (world) => {
      const theirs = await foreign(world)
      const notes = world.b.repository(Note, owner)
      const first = await notes.insertOrGet('slug', { slug: 'theirs', title: 'mine' })
      same([first.inserted, first.row.ownerId], [true, owner.ownerId], 'insertOrGet')
      const second = await notes.upsert('slug', { slug: 'theirs' }, { title: 'patched' })
      same([second.inserted, second.row.id], [false, first.row.id], 'upsert')
      await refused(notes.insert({ slug: 'theirs' }), 'duplicate', {
        data: { entity: 'note', unique: 'slug', id: first.row.id },
      })
      equal((await notes.getBy('slug', { slug: 'theirs' }))?.id, first.row.id, 'getBy')
      await notes.update(first.row.id, { slug: 'moved' })
      await notes.insert({ slug: 'theirs' })
      same(await world.a.repository(Note, otherOwner).find(), [theirs], 'the note of the other scope')
    },
  ),
  defineCase(
    'S1.same-id',
    'the same id lives in two scopes, and each scope has its own row',
    async (world) => {
      const theirs = await foreign(world)
      const mine = await world.b.repository(Note, owner).insert({ id: theirs.id, title: 'mine' })
      same(await world.a.repository(Note, owner).get(theirs.id), mine, 'the own row')
      await world.a.repository(Note, owner).update(theirs.id, { title: 'changed' })
      same(await world.b.repository(Note, otherOwner).get(theirs.id), theirs, 'the row of the other scope')
      equal((await world.b.repository(Note, owner).delete(theirs.id))?.title, 'changed', 'the deleted row')
      same(await world.a.repository(Note, otherOwner).find(), [theirs], 'the rows of the other scope')
      await world.b.repository(Note, owner).insertMany([{ id: 'x' }, { id: theirs.id }])
    },
    { skip: ({ idsPerScope }) => (idsPerScope.note === false ? 'declares idsPerScope: false for this entity' : null) },
  ),
  defineCase(
    'S1.same-id-refused',
    'where ids are one space, an id of another scope is a duplicate that reveals nothing',
    async (world) => {
      const theirs = await foreign(world)
      const refusal = await refused(world.b.repository(Note, owner).insert({ id: theirs.id }), 'duplicate', {
        data: { entity: 'note', unique: 'id', id: null },
      })
      ok(!refusal.message.includes(otherOwner.ownerId), 'the message names the other scope')
    },
    { skip: ({ idsPerScope }) => (idsPerScope.note === false ? null : 'the same id may live in two scopes') },
  ),
  defineCase('S1.exact', 'scopes are compared exactly, and never run into ids or keys', async ({ a, b }) => {
    for (const ownerId of scopesThatLookAlike)
      await a.repository(Note, { ownerId }).insert({ slug: 'same', title: ownerId })
    for (const ownerId of scopesThatLookAlike) {
      const notes = await b.repository(Note, { ownerId }).find()
      same(
        notes.map(({ title, ownerId: scope }) => [title, scope]),
        [[ownerId, ownerId]],
        `the notes of ${JSON.stringify(ownerId)}`,
      )
    }
    const split = await a.repository(Note, { ownerId: 'p' }).insert({ id: 'q:r', slug: 'q:r' })
    equal(await b.repository(Note, { ownerId: 'p:q' }).get('r'), null, 'an id that begins in the scope')
    equal(
      await b.repository(Note, { ownerId: 'p:q' }).getBy('slug', { slug: 'r' }),
      null,
      'a key that begins in the scope',
    )
    await b.repository(Note, { ownerId: 'p:q' }).insert({ id: 'r', slug: 'r' })
    same(await a.repository(Note, { ownerId: 'p' }).find(), [split], 'the notes of the shorter scope')
  }),
  defineCase('S1.refused', 'a scope that is missing, none, or given twice is refused by name', async ({ a }) => {
    const open = a.repository as unknown as (
      entity: unknown,
      ...scope: unknown[]
    ) => Record<string, (...given: unknown[]) => Promise<unknown>>
    const misuse: unknown[][] = [
      [],
      [undefined],
      [null],
      ['owner'],
      [{}],
      [{ tenantId: 'x' }],
      [{ ownerId: 'x', tenantId: 'y' }],
      [[]],
    ]
    for (const scope of misuse)
      await refused(async () => open(Note, ...scope).find?.(), 'misuse', { says: ['note', 'ownerId'] })
    for (const ownerId of ['', 'x'.repeat(513), 'a\u0000', 'a\ud800', 1, null, {}])
      await refused(async () => open(Note, { ownerId }).find?.(), 'invalid-value', {
        data: { entity: 'note', field: 'ownerId' },
        says: ['note', 'ownerId'],
      })
    await refused(a.repository(Note, owner).insert({ ownerId: 'other' } as never), 'invalid-value', {
      data: { entity: 'note', field: 'ownerId' },
      says: ['note', 'ownerId'],
    })
  }),
  defineCase(
    'S1.overlap',
    'intervals of another scope do not overlap',
    async ({ a, b }) => {
      await a.repository(Booking, otherTenant).insert(aBooking(1))
      const mine = await b.repository(Booking, tenant).insert(aBooking(1))
      await refused(b.repository(Booking, tenant).insert(aBooking(1)), 'overlap', {
        data: { entity: 'booking', id: mine.id },
      })
      equal(await a.repository(Booking, otherTenant).count(), 1, 'bookings of the other scope')
    },
    { skip: ({ overlap }) => (overlap ? null : 'declares overlap: false') },
  ),
  defineCase(
    'S1.claim',
    'a claim takes no row of another scope',
    async (world) => {
      const theirs = await foreign(world)
      await world.a.repository(Note, owner).insert({ title: 'mine' })
      const claimed = await world.b
        .repository(Note, owner)
        .claim({ where: { pinned: false }, limit: 10, patch: { pinned: true } })
      same(
        claimed.map(({ title }) => title),
        ['mine'],
        'what was claimed',
      )
      same(await world.a.repository(Note, otherOwner).find(), [theirs], 'the note of the other scope')
    },
    { skip: ({ claim }) => (claim ? null : 'declares claim: false') },
  ),
  defineCase(
    'S1.inside-transactions',
    'inside a transaction scopes are apart as well',
    async (world) => {
      const theirs = await foreign(world)
      await world.b.transaction(async (tx) => {
        const notes = tx.repository(Note, owner)
        equal(await notes.get(theirs.id), null, 'get')
        equal(await notes.deleteMany({ where: {} }), 0, 'deleteMany')
        equal((await notes.insertOrGet('slug', { slug: 'theirs' })).inserted, true, 'insertOrGet')
        same((await tx.repository(Note, otherOwner).find()).length, 1, 'the other scope, from the same transaction')
      })
      same(await world.a.repository(Note, otherOwner).find(), [theirs], 'the note of the other scope')
    },
    { skip: ({ transactions }) => (transactions ? null : 'the adapter declares no transactions') },
  ),
  defineCase(
    'S1.racing-scopes',
    'racers in scopes of their own, with one key and one id, never collide and never meet',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const rows = allWon(
          await race(racers, async (storage, index) => {
            const notes = storage.repository(Note, { ownerId: `owner-${index}` })
            const { row, inserted } = await notes.insertOrGet('slug', { slug: `round-${round}`, views: index })
            const changed = await notes.updateMany({ where: {}, patch: { views: { increment: 1 } } })
            return { row, inserted, changed }
          }),
        )
        for (const [index, { row, inserted, changed }] of rows.entries())
          same(
            [row.ownerId, row.views, inserted, changed],
            [`owner-${index}`, index, true, round + 1],
            'what a racer got',
          )
        equal((await a.repository(Note, { ownerId: 'owner-0' }).find()).length, round + 1, 'notes of one owner')
      }
    },
    { race: true },
  ),
]
