import { allWon, equal, fail, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { offered } from '../needs.ts'
import { raceProcesses } from '../process.ts'
import { anAccount, owner, upTo } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

export const upsertCases: readonly Case[] = [
  defineCase('I4.two-branches', 'upsert inserts the values, or patches the row that has the key', async ({ a, b }) => {
    const first = await a
      .repository(Account)
      .upsert('email', anAccount('one', { name: 'as inserted' }), { name: 'patched' })
    same([first.inserted, first.row.name, first.row.version], [true, 'as inserted', 1], 'the insert')
    const second = await b
      .repository(Account)
      .upsert('email', anAccount('one', { name: 'ignored', balance: 7 }), { name: 'patched', credit: 1 })
    same(second, { row: { ...first.row, name: 'patched', credit: 1, version: 2 }, inserted: false }, 'the patch')
    same(await a.repository(Account).get(first.row.id), second.row, 'the row stored')
    const note = await a.repository(Note, owner).upsert('slug', { slug: 's', views: 1 }, { views: { increment: 1 } })
    const again = await b.repository(Note, owner).upsert('slug', { slug: 's', views: 1 }, { views: { increment: 1 } })
    same(again, { row: { ...note.row, views: 2 }, inserted: false }, 'the note')
  }),
  defineCase(
    'I4.named-key-decides',
    'only the named key decides; a collision on the other one is a duplicate',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const one = await accounts.insert(anAccount('one', { handle: 'one' }))
      const two = await accounts.insert(anAccount('two', { handle: 'two' }))
      const expected = { data: { entity: 'account', unique: 'handle', id: one.id }, says: ['account', 'handle'] }
      await refused(
        accounts.upsert('email', anAccount('three', { handle: 'one' }), { name: 'x' }),
        'duplicate',
        expected,
      )
      await refused(accounts.upsert('email', anAccount('two'), { handle: 'one' }), 'duplicate', expected)
      const patched = await accounts.upsert('email', anAccount('two', { handle: 'one' }), { name: 'patched' })
      same(
        patched,
        { row: { ...two, name: 'patched', version: 2 }, inserted: false },
        'values that collide but are not used',
      )
      same(await accounts.find({ orderBy: { email: 'asc' } }), [one, patched.row], 'the rows')
    },
  ),
  defineCase('I4.key-in-patch', 'the patch may give the row another key', async ({ a }) => {
    const accounts = a.repository(Account)
    const { id } = await accounts.insert(anAccount('one'))
    const { row } = await accounts.upsert('email', anAccount('one'), anAccount('moved'))
    same([row.id, row.email], [id, anAccount('moved').email], 'the row with its new key')
    equal((await accounts.upsert('email', anAccount('one'), {})).inserted, true, 'whether the old key is free')
  }),
  defineCase(
    'I4.racers-count',
    'of racing upserts one inserts, every other one is counted, and nobody throws',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const all = allWon(
          await race(racers, (storage) =>
            storage
              .repository(Account)
              .upsert('email', anAccount(`round-${round}`, { balance: 1 }), { balance: { increment: 1 } }),
          ),
        )
        equal(all.filter(({ inserted }) => inserted).length, 1, 'racers that inserted')
        const rows = await a.repository(Account).find({ where: { email: anAccount(`round-${round}`).email } })
        same(
          rows.map(({ balance, version }) => [balance, version]),
          [[racers, racers]],
          'balance and version of the one row',
        )
        same(
          all.map(({ row }) => row.balance).sort((x, y) => x - y),
          upTo(racers).map((index) => index + 1),
          'what the racers got',
        )
      }
    },
    { race: true },
  ),
  defineCase(
    'I4.racing-unversioned',
    'the same holds for an entity without versions, by a key within its scope',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const slug = `round-${round}`
        const all = allWon(
          await race(racers, (storage) =>
            storage.repository(Note, owner).upsert('slug', { slug, views: 1 }, { views: { increment: 1 } }),
          ),
        )
        equal(all.filter(({ inserted }) => inserted).length, 1, 'racers that inserted')
        const rows = await a.repository(Note, owner).find({ where: { slug }, select: ['views'] })
        same(rows, [{ views: racers }], 'the one note')
      }
    },
    { race: true },
  ),
  defineCase(
    'I4.racing-processes',
    'racing upserts of two processes are all counted',
    async (world) => {
      const other = await world.process()
      for (const round of upTo(world.rounds)) {
        const { email } = anAccount(`round-${round}`)
        const half = world.racers / 2
        const here = upTo(half).map(
          (index) => () =>
            (index % 2 ? world.a : world.b)
              .repository(Account)
              .upsert('email', { email, balance: 1 }, { balance: { increment: 1 } }),
        )
        const { remote } = await raceProcesses(
          other,
          'upsert account',
          upTo(half).map(() => email),
          here,
        )
        for (const one of remote)
          if (one.status === 'rejected') fail(`a racer of the other process failed: ${one.code ?? one.message}`)
        const rows = await world.a.repository(Account).find({ where: { email }, select: ['balance'] })
        same(rows, [{ balance: half * 2 }], 'the one row')
      }
    },
    { race: true, skip: offered('processes') },
  ),
]
