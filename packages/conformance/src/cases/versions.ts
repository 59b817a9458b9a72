import { allWon, checkRefusal, equal, ok, outcomes, refused, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { offered } from '../needs.ts'
import { raceProcesses } from '../process.ts'
import { aBooking, anAccount, owner, tenant, upTo } from '../sample-rows.ts'
import { Account, Booking, Note, Task } from '../standard-entities.ts'
import { incrementCases } from './increments.ts'

export const countingCases: readonly Case[] = [
  defineCase('N1.starts-at-one', 'every insert starts at version 1', async ({ a, b }) => {
    const accounts = a.repository(Account)
    const rows = [
      await accounts.insert(anAccount('one')),
      ...(await accounts.insertMany([anAccount('two'), anAccount('three')])),
      (await accounts.insertOrGet('email', anAccount('four'))).row,
      (await accounts.upsert('email', anAccount('five'), {})).row,
      await a.repository(Booking, tenant).insert(aBooking(1)),
    ]
    for (const { version } of rows) equal(version, 1, 'the version of a new row')
    same(
      (await b.repository(Account).find({ select: ['version'] })).map(({ version }) => version),
      [1, 1, 1, 1, 1],
      'stored',
    )
    ok(!('version' in (await a.repository(Note, owner).insert({}))), 'an entity without versions has none')
  }),
  defineCase(
    'N1.grows-by-one',
    'every update makes it exactly one more, whoever makes it and however little it changes',
    async ({ a, b }) => {
      const { id } = await a.repository(Account).insert(anAccount('one', { name: 'same' }))
      const accounts = a.repository(Account)
      const elsewhere = b.repository(Account)
      equal((await accounts.update(id, { name: 'other' }))?.version, 2, 'after a patch')
      equal((await elsewhere.update(id, {}))?.version, 3, 'after an empty patch')
      equal((await elsewhere.update(id, { name: undefined }))?.version, 4, 'after a patch of undefined')
      equal((await accounts.update(id, { name: 'other' }))?.version, 5, 'after a patch to the same value')
      equal(
        (await elsewhere.upsert('email', anAccount('one'), {})).row.version,
        6,
        'after an upsert with an empty patch',
      )
      equal(await accounts.updateMany({ where: { id }, patch: {} }), 1, 'rows that updateMany counted')
      equal((await elsewhere.get(id))?.version, 7, 'after updateMany with an empty patch')
      equal(
        (await elsewhere.update(id, { balance: { increment: 0 } }, { version: 7 }))?.version,
        8,
        'after a patch with a condition',
      )
      equal(
        (await accounts.insertOrGet('email', anAccount('one'))).row.version,
        8,
        'after insertOrGet, which changes nothing',
      )
    },
  ),
  defineCase(
    'N1.inside-transactions',
    'each update inside a transaction counts, and one that is rolled back does not',
    async ({ a, b }) => {
      const { id } = await a.repository(Account).insert(anAccount('one'))
      await a.transaction(async (tx) => {
        const accounts = tx.repository(Account)
        equal((await accounts.update(id, { name: 'x' }))?.version, 2, 'after the first update inside')
        equal((await accounts.update(id, {}, { version: 2 }))?.version, 3, 'after the second one')
        equal(await accounts.updateMany({ where: { version: 3 }, patch: {} }), 1, 'rows that updateMany counted')
      })
      equal((await b.repository(Account).get(id))?.version, 4, 'after the commit')
      const stop = new Error('roll back')
      const caught = await a
        .transaction(async (tx) => {
          await tx.repository(Account).update(id, { name: 'never' })
          throw stop
        })
        .catch((error: unknown) => error)
      ok(caught === stop, 'the transaction did not reject with the error of its work')
      equal((await b.repository(Account).get(id))?.version, 4, 'after the roll-back')
    },
    { skip: ({ transactions }) => (transactions ? null : 'the adapter declares no transactions') },
  ),
  defineCase(
    'N1.claim-counts',
    'a claim counts as an update',
    async ({ a }) => {
      await a.repository(Task).insert({ queue: 'q' })
      const [task] = await a.repository(Task).claim({ where: { queue: 'q' }, limit: 1, patch: { state: 'taken' } })
      equal(task?.version, 2, 'the version after the claim')
    },
    { skip: ({ claim }) => (claim ? null : 'the adapter declares no claim') },
  ),
  defineCase('N1.refused-does-not-count', 'a refused update leaves the version as it is', async ({ a }) => {
    const accounts = a.repository(Account)
    await accounts.insert(anAccount('one'))
    const two = await accounts.insert(anAccount('two'))
    await refused(accounts.update(two.id, anAccount('one')), 'duplicate')
    await refused(accounts.update(two.id, {}, { version: 5 }), 'stale-version')
    await refused(accounts.update(two.id, {}, { where: { name: 'nobody' } }), 'condition-failed')
    same(await accounts.get(two.id), two, 'the row')
  }),
  defineCase(
    'N1.racers-count-each',
    'racing updates are counted one by one',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const { id } = await a.repository(Account).insert(anAccount(round))
        const rows = allWon(
          await race(racers, (storage, index) => storage.repository(Account).update(id, { name: `by ${index}` })),
        )
        const versions = rows.map((row) => row?.version ?? 0).sort((x, y) => x - y)
        same(
          versions,
          upTo(racers).map((index) => index + 2),
          'the versions that the racers got',
        )
        equal((await a.repository(Account).get(id))?.version, racers + 1, 'the version in the end')
      }
    },
    { race: true },
  ),
]

export const staleCases: readonly Case[] = [
  defineCase(
    'N2.stale',
    'another version than the expected one is refused with expected and actual',
    async ({ a, b }) => {
      const { id } = await a.repository(Account).insert(anAccount('one'))
      await b.repository(Account).update(id, { name: 'by b' })
      const accounts = a.repository(Account)
      const says = ['account', id, '1', '2', /version/]
      const data = { entity: 'account', id, expected: 1, actual: 2 }
      await refused(accounts.update(id, { name: 'by a' }, { version: 1 }), 'stale-version', { data, says })
      await refused(accounts.delete(id, { version: 1 }), 'stale-version', { data, says })
      await refused(accounts.upsert('email', anAccount('one'), { name: 'by a' }, { version: 1 }), 'stale-version', {
        data,
        says,
      })
      await refused(accounts.update(id, {}, { version: 3 }), 'stale-version', { data: { ...data, expected: 3 } })
      equal((await accounts.get(id))?.name, 'by b', 'the name')
      equal(
        (await accounts.update(id, { name: 'by a' }, { version: 2 }))?.version,
        3,
        'the version after an update with the right one',
      )
      equal((await accounts.delete(id, { version: 3 }))?.id, id, 'the row deleted with the right version')
    },
  ),
  defineCase(
    'N2.malformed',
    'a version that is none, or that the entity has not, is refused by name',
    async ({ a }) => {
      const { id } = await a.repository(Account).insert(anAccount('one'))
      for (const version of [1.5, '1', null, Number.NaN] as never[])
        await refused(a.repository(Account).update(id, {}, { version }), 'invalid-query', {
          data: { entity: 'account' },
          says: ['account', /version/],
        })
      const note = await a.repository(Note, owner).insert({})
      await refused(a.repository(Note, owner).update(note.id, {}, { version: 1 } as never), 'invalid-query', {
        data: { entity: 'note' },
        says: ['note', /version/],
      })
    },
  ),
  defineCase(
    'N2.racers-one-succeeds',
    'of racers with one expected version exactly one succeeds; the others get expected and the true actual',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const { id } = await a.repository(Account).insert(anAccount(round))
        const { won, lost } = outcomes(
          await race(racers, (storage, index) =>
            storage.repository(Account).update(id, { name: `by ${index}` }, { version: 1 }),
          ),
        )
        equal(won.length, 1, 'racers that succeeded')
        for (const error of lost)
          checkRefusal(error, 'stale-version', { data: { entity: 'account', id, expected: 1, actual: 2 } })
        same(await a.repository(Account).get(id), won[0] ?? null, 'the row stored')
      }
    },
    { race: true },
  ),
  defineCase(
    'N2.racing-deletes-and-updates',
    'of racers that update or delete with one expected version exactly one succeeds',
    async ({ a, race, racers, rounds }) => {
      for (const round of upTo(rounds)) {
        const { id } = await a.repository(Account).insert(anAccount(round))
        const results = await race(racers, (storage, index) =>
          index % 4 < 2
            ? storage.repository(Account).update(id, { name: 'updated' }, { version: 1 })
            : storage.repository(Account).delete(id, { version: 1 }),
        )
        const { won, lost } = outcomes(results)
        equal(won.filter((row) => row !== null).length, 1, 'racers that got the row')
        const stored = await a.repository(Account).get(id)
        for (const error of lost) checkRefusal(error, 'stale-version', { data: { id, expected: 1, actual: 2 } })
        equal(lost.length > 0, stored !== null, 'whether the losers were stale, which only an updated row makes them')
      }
    },
    { race: true },
  ),
  defineCase(
    'N2.racing-processes',
    'of racers in two processes exactly one succeeds',
    async ({ a, b, process, racers, rounds }) => {
      const other = await process()
      for (const round of upTo(rounds)) {
        const { id } = await a.repository(Account).insert(anAccount(round))
        const here = upTo(racers / 2).map((index) => async () => {
          const call = (index % 2 ? a : b).repository(Account).update(id, { name: 'here' }, { version: 1 })
          return await call.then(
            () => null,
            (error: unknown) => error,
          )
        })
        const { local, remote } = await raceProcesses(
          other,
          'rename account at version 1',
          upTo(racers / 2).map(() => id),
          here,
        )
        const won =
          local.filter((one) => one === null).length + remote.filter(({ status }) => status === 'fulfilled').length
        equal(won, 1, 'racers that succeeded')
        for (const error of local)
          if (error !== null) checkRefusal(error, 'stale-version', { data: { id, expected: 1, actual: 2 } })
        for (const one of remote)
          if (one.status === 'rejected') equal(one.code, 'stale-version', 'the code in the other process')
        equal((await a.repository(Account).get(id))?.version, 2, 'the version in the end')
      }
    },
    { race: true, skip: offered('processes') },
  ),
]

export const versionCases: readonly Case[] = [...countingCases, ...staleCases, ...incrementCases]
