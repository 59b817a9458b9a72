import { equal, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared } from '../needs.ts'
import { aBooking, anAccount, otherOwner, owner, tenant } from '../sample-rows.ts'
import { Account, Booking, Note } from '../standard-entities.ts'

const guard = 'one guard for all'

export const precedenceCases: readonly Case[] = [
  defineCase('P1.missing-is-null', 'only a missing row gives null, whatever condition came along', async ({ a }) => {
    const accounts = a.repository(Account)
    await accounts.insert(anAccount('there', { name: 'there' }))
    const unless = { unless: { name: 'there' }, guard }
    for (const condition of [
      {},
      { version: 7 },
      { where: { name: 'x' } },
      unless,
      { version: 7, where: { name: 'x' }, ...unless },
    ]) {
      equal(await accounts.update('nobody', { email: anAccount('there').email }, condition), null, 'update')
      equal(await accounts.delete('nobody', condition), null, 'delete')
    }
    equal(await accounts.count({ where: { version: 1 } }), 1, 'untouched rows')
  }),
  defineCase('P1.invalid-first', 'what is invalid is refused before anything is looked up', async ({ a }) => {
    const accounts = a.repository(Account)
    const row = await accounts.insert(anAccount('there'))
    for (const id of ['nobody', row.id]) {
      await refused(accounts.update(id, { name: 1 as never }, { version: 7 }), 'invalid-value')
      await refused(accounts.update(id, {}, { version: 7, where: { nothing: 1 } as never }), 'invalid-query')
      await refused(accounts.delete(id, { version: 7, where: { name: { like: 'x' } as never } }), 'invalid-query')
    }
    await refused(accounts.insert({ ...anAccount('there'), name: 1 as never }), 'invalid-value')
    await refused(accounts.upsert('email', anAccount('there'), { name: 1 as never }, { version: 7 }), 'invalid-value')
    same(await accounts.find(), [row], 'the rows')
  }),
  defineCase(
    'P1.order',
    'of several refusals the first in order is told: version, where, duplicate, unless',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const other = await accounts.insert(anAccount('other', { name: 'other' }))
      const { id } = await accounts.insert(anAccount('row', { name: 'row' }))
      const stale = { version: 7 }
      const where = { where: { name: 'nobody' } }
      const unless = { unless: { name: 'other' }, guard }
      const colliding = { email: other.email }
      await refused(accounts.update(id, colliding, { ...stale, ...where, ...unless }), 'stale-version', {
        data: { id, expected: 7, actual: 1 },
      })
      await refused(accounts.update(id, colliding, { ...where, ...unless }), 'condition-failed', {
        data: { failed: 'where', ids: [id] },
        says: ['account', id, /where/],
      })
      await refused(accounts.update(id, colliding, { version: 1, ...unless }), 'duplicate', {
        data: { unique: 'email', id: other.id },
      })
      await refused(accounts.update(id, { name: 'x' }, unless), 'condition-failed', {
        data: { failed: 'unless', ids: [other.id] },
        says: ['account', /unless/],
      })
      await refused(accounts.delete(id, { ...stale, ...where, ...unless }), 'stale-version')
      await refused(accounts.delete(id, { ...where, ...unless }), 'condition-failed', { data: { failed: 'where' } })
      await refused(accounts.delete(id, unless), 'condition-failed', { data: { failed: 'unless' } })
      await refused(accounts.insert(anAccount('other'), unless), 'duplicate', {
        data: { unique: 'email', id: other.id },
      })
      await refused(accounts.insert(anAccount('new'), unless), 'condition-failed', {
        data: { failed: 'unless', ids: [other.id] },
      })
      await refused(
        accounts.upsert('email', anAccount('row'), colliding, { ...stale, ...where, ...unless }),
        'stale-version',
      )
      await refused(
        accounts.upsert('email', anAccount('row'), colliding, { ...where, ...unless }),
        'condition-failed',
        { data: { failed: 'where' } },
      )
      await refused(accounts.upsert('email', anAccount('row'), colliding, unless), 'duplicate')
      await refused(accounts.upsert('email', anAccount('row'), {}, unless), 'condition-failed', {
        data: { failed: 'unless' },
      })
      same(
        (await accounts.find({ orderBy: { email: 'asc' } })).map(({ version, name }) => [version, name]),
        [
          [1, 'other'],
          [1, 'row'],
        ],
        'the rows',
      )
    },
  ),
  defineCase(
    'P1.overlap-last',
    'an overlap is told after everything else',
    async ({ a }) => {
      const bookings = a.repository(Booking, tenant)
      const taken = await bookings.insert(aBooking(1, { idempotencyKey: 'taken', guests: 9 }))
      const row = await bookings.insert(aBooking(2))
      const unless = { unless: { guests: 9 }, guard }
      const patch = { startsAt: taken.startsAt, endsAt: taken.endsAt }
      await refused(bookings.update(row.id, { ...patch, idempotencyKey: 'taken' }, unless), 'duplicate', {
        data: { id: taken.id },
      })
      await refused(bookings.update(row.id, patch, unless), 'condition-failed', {
        data: { failed: 'unless', ids: [taken.id] },
      })
      await refused(bookings.update(row.id, patch, { version: 3 }), 'stale-version')
      await refused(bookings.update(row.id, patch, { where: { guests: 5 } }), 'condition-failed', {
        data: { failed: 'where' },
      })
      await refused(bookings.update(row.id, patch), 'overlap', {
        data: { entity: 'booking', rule: 'perRoom', id: taken.id },
        says: ['booking', 'perRoom', taken.id],
      })
      await refused(bookings.insert(aBooking(1, { idempotencyKey: 'taken' }), unless), 'duplicate')
      await refused(bookings.insert(aBooking(1), unless), 'condition-failed')
      await refused(bookings.insert(aBooking(1)), 'overlap', {
        data: { entity: 'booking', rule: 'perRoom', id: taken.id },
      })
      same(await bookings.find({ orderBy: { startsAt: 'asc' } }), [taken, row], 'the rows')
    },
    { skip: declared('overlap') },
  ),
  defineCase(
    'P1.where-is-never-null',
    'an unmet where is condition-failed with the id; a met one lets the write through',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const { id } = await accounts.insert(anAccount('row', { balance: 5 }))
      const expected = {
        data: { entity: 'account', failed: 'where', ids: [id] },
        says: ['account', id, /where/],
      } as const
      await refused(accounts.update(id, {}, { where: { balance: { gt: 5 } } }), 'condition-failed', expected)
      await refused(accounts.delete(id, { where: { balance: { ne: 5 } } }), 'condition-failed', expected)
      await refused(
        accounts.upsert('email', anAccount('row'), {}, { where: { balance: 4 } }),
        'condition-failed',
        expected,
      )
      equal(
        (await accounts.update(id, { balance: 6 }, { where: { balance: 5 } }))?.balance,
        6,
        'an update whose where is met',
      )
      equal((await accounts.delete(id, { where: { balance: 6 } }))?.id, id, 'a delete whose where is met')
    },
  ),
  defineCase(
    'P1.unless-ignores-itself',
    '`unless` ignores the row being written and sees the own scope only',
    async ({ a, b }) => {
      const notes = a.repository(Note, owner)
      await b.repository(Note, otherOwner).insert({ title: 'taken' })
      const condition = { unless: { title: 'taken' }, guard }
      const row = await notes.insert({ title: 'taken', slug: 's' }, condition)
      equal(
        (await notes.update(row.id, { title: 'taken', views: 1 }, condition))?.views,
        1,
        'an update of the row that matches',
      )
      const { row: upserted } = await notes.upsert('slug', { slug: 's' }, { views: 2 }, condition)
      equal(upserted.views, 2, 'an upsert of the row that matches')
      await refused(notes.insert({ title: 'other' }, condition), 'condition-failed', {
        data: { failed: 'unless', ids: [row.id] },
      })
      equal((await notes.delete(row.id, condition))?.id, row.id, 'a delete of the row that matches')
      equal((await notes.insert({ title: 'other' }, condition)).title, 'other', 'an insert after it is gone')
    },
  ),
  defineCase('P1.upsert-branches', 'on upsert version and where bind the update branch, unless both', async ({ a }) => {
    const accounts = a.repository(Account)
    const inserted = await accounts.upsert(
      'email',
      anAccount('one'),
      { name: 'x' },
      { version: 7, where: { name: 'nobody' } },
    )
    same([inserted.inserted, inserted.row.version], [true, 1], 'an insert with version and where')
    await refused(accounts.upsert('email', anAccount('one'), {}, { version: 7 }), 'stale-version', {
      data: { expected: 7, actual: 1 },
    })
    await refused(accounts.upsert('email', anAccount('one'), {}, { where: { name: 'nobody' } }), 'condition-failed', {
      data: { failed: 'where' },
    })
    const other = await accounts.insert(anAccount('other', { name: 'other' }))
    const unless = { unless: { name: 'other' }, guard }
    for (const name of ['one', 'two'])
      await refused(accounts.upsert('email', anAccount(name), {}, unless), 'condition-failed', {
        data: { failed: 'unless', ids: [other.id] },
      })
    equal(await accounts.count(), 2, 'rows stored')
  }),
]
