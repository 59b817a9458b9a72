import { checkRefusal, equal, ok, outcomes, refused, same } from '../assert.ts'
import { type Case, defineCase, type World } from '../case.ts'
import { offered } from '../needs.ts'
import { raceProcesses } from '../process.ts'
import { anAccount, upTo } from '../sample-rows.ts'
import { Account, Label } from '../standard-entities.ts'

/** One row holds the key, every other racer was told so. */
async function oneHolds({ a }: World, email: string, ids: readonly string[], lost: readonly unknown[]): Promise<void> {
  equal(ids.length, 1, 'racers that inserted')
  for (const error of lost)
    checkRefusal(error, 'duplicate', {
      data: { entity: 'account', unique: 'email', id: ids[0] ?? null },
      says: ['account', 'email'],
    })
  equal(await a.repository(Account).count({ where: { email } }), 1, 'rows with the key')
}

export const duplicateCases: readonly Case[] = [
  defineCase(
    'I2.names-the-row',
    'a duplicate names the entity, the key that collided and the id in the way',
    async ({ a, b }) => {
      const first = await a.repository(Account).insert(anAccount('one', { handle: 'one' }))
      const second = await a.repository(Account).insert(anAccount('two', { handle: 'two' }))
      const accounts = b.repository(Account)
      const email = { data: { entity: 'account', unique: 'email', id: first.id }, says: ['account', 'email', first.id] }
      const handle = {
        data: { entity: 'account', unique: 'handle', id: first.id },
        says: ['account', 'handle', first.id],
      }
      await refused(accounts.insert(anAccount('one')), 'duplicate', email)
      await refused(accounts.insert(anAccount('three', { handle: 'one' })), 'duplicate', handle)
      await refused(accounts.insertMany([anAccount('four'), anAccount('one')]), 'duplicate', email)
      await refused(accounts.insertOrGet('email', anAccount('five', { handle: 'one' })), 'duplicate', handle)
      await refused(accounts.update(second.id, { email: first.email }), 'duplicate', email)
      await refused(accounts.update(second.id, { handle: 'one' }), 'duplicate', handle)
      await refused(accounts.updateMany({ where: { id: second.id }, patch: { handle: 'one' } }), 'duplicate', handle)
      same(await accounts.find({ orderBy: { email: 'asc' } }), [first, second], 'the rows')
    },
  ),
  defineCase(
    'I2.within-one-call',
    'rows of one call that collide with each other are refused, and none is written',
    async ({ a }) => {
      const accounts = a.repository(Account)
      await refused(accounts.insertMany([anAccount('one'), anAccount('two'), anAccount('one')]), 'duplicate', {
        data: { entity: 'account', unique: 'email' },
      })
      equal(await accounts.count(), 0, 'the number of rows')
      const rows = await accounts.insertMany(['1', '2', '3'].map((handle) => anAccount(handle, { handle })))
      const refusal = await refused(accounts.updateMany({ where: {}, patch: { handle: 'same' } }), 'duplicate', {
        data: { entity: 'account', unique: 'handle' },
      })
      ok(
        rows.some(({ id }) => id === refusal.data.id),
        `the id in the way is none of the rows: ${refusal.data.id}`,
      )
      same(await accounts.find({ orderBy: { email: 'asc' } }), rows, 'the rows after the refused updateMany')
    },
  ),
  defineCase('I2.null-never-collides', 'a key with a null part collides with nothing', async ({ a, b }) => {
    await a.repository(Account).insertMany(upTo(3).map((index) => anAccount(index, { handle: null })))
    await b.repository(Account).insert(anAccount('left out'))
    for (const _ of upTo(3)) await b.repository(Label).insert({ shelf: 'a', slot: null, serial: null, printedAt: null })
    equal(await a.repository(Label).updateMany({ where: {}, patch: { slot: null } }), 3, 'labels with a null part')
    await a.repository(Label).insert({ shelf: 'a', slot: 'null' })
    equal(await a.repository(Label).count(), 4, 'the number of labels')
  }),
  defineCase('I2.parts-are-apart', 'the parts of a key never run into each other', async ({ a }) => {
    const labels = a.repository(Label)
    const parts = ['a', 'b', 'a:b', 'a|b', '["a"', '"', '\\', ',', ' ', '\u0001', '0', '1']
    const pairs = parts.flatMap((shelf) => parts.map((slot) => ({ shelf, slot })))
    pairs.push({ shelf: 'a', slot: 'b:c' }, { shelf: 'a:b', slot: 'c' }, { shelf: 'a","b', slot: 'c' })
    const rows = await labels.insertMany(pairs)
    for (const [index, pair] of pairs.entries())
      equal((await labels.getBy('place', pair))?.id, rows[index]?.id, `the row at ${JSON.stringify(pair)}`)
    await refused(labels.insert({ shelf: 'a:b', slot: 'c' }), 'duplicate', { data: { unique: 'place' } })
  }),
  defineCase(
    'I2.every-kind',
    'numbers and instants are keys by value, whatever form they were given in',
    async ({ a, b }) => {
      const printedAt = '2026-02-03T04:05:06.007Z'
      const row = await a.repository(Label).insert({ shelf: 'a', serial: 2 ** 40, printedAt })
      const labels = b.repository(Label)
      equal((await labels.getBy('serial', { serial: 2 ** 40 }))?.id, row.id, 'the row by its number')
      equal(
        (await labels.getBy('print', { colour: 'white', printedAt: new Date(printedAt) }))?.id,
        row.id,
        'the row by its instant',
      )
      await refused(labels.insert({ shelf: 'b', serial: 2 ** 40 }), 'duplicate', {
        data: { unique: 'serial', id: row.id },
      })
      await refused(
        labels.insert({ shelf: 'b', printedAt: { epochMilliseconds: Date.parse(printedAt) } }),
        'duplicate',
        {
          data: { unique: 'print', id: row.id },
        },
      )
      await labels.insert({ shelf: 'b', printedAt: '2026-02-03T04:05:06.008Z' })
    },
  ),
  defineCase('I2.freed', 'a key is free again when its row is deleted or takes another key', async ({ a, b }) => {
    const first = await a.repository(Account).insert(anAccount('one', { handle: 'h' }))
    await b.repository(Account).update(first.id, { handle: 'other' })
    const second = await b.repository(Account).insert(anAccount('two', { handle: 'h' }))
    equal((await a.repository(Account).getBy('handle', { handle: 'h' }))?.id, second.id, 'the new holder')
    await a.repository(Account).update(second.id, { handle: 'h', email: second.email })
    await a.repository(Account).delete(first.id)
    await b.repository(Account).insert(anAccount('one', { handle: 'other' }))
    equal(await a.repository(Account).deleteMany({ where: {} }), 2, 'deleted rows')
    await b.repository(Account).insertMany([anAccount('one', { handle: 'h' }), anAccount('two', { handle: 'other' })])
  }),
  defineCase(
    'I2.racing-inserts',
    'of racers that insert one natural key exactly one does, the others learn its id',
    async (world) => {
      for (const round of upTo(world.rounds)) {
        const values = anAccount(`round-${round}`)
        const results = await world.race(world.racers, (storage) => storage.repository(Account).insert(values))
        const { won, lost } = outcomes(results)
        await oneHolds(
          world,
          values.email,
          won.map(({ id }) => id),
          lost,
        )
      }
    },
    { race: true },
  ),
  defineCase(
    'I2.racing-batches',
    'of racers that insert batches with one key in common exactly one gets its batch in, and no row of another stays',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const results = await race(racers, (storage, index) =>
          storage
            .repository(Account)
            .insertMany([
              anAccount(`${round}-${index}-before`, { name: `round-${round}` }),
              anAccount(`${round}-shared`, { name: `round-${round}` }),
              anAccount(`${round}-${index}-after`, { name: `round-${round}` }),
            ]),
        )
        const { won, lost } = outcomes(results)
        equal(won.length, 1, 'racers whose batch went in')
        for (const error of lost)
          checkRefusal(error, 'duplicate', {
            data: { entity: 'account', unique: 'email', id: won[0]?.[1]?.id ?? null },
          })
        equal(await a.repository(Account).count({ where: { name: `round-${round}` } }), 3, 'rows of this round')
      }
    },
    { race: true },
  ),
  defineCase(
    'I2.racing-updates',
    'of racers that patch rows of their own to one natural key exactly one does',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const rows = await a.repository(Account).insertMany(upTo(racers).map((index) => anAccount(`${round}-${index}`)))
        const handle = `handle-${round}`
        const { won, lost } = outcomes(
          await race(racers, (storage, index) => storage.repository(Account).update(rows[index]?.id ?? '', { handle })),
        )
        equal(won.length, 1, 'racers that took the key')
        for (const error of lost)
          checkRefusal(error, 'duplicate', { data: { unique: 'handle', id: won[0]?.id ?? null } })
        equal(await a.repository(Account).count({ where: { handle } }), 1, 'rows with the key')
      }
    },
    { race: true },
  ),
  defineCase(
    'I2.racing-processes',
    'of racers in two processes that insert one natural key exactly one does',
    async (world) => {
      const other = await world.process()
      for (const round of upTo(world.rounds)) {
        const { email } = anAccount(`round-${round}`)
        const here = upTo(world.racers / 2).map(
          (index) => () => world.race(1, () => (index % 2 ? world.a : world.b).repository(Account).insert({ email })),
        )
        const { local, remote } = await raceProcesses(
          other,
          'insert account',
          upTo(world.racers / 2).map(() => email),
          here,
        )
        const { won, lost } = outcomes(local.flat())
        const ids = [
          ...won.map(({ id }) => id),
          ...remote.flatMap((one) => (one.status === 'fulfilled' ? [String(one.value)] : [])),
        ]
        await oneHolds(world, email, ids, lost)
        for (const one of remote)
          if (one.status === 'rejected') equal(one.code, 'duplicate', 'the code in the other process')
      }
    },
    { race: true, skip: offered('processes') },
  ),
]
