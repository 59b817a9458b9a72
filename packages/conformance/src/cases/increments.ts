import { allWon, checkRefusal, equal, fail, outcomes, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { offered } from '../needs.ts'
import { raceProcesses } from '../process.ts'
import { anAccount, owner, upTo } from '../sample-rows.ts'
import { Account, Note } from '../standard-entities.ts'

export const incrementCases: readonly Case[] = [
  defineCase(
    'N3.adds',
    'increment adds whole and broken numbers of either sign, in every call that patches',
    async ({ a, b }) => {
      const { id } = await a.repository(Account).insert(anAccount('one', { balance: 10, score: 0.5 }))
      const accounts = b.repository(Account)
      const row = await accounts.update(id, { balance: { increment: -3 }, score: { increment: 0.25 } })
      same([row?.balance, row?.score], [7, 0.75], 'after update')
      equal(
        await accounts.updateMany({ where: { id }, patch: { balance: { increment: 1 }, score: { increment: -1 } } }),
        1,
        'rows counted',
      )
      const { row: upserted } = await accounts.upsert('email', anAccount('one'), { balance: { increment: 100 } })
      same([upserted.balance, upserted.score], [108, -0.25], 'after updateMany and upsert')
    },
  ),
  defineCase(
    'N3.range',
    'an increment that leaves the safe range, or the finite one, is refused and changes nothing',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const high = await accounts.insert(
        anAccount('high', { balance: Number.MAX_SAFE_INTEGER - 1, score: Number.MAX_VALUE }),
      )
      const low = await accounts.insert(
        anAccount('low', { balance: Number.MIN_SAFE_INTEGER, score: -Number.MAX_VALUE }),
      )
      const balance = { data: { entity: 'account', field: 'balance' }, says: ['account', 'balance', /range/] } as const
      await refused(accounts.update(high.id, { balance: { increment: 2 } }), 'invalid-value', balance)
      await refused(
        accounts.update(high.id, { balance: { increment: Number.MAX_SAFE_INTEGER } }),
        'invalid-value',
        balance,
      )
      await refused(accounts.update(low.id, { balance: { increment: -1 } }), 'invalid-value', balance)
      await refused(
        accounts.upsert('email', anAccount('low'), { balance: { increment: -1 } }),
        'invalid-value',
        balance,
      )
      await refused(accounts.updateMany({ where: {}, patch: { balance: { increment: 2 } } }), 'invalid-value', {
        data: { entity: 'account', field: 'balance' },
      })
      await refused(accounts.update(high.id, { score: { increment: Number.MAX_VALUE } }), 'invalid-value', {
        data: { entity: 'account', field: 'score' },
      })
      same(await accounts.find({ orderBy: { email: 'asc' } }), [high, low], 'the rows')
      equal(
        (await accounts.update(high.id, { balance: { increment: 1 } }))?.balance,
        Number.MAX_SAFE_INTEGER,
        'the highest',
      )
    },
  ),
  defineCase('N3.refused', 'what cannot be an increment is refused by name', async ({ a }) => {
    const accounts = a.repository(Account)
    const row = await accounts.insert(anAccount('one', { credit: 5, rating: 1 }))
    const wrong: readonly (readonly [string, unknown])[] = [
      ...[1.5, '1', null, undefined, Number.NaN, Infinity, 2 ** 53, {}].map((by) => ['balance', by] as const),
      ...['1', null, undefined, Number.NaN, Infinity].map((by) => ['score', by] as const),
      ['credit', 1],
      ['rating', 1],
      ['name', 1],
      ['active', 1],
      ['openedAt', 1],
    ]
    for (const [field, increment] of wrong)
      await refused(accounts.update(row.id, { [field]: { increment } } as never), 'invalid-value', {
        data: { entity: 'account', field },
        says: ['account', field],
      })
    for (const given of [{ increment: 1, decrement: 1 }, { decrement: 1 }, { multiply: 2 }])
      await refused(accounts.update(row.id, { balance: given } as never), 'invalid-value', {
        data: { field: 'balance' },
      })
    await refused(accounts.insert({ ...anAccount('two'), balance: { increment: 1 } } as never), 'invalid-value', {
      data: { entity: 'account', field: 'balance' },
    })
    same(await accounts.get(row.id), row, 'the row')
  }),
  defineCase(
    'N3.racers-lose-none',
    'racing increments by every call are all counted',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const { id, email } = await a.repository(Account).insert(anAccount(round))
        allWon(
          await race<unknown>(racers, (storage, index) => {
            const accounts = storage.repository(Account)
            const patch = { balance: { increment: 1 }, score: { increment: 0.5 } }
            if (index % 3 === 0) return accounts.update(id, patch)
            if (index % 3 === 1) return accounts.updateMany({ where: { id }, patch })
            return accounts.upsert('email', { email }, patch)
          }),
        )
        const row = await a.repository(Account).get(id)
        same([row?.balance, row?.score, row?.version], [racers, racers / 2, racers + 1], 'the row in the end')
      }
    },
    { race: true },
  ),
  defineCase(
    'N3.racers-respect-the-range',
    'racing increments towards the end of the safe range stop exactly there',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const { id } = await a.repository(Account).insert(anAccount(round, { balance: Number.MAX_SAFE_INTEGER - 5 }))
        const { won, lost } = outcomes(
          await race(racers, (storage) => storage.repository(Account).update(id, { balance: { increment: 1 } })),
        )
        equal(won.length, 5, 'racers that fitted in')
        for (const error of lost)
          checkRefusal(error, 'invalid-value', { data: { entity: 'account', field: 'balance' } })
        equal((await a.repository(Account).get(id))?.balance, Number.MAX_SAFE_INTEGER, 'the number in the end')
      }
    },
    { race: true },
  ),
  defineCase(
    'N3.racing-deletes',
    'of racers that delete one row exactly one gets it, as it was',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const row = await a.repository(Account).insert(anAccount(round))
        const note = await a.repository(Note, owner).insert({ title: 'once' })
        const rows = allWon(await race(racers, (storage) => storage.repository(Account).delete(row.id)))
        same(
          rows.filter((one) => one !== null),
          [row],
          'what the racers got',
        )
        const notes = allWon(await race(racers, (storage) => storage.repository(Note, owner).delete(note.id)))
        same(
          notes.filter((one) => one !== null),
          [note],
          'what the racers for the note got',
        )
      }
    },
    { race: true },
  ),
  defineCase(
    'N3.racing-processes',
    'increments and deletes of two processes: every increment is counted, one caller gets the row',
    async ({ a, b, process, racers, rounds }) => {
      const other = await process()
      const half = racers / 2
      for (const round of upTo(rounds)) {
        const { id } = await a.repository(Account).insert(anAccount(round))
        const side = (index: number) => (index % 2 ? a : b).repository(Account)
        const inputs = upTo(half).map(() => id)
        const adding = upTo(half).map((index) => () => side(index).update(id, { balance: { increment: 1 } }))
        const { remote } = await raceProcesses(other, 'increment account', inputs, adding)
        for (const one of remote)
          if (one.status === 'rejected') fail(`a racer of the other process failed: ${one.code ?? one.message}`)
        equal((await a.repository(Account).get(id))?.balance, half * 2, 'the number in the end')
        const deleting = upTo(half).map((index) => () => side(index).delete(id))
        const deleted = await raceProcesses(other, 'delete account', inputs, deleting)
        const got =
          deleted.local.filter((row) => row !== null).length +
          deleted.remote.filter((one) => one.status === 'fulfilled' && one.value !== null).length
        equal(got, 1, 'racers that got the deleted row')
      }
    },
    { race: true, skip: offered('processes') },
  ),
]
