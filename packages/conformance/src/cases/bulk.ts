import type { Capabilities } from '@portolan/ports'
import { allWon, equal, ok, outcomes, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { aBooking, anAccount, idsOf, owner, tenant, upTo } from '../sample-rows.ts'
import { Account, Booking, Note, Task } from '../standard-entities.ts'

const many = 5_000
const kilobyte = 'x'.repeat(1_000)

/** The declared bound that 5,000 rows of 1 kB would break; null: none. */
function bound({ maxTransactionRows, maxTransactionBytes }: Capabilities): number | null {
  if (maxTransactionRows !== null && maxTransactionRows < many) return maxTransactionRows
  return maxTransactionBytes !== null && maxTransactionBytes < many * 1_100 ? maxTransactionBytes : null
}

export const bulkCases: readonly Case[] = [
  defineCase('B1.order', 'insertMany gives its rows back in the order given', async ({ a, b }) => {
    same(await a.repository(Account).insertMany([]), [], 'the rows of nothing')
    const [one] = await a.repository(Account).insertMany([anAccount('single', { name: 'single' })])
    equal(one?.name, 'single', 'the only row')
    const names = upTo(100).map((index) => `n${(index * 37) % 100}`)
    const rows = await a
      .repository(Account)
      .insertMany(names.map((name) => anAccount(name, { id: `id-${name}`, name })))
    same(
      rows.map(({ name, id }) => [name, id]),
      names.map((name) => [name, `id-${name}`]),
      'the rows',
    )
    equal(await b.repository(Account).count(), 101, 'rows stored')
  }),
  defineCase(
    'B1.thousands',
    '5,000 rows of 1 kB go in at once, all of them, in order',
    async ({ a, b }) => {
      const rows = await a.repository(Note, owner).insertMany(upTo(many).map((views) => ({ views, body: kilobyte })))
      same(
        rows.map(({ views }) => views),
        upTo(many),
        'the rows given back',
      )
      equal(await b.repository(Note, owner).count({ where: { body: kilobyte } }), many, 'rows stored')
    },
    { skip: (capabilities) => (bound(capabilities) === null ? null : `declares a bound of ${bound(capabilities)}`) },
  ),
  defineCase(
    'B1.too-large',
    'more than the declared bounds is refused as too-large before anything is written',
    async ({ a, capabilities }) => {
      const limit = bound(capabilities)
      ok(limit !== null, 'there is a bound')
      const refusal = await refused(
        a.repository(Note, owner).insertMany(upTo(many).map((views) => ({ views, body: kilobyte }))),
        'too-large',
        {
          data: { entity: 'note', limit },
          says: ['note', String(limit)],
        },
      )
      ok(refusal.data.actual > limit, `the error says ${refusal.data.actual} against a limit of ${limit}`)
      equal(await a.repository(Note, owner).count(), 0, 'rows stored')
    },
    { skip: (capabilities) => (bound(capabilities) === null ? 'declares no bound below 5,000 rows of 1 kB' : null) },
  ),
  defineCase(
    'B1.all-or-none',
    'one row that is refused keeps all rows of the call out, wherever it stands',
    async ({ a, b }) => {
      const kept = await a.repository(Account).insert(anAccount('kept', { id: 'kept', handle: 'kept' }))
      const fine = upTo(200).map((index) => anAccount(index))
      const wrong: readonly (readonly [object, 'duplicate' | 'invalid-value'])[] = [
        [anAccount('kept'), 'duplicate'],
        [anAccount('new', { handle: 'kept' }), 'duplicate'],
        [anAccount('new', { id: 'kept' }), 'duplicate'],
        [anAccount(5), 'duplicate'],
        [anAccount('new', { balance: 0.5 }), 'invalid-value'],
        [{ ...anAccount('new'), unknown: 1 }, 'invalid-value'],
      ]
      for (const [values, code] of wrong)
        for (const at of [0, 100, 200]) {
          const given = [...fine.slice(0, at), values, ...fine.slice(at)] as typeof fine
          await refused(a.repository(Account).insertMany(given), code, { data: { entity: 'account' } })
          same(await idsOf(b.repository(Account).find()), [kept.id], `the rows after a refused one at ${at}`)
        }
      for (const given of [null, {}, 'x', [null], ['x'], [[]]] as never[])
        await refused(a.repository(Account).insertMany(given), 'invalid-value', { data: { entity: 'account' } })
    },
  ),
  defineCase(
    'B1.all-or-none-overlap',
    'one row that overlaps keeps all rows of the call out',
    async ({ a, b }) => {
      const bookings = a.repository(Booking, tenant)
      const kept = await bookings.insert(aBooking(50))
      const fine = upTo(20).map((slot) => aBooking(slot))
      await refused(bookings.insertMany([...fine, aBooking(50)]), 'overlap', {
        data: { entity: 'booking', id: kept.id },
      })
      await refused(bookings.insertMany([...fine, aBooking(7)]), 'overlap', { data: { entity: 'booking' } })
      same(await idsOf(b.repository(Booking, tenant).find()), [kept.id], 'the rows')
    },
    { skip: ({ overlap }) => (overlap ? null : 'declares overlap: false') },
  ),
  defineCase('B2.counts', 'updateMany and deleteMany count what they changed', async ({ a, b }) => {
    await a.repository(Account).insertMany(upTo(25).map((index) => anAccount(index, { balance: index })))
    const accounts = b.repository(Account)
    equal(await accounts.updateMany({ where: { balance: { lt: 10 } }, patch: { name: 'low' } }), 10, 'rows patched')
    equal(
      await accounts.updateMany({ where: { name: 'low' }, patch: { name: 'low' } }),
      10,
      'rows patched to what they were',
    )
    equal(await accounts.updateMany({ where: { name: 'nobody' }, patch: { name: 'x' } }), 0, 'rows patched of none')
    equal(await accounts.count({ where: { name: 'low', version: 3 } }), 10, 'rows with two updates')
    equal(await accounts.deleteMany({ where: { balance: { gte: 20 } } }), 5, 'rows deleted')
    equal(await accounts.deleteMany({ where: { balance: { gte: 20 } } }), 0, 'rows deleted again')
    equal(await accounts.deleteMany({ where: {} }), 20, 'all the others')
  }),
  defineCase(
    'B2.racing-transitions',
    'of racers that move the same rows on by updateMany each row is counted by one',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const queue = `q-${round}`
        await a.repository(Task).insertMany(upTo(12).map((priority) => ({ queue, priority })))
        const counts = allWon(
          await race(racers, (storage, index) =>
            storage.repository(Task).updateMany({
              where: { queue, state: 'waiting' },
              patch: { state: 'taken', worker: `w${index}`, runs: { increment: 1 } },
            }),
          ),
        )
        equal(
          counts.reduce((sum, count) => sum + count, 0),
          12,
          'what the racers counted together',
        )
        for (const [index, count] of counts.entries())
          equal(await a.repository(Task).count({ where: { queue, worker: `w${index}` } }), count, 'rows of one racer')
        equal(
          await a.repository(Task).count({ where: { queue, runs: 1, version: 2 } }),
          12,
          'rows that were moved once',
        )
      }
    },
    { race: true },
  ),
  defineCase(
    'B2.racing-deletes',
    'racing deleteMany calls count each row once',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const title = `round-${round}`
        await a.repository(Note, owner).insertMany(upTo(15).map(() => ({ title })))
        const counts = allWon(
          await race(racers, (storage) => storage.repository(Note, owner).deleteMany({ where: { title } })),
        )
        equal(
          counts.reduce((sum, count) => sum + count, 0),
          15,
          'what the racers counted together',
        )
      }
    },
    { race: true },
  ),
  defineCase(
    'B2.rows-are-whole',
    'a row is patched as a whole: no reader ever sees half of a patch of updateMany',
    async ({ a, race, racers, rounds }) => {
      await a
        .repository(Account)
        .insertMany(upTo(10).map((index) => anAccount(index, { balance: 0, credit: 0, name: '0' })))
      for (const _ of upTo(rounds)) {
        const results = await race<readonly Account[] | number>(racers, (storage, index) => {
          const accounts = storage.repository(Account)
          const patch = { balance: index, credit: index, name: `${index}` }
          return index % 2 === 0 ? accounts.updateMany({ where: {}, patch }) : accounts.find()
        })
        const { lost } = outcomes(results)
        equal(lost.length, 0, 'racers that failed')
        for (const rows of [...allWon(results), await a.repository(Account).find()])
          if (typeof rows !== 'number')
            for (const { balance, credit, name } of rows) same([credit, name], [balance, `${balance}`], 'one row')
      }
    },
    { race: true },
  ),
]
