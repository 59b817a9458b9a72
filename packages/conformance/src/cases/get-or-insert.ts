import { allWon, equal, fail, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { offered } from '../needs.ts'
import { raceProcesses } from '../process.ts'
import { anAccount, owner, upTo } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

export const getOrInsertCases: readonly Case[] = [
  defineCase(
    'I3.existing-unchanged',
    'insertOrGet inserts once; an existing row comes back unchanged',
    async ({ a, b, clock }) => {
      const first = await a.repository(Account).insertOrGet('email', anAccount('one', { name: 'first', balance: 5 }))
      equal(first.inserted, true, 'whether the first call inserted')
      clock.advance(60_000)
      const again = await b.repository(Account).insertOrGet('email', anAccount('one', { name: 'second', balance: 9 }))
      same(again, { row: first.row, inserted: false }, 'the second call')
      same(await a.repository(Account).get(first.row.id), first.row, 'the row stored')
      const note = await a.repository(Note, owner).insertOrGet('slug', { slug: 's', content: { b: 1, a: [2] } })
      same(
        await b.repository(Note, owner).insertOrGet('slug', { slug: 's', title: 'other' }),
        { row: note.row, inserted: false },
        'the note',
      )
    },
  ),
  defineCase('I3.other-key', 'insertOrGet reports a collision on another key as a duplicate', async ({ a }) => {
    const { id } = await a.repository(Account).insert(anAccount('one', { handle: 'h' }))
    await refused(a.repository(Account).insertOrGet('email', anAccount('two', { handle: 'h' })), 'duplicate', {
      data: { entity: 'account', unique: 'handle', id },
    })
    equal(await a.repository(Account).count(), 1, 'the number of rows')
  }),
  defineCase(
    'I3.key-needed',
    'insertOrGet and upsert refuse a null part of the named key, and unknown names',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const values = anAccount('one', { handle: null }) as never
      await refused(accounts.insertOrGet('handle', values), 'invalid-query', {
        data: { entity: 'account' },
        says: ['account', 'handle'],
      })
      await refused(accounts.upsert('handle', values, {}), 'invalid-query', {
        data: { entity: 'account' },
        says: ['account', 'handle'],
      })
      for (const name of ['nothing', 'toString', 'id'] as never[]) {
        await refused(accounts.insertOrGet(name, values), 'invalid-query', {
          data: { entity: 'account' },
          says: ['account', name],
        })
        await refused(accounts.upsert(name, values, {}), 'invalid-query', {
          data: { entity: 'account' },
          says: ['account', name],
        })
        await refused(accounts.getBy(name, {} as never), 'invalid-query', {
          data: { entity: 'account' },
          says: ['account', name],
        })
      }
      equal(await accounts.count(), 0, 'the number of rows')
    },
  ),
  defineCase(
    'I3.racers-agree',
    'of racers by one natural key one reports inserted, all get the same row, and nobody throws',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const all = allWon(
          await race(racers, (storage, index) =>
            storage.repository(Account).insertOrGet('email', anAccount(`round-${round}`, { balance: index })),
          ),
        )
        equal(all.filter(({ inserted }) => inserted).length, 1, 'racers that inserted')
        const stored = await a.repository(Account).getBy('email', anAccount(`round-${round}`))
        for (const { row } of all) same(row, stored, 'the row that a racer got')
      }
    },
    { race: true },
  ),
  defineCase(
    'I3.racers-in-transactions',
    'the same holds inside transactions that read latest, after another row was read',
    async ({ a, race, racers, rounds }) => {
      const other = await a.repository(Account).insert(anAccount('other'))
      for (const round of upTo(rounds)) {
        const all = allWon(
          await race(racers, (storage) =>
            storage.transaction(async (tx) => {
              await tx.repository(Account).get(other.id)
              return await tx.repository(Account).insertOrGet('email', anAccount(`round-${round}`))
            }),
          ),
        )
        equal(all.filter(({ inserted }) => inserted).length, 1, 'racers that inserted')
        equal(new Set(all.map(({ row }) => row.id)).size, 1, 'different ids that the racers got')
        equal(await a.repository(Account).count(), round + 2, 'rows stored')
      }
    },
    { race: true, skip: ({ transactions }) => (transactions ? null : 'the adapter declares no transactions') },
  ),
  defineCase(
    'I3.racing-processes',
    'racers in two processes agree on one row',
    async (world) => {
      const other = await world.process()
      for (const round of upTo(world.rounds)) {
        const { email } = anAccount(`round-${round}`)
        const here = upTo(world.racers / 2).map(
          (index) => () => (index % 2 ? world.a : world.b).repository(Account).insertOrGet('email', { email }),
        )
        const { local, remote } = await raceProcesses(
          other,
          'insertOrGet account',
          upTo(world.racers / 2).map(() => email),
          here,
        )
        const there = remote.map((one) =>
          one.status === 'fulfilled' ? (one.value as { id: string; inserted: boolean }) : fail(one.message),
        )
        const all = [...local.map(({ row, inserted }) => ({ id: row.id, inserted })), ...there]
        equal(all.filter(({ inserted }) => inserted).length, 1, 'racers that inserted')
        equal(new Set(all.map(({ id }) => id)).size, 1, 'different ids that the racers got')
      }
    },
    { race: true, skip: offered('processes') },
  ),
]
